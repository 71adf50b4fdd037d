/* guard.h: while a plugin is loaded or builds a block, a crash of its code and its attempt to end
 * the program end the program with one message and the exit status of RN_E_PLUGIN, what it prints
 * goes to standard error, and it is named if it takes long. */
#ifndef RN_CORE_PLUGIN_GUARD_H
#define RN_CORE_PLUGIN_GUARD_H

#include <resnet/status.h>

/* From now on plugins are guarded; `program` begins the message. Nothing is guarded before, nor in
 * a child process that is to show how a plugin ends it. [setup] */
void rn_guard_program(const char *program);

/* What a plugin's code does. */
typedef enum rn_guard_work { RN_GUARD_LOAD, RN_GUARD_BUILD } rn_guard_work;

/* Round the loading of a plugin, whose path is `name`, or the building of a layer that is one of
 * its blocks: handlers of
 * crashes are set, and afterwards are as they were. A plugin may be loaded while a block is built;
 * nothing else is nested. [setup] */
void rn_guard_begin(rn_guard_work work, const char *name);
void rn_guard_end(void);

/* Called where the process is about to end at once: does not return if that is within guarded
 * work. [any] */
void rn_guard_quit(void);

#endif
