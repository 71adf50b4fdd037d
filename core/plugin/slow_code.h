/* slow_code.h: names the plugin whose code takes long: it, or a driver, may hang. */
#ifndef RN_CORE_PLUGIN_SLOW_CODE_H
#define RN_CORE_PLUGIN_SLOW_CODE_H

/* Until the matching rn_slow_code_end a thread watches, and after some seconds it says in the log
 * (as a warning) that `what`, which has to stay as it is, takes long. A second pair may stand
 * within a first. Nothing is said where there is no thread to be had. For one thread at a time. */
void rn_slow_code_begin(const char *what);
void rn_slow_code_end(void);

#endif
