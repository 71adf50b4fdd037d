/* transport.h: the extension of a plugin that connects the processes of one run: those that mpirun
 * or srun started, on one machine or many. Since ABI 0.10.
 *
 * A transport moves bytes and adds numbers between processes; it knows nothing of networks. It
 * starts no processes: that is the work of a launcher. The core loads the transport that
 * --transport names, or the environment variable RESNET_TRANSPORT, which a launcher may set;
 * otherwise `mpi`, where a launcher of MPI has started several processes.
 *
 * Threads: [setup] any, one at a time. [link] the one that called `open`, for all calls, so the
 * libraries below need not be thread-safe. No slot but `open`, `close` and `abort` waits for
 * another process: an exchange is started, and tested until it is done. All processes start the
 * same exchanges in the same order. Failures are RN_E_DEVICE, or RN_E_NOMEM, with a message; after
 * one, `post`, `poll` and `abort` alone are called, of which the first two may fail. */
#ifndef RESNET_TRANSPORT_H
#define RESNET_TRANSPORT_H

#include <resnet/host.h>
#include <resnet/status.h>
#include <stdint.h>

/* What rn_plugin.extension (plugin.h) returns an rn_transport for. */
#define RN_TRANSPORT_ID "resnet.transport/1"

/* The most bytes of a note. */
#define RN_TRANSPORT_NOTE_BYTES 1024

/* What is added. 0 is invalid. */
enum rn_transport_type {
    RN_TRANSPORT_F32 = 1,
    RN_TRANSPORT_BF16 = 2, /* the upper half of an F32; summed and multiplied as F32, then rounded
                            * to nearest, ties to even */
    RN_TRANSPORT_F64 = 3,
    RN_TRANSPORT_I64 = 4 /* `factor` is 1 */
};

typedef struct rn_transport_link rn_transport_link;         /* an opened transport */
typedef struct rn_transport_exchange rn_transport_exchange; /* one that has been started */

/* What `open` fills in; the caller zero-initialises it but for `size`. */
typedef struct rn_transport_info {
    uint32_t size;
    int32_t process;     /* this one's number, from 0 */
    int32_t n_processes; /* of the run, at least 1 */
    uint32_t reserved;   /* 0 */
} rn_transport_info;

/* Static data that lives as long as the plugin. Slots are required unless they say optional. */
typedef struct rn_transport {
    uint32_t size;
    uint32_t reserved; /* 0 */

    /* The library that it uses, with its version, for messages and `resnet-plugin info`. Never
     * fails; may be called before `open`. [setup] */
    const char *(*library)(void);

    /* Connects this process with the others of the run; waits for them. Called once. A launcher
     * that started a single process, or none, gives a run of one. `host` is kept. Handlers of
     * signals, the locale and what else plugin.h names stay, but for the environment. [link] */
    rn_status (*open)(const rn_host *host, rn_transport_info *info, rn_transport_link **link);

    /* Ends an orderly run, in which all processes call it and no exchange is under way. May wait
     * for them. [link] */
    void (*close)(rn_transport_link *link);

    /* Ends a failed run: makes the launcher end every process of it that still runs, as far as it
     * can, and this one with the exit status. Does not return. Called where others may be gone or
     * hang, so it waits for none. [link] */
    void (*abort)(rn_transport_link *link, int32_t exit_status);

    /* Starts to copy `bytes` bytes of process `from` to all others. `data` is the caller's, and
     * neither read nor written by it until the exchange is done. [link] */
    rn_status (*broadcast)(rn_transport_link *link, int32_t from, void *data, uint64_t bytes,
                           rn_transport_exchange **exchange);

    /* Starts to replace `count` numbers of an rn_transport_type by their sums over a group of
     * processes, times `factor`. A group is `group` processes in succession: 0 to group - 1, then
     * group to 2 group - 1, and so on; it divides n_processes, and each process takes part in its
     * own group's exchange. All of a group get the same bits, and, of equal numbers, in every run
     * with as many processes: the order of additions is fixed. `data` as above, aligned to 8
     * bytes. [link] */
    rn_status (*all_reduce)(rn_transport_link *link, int32_t group, int32_t type, void *data,
                            uint64_t count, double factor, rn_transport_exchange **exchange);

    /* Continues an exchange, without waiting; *done is 1 when it is complete, and `exchange` is
     * then gone, else 0. Exchanges under way may be tested in any order, and testing one may
     * continue the others. [link] */
    rn_status (*test)(rn_transport_link *link, rn_transport_exchange *exchange, int32_t *done);

    /* Sends a note of 1 to RN_TRANSPORT_NOTE_BYTES bytes to a process; copied, and not waited for.
     * Notes to one process arrive in their order, while exchanges hang as well. [link] */
    rn_status (*post)(rn_transport_link *link, int32_t to, const void *note, uint32_t bytes);

    /* Takes the next note that has arrived: writes its sender, its bytes (`note` has room for
     * RN_TRANSPORT_NOTE_BYTES) and their number, which is 0 where there is none. [link] */
    rn_status (*poll)(rn_transport_link *link, int32_t *from, void *note, uint32_t *bytes);
} rn_transport;

#endif
