/* libraries.h: settings of the libraries behind backends. */
#ifndef RN_CORE_CLI_LIBRARIES_H
#define RN_CORE_CLI_LIBRARIES_H

/* Sets the environment variables that these libraries read while they are loaded, and the number of
 * malloc's arenas. Call it before any other thread starts and any plugin is loaded. */
void rn_libraries_settle(void);

#endif
