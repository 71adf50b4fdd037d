/* world.h: the processes of a run that a launcher (mpirun, srun) started together, connected by a
 * transport plugin (transport.h).
 *
 * A process belongs to one world at most, so the functions take none. One thread makes all calls of
 * the transport. The others hand it what they want exchanged, in the same order in each process,
 * and wait for it. It also carries notes (notes.h): a process that fails tells all others, and each
 * tells that it is alive. So every wait ends, with RN_OK, with the failure of another process, or,
 * where a process is silent for the deadline, with a message that names it.
 *
 * In a process that is alone everything here succeeds at once: a sum over one process times its
 * factor, a broadcast to nobody. */
#ifndef RN_CORE_WORLD_WORLD_H
#define RN_CORE_WORLD_WORLD_H

#include <resnet/transport.h>
#include <stdbool.h>

#include "plugin/registry.h"

/* What is known of the processes. Alone: process 0 of 1, on host 0. */
typedef struct rn_world {
    int32_t process, n_processes;
    int32_t place, n_on_host; /* of this one among those of its host, and how many these are */
    const char *const *hosts; /* names, by process */
    const char *transport;    /* its plugin's name; NULL: alone */
} rn_world;

/* Connects this process with the others of the run, once, before devices are opened. `named` is
 * its plugin; "none": this process is alone; NULL: what the launcher asks for (launcher.h). It may
 * be alone afterwards. The processes are of one version of this program, or all are refused. Until
 * the first rn_world_busy(NULL) this process is busy with its start. RN_E_CONFIG, RN_E_PLUGIN,
 * RN_E_DEVICE. */
rn_status rn_world_open(rn_registry *registry, const char *named);

/* How long a process may be silent, or the others may wait for one that is not busy; 120 s until it
 * is set. */
void rn_world_set_deadline(double seconds);

/* This process among the others. [any] */
const rn_world *rn_world_get(void);

bool rn_world_is_alone(void);

/* Whether this process writes files and speaks for all: process 0. [any] */
bool rn_world_is_first(void);

/* Fails where a text differs from that of process 0: `what` it is, for the message, which names the
 * process and its host, and the first line that differs. The others learn of it as of any
 * failure. */
rn_status rn_world_agree(const char *what, const char *text);

/* Says that this process works on something that may take longer than the deadline, as "builds the
 * cache", for which the others may have to wait: they give it RN_WORLD_PATIENCE deadlines. NULL: it
 * has ended. A later mark replaces an earlier one. [any] */
#define RN_WORLD_PATIENCE 30
void rn_world_busy(const char *what);

/* An exchange of the caller's, under way from rn_world_start to rn_world_wait. Zero-initialise,
 * then set the fields. */
typedef struct rn_world_sum {
    void *data; /* given: as in rn_transport.all_reduce, with the next four */
    uint64_t count;
    int32_t type;  /* an rn_transport_type */
    int32_t group; /* processes in succession; 0: all */
    double factor;
    /* of exchanges.c */
    bool is_broadcast; /* of `count` bytes */
    int32_t from;
    int32_t state;
    int64_t number; /* of this process's exchanges, from 0 */
    double start_s;
    rn_transport_exchange *exchange;
    struct rn_world_sum *next;
} rn_world_sum;

/* Starts an exchange; returns at once. The structure and the data stay where they are until it was
 * waited for; after a failure too, when waiting returns that, soon. [any] */
void rn_world_start(rn_world_sum *sum);
rn_status rn_world_wait(rn_world_sum *sum);

/* Whether an exchange has ended, or the world has failed, so that waiting would return at once.
 * [any] */
bool rn_world_is_done(const rn_world_sum *sum);

/* Both, for a few numbers. [any] */
rn_status rn_world_add_up(int32_t group, int32_t type, void *data, uint64_t count, double factor);
rn_status rn_world_broadcast(int32_t from, void *data, uint64_t bytes);
rn_status rn_world_barrier(void);

/* The failure of another process, or RN_OK. For loops that would not meet an exchange soon.
 * [any] */
rn_status rn_world_failure(void);

/* Calls `failed` once, on the world's thread, when the world has failed; at once, on this thread,
 * if it has already. NULL: no longer; then it is not being called either. [any] */
void rn_world_watch(void (*failed)(void *argument), void *argument);

/* Seconds that this process has waited for exchanges, and that exchanges were under way; bytes that
 * were exchanged. [any] */
typedef struct rn_world_times {
    double waited_s, under_way_s;
    uint64_t bytes;
} rn_world_times;
rn_world_times rn_world_read_times(void);

/* Tells the others of a failure of this process, which rn_fail_text explains, and returns it. Only
 * needed where exchanges are under way, whose data can be freed when it was called and they were
 * waited for; otherwise rn_world_close tells them. [any] */
rn_status rn_world_fail(rn_status status);

/* Ends this process's part with the status of its work, which rn_fail_text explains. Where that is
 * a result (RN_OK, RN_E_MISMATCH, RN_E_INTERRUPTED), waits until all have ended their work;
 * otherwise it is a failure, and the others are told if it is this process's own. Returns the
 * status with which to end: that of another process's failure, if there is one, with its text.
 * *speaks: whether this process is to print the message: one does. */
rn_status rn_world_close(rn_status status, bool *speaks);

/* After rn_world_close, when everything was printed: closes the transport. The others wait for that
 * in process 0, which speaks for a result: launchers end all when one process has ended with a
 * status that is not 0. After a failure it lets the launcher end all processes, and does not return
 * if that succeeds. False: the world has not ended in order, and its thread may hang; end this
 * process at once. */
bool rn_world_leave(int32_t exit_status);

#endif
