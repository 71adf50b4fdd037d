/* machine.h: the machine that a measurement was made on. */
#ifndef RN_CORE_COMPARE_MACHINE_H
#define RN_CORE_COMPARE_MACHINE_H

#include <stdint.h>

typedef struct rn_machine {
    char processor[128]; /* "AMD EPYC 9654"; its architecture where the system has no name for it */
    int64_t processors;  /* that this process may use */
    char system[200];    /* "Linux 6.1.0 x86_64" */
} rn_machine;

#define RN_MACHINE_TEXT 384

/* `root` stands before /proc, for tests; "" otherwise. */
void rn_machine_read(const char *root, rn_machine *machine);

/* Prints "AMD EPYC 9654, 2 processors, Linux 6.1.0 x86_64" and returns `text`. */
const char *rn_machine_print(const rn_machine *machine, char text[RN_MACHINE_TEXT]);

#endif
