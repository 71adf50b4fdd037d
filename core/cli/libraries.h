/* libraries.h: settings of the libraries behind backends. */
#ifndef RN_CORE_CLI_LIBRARIES_H
#define RN_CORE_CLI_LIBRARIES_H

/* Sets the environment variables that these libraries read while they are loaded, and how malloc
 * works for their threads. Before any other thread and any plugin. */
void rn_libraries_settle(void);

#endif
