/* worlds.h: runs of several processes, which the tests of the world make. */
#ifndef TESTS_WORLD_WORLDS_H
#define TESTS_WORLD_WORLDS_H

#include "support/check.h"
#include "world/world.h"

#define WORLDS_MOST 5
#define WORLDS_DEADLINE_S 1.0

/* The work of each process, when they are connected. */
typedef rn_status worlds_work(const rn_world *world);

typedef struct worlds_run {
    int n;
    worlds_work *work;
    const char *faults[WORLDS_MOST]; /* of the transport (sockets.h), by process; NULL: none */
} worlds_run;

typedef struct worlds_outcome {
    int exits[WORLDS_MOST]; /* exit statuses; a signal that ended the process: minus its number */
    char text[8192];        /* what they printed, in the order of processes */
    int n_lines;
    double seconds;
} worlds_outcome;

/* Does the work as one of the processes that the environment tells of, as main does, and exits. */
void worlds_serve(worlds_work *work);

/* Runs processes to their end. They are on hosts "a", the first half of them, and "b". */
worlds_outcome worlds_do(const worlds_run *run);

/* Whether the run ended within `most_s` with one message, which contains `words`, and with this
 * status in each process but those that were ended by force. */
bool worlds_failed(const worlds_outcome *outcome, int n, rn_status status, double most_s,
                   const char *words);

/* Whether all ended with RN_OK, and printed nothing. */
bool worlds_succeeded(const worlds_outcome *outcome, int n);

#endif
