/* link.h: what the files of mpi.so share: a connection, the exchanges under way on it, notes. */
#ifndef MPI_LINK_H
#define MPI_LINK_H

#include <mpi.h>
#include <resnet/transport.h>
#include <stdbool.h>
#include <stddef.h>

/* The most bytes of one message: MPI counts with an int. The tests have a smaller one. */
#ifndef MPI_PIECE_BYTES
#define MPI_PIECE_BYTES (1 << 30)
#endif

typedef struct mpi_note mpi_note;

struct rn_transport_link {
    const rn_host *host;
    int process, n_processes;
    MPI_Comm exchanges, notes; /* of their own, so that nothing else's messages are taken */
    uint32_t n_started;        /* of the next exchange: its tag */
    rn_transport_exchange *first, *last; /* under way, in the order of their start */
    rn_transport_exchange *spare;        /* done; their memory is used again */
    mpi_note *posted;                    /* that MPI may not have sent yet */
    int *n_posted, *n_taken;             /* notes to and from each process */
};

/* RN_OK, or the failure that MPI explains; `what` failed. */
rn_status mpi_check(const rn_transport_link *link, int error, const char *what);

/* Adds to `values`, `count` numbers of an rn_transport_type, what n other processes sent, one after
 * the other in `received`: `before` of them come before this one in the order of additions. Then
 * multiplies. */
void mpi_add(int32_t type, void *values, const void *received, int before, int n, uint64_t count,
             double factor);
size_t mpi_type_bytes(int32_t type); /* 0: there is none such */

/* The slots of rn_transport. */
rn_status mpi_broadcast(rn_transport_link *link, int32_t from, void *data, uint64_t bytes,
                        rn_transport_exchange **exchange);
rn_status mpi_all_reduce(rn_transport_link *link, int32_t group, int32_t type, void *data,
                         uint64_t count, double factor, rn_transport_exchange **exchange);
rn_status mpi_test(rn_transport_link *link, rn_transport_exchange *exchange, int32_t *done);
rn_status mpi_post(rn_transport_link *link, int32_t to, const void *note, uint32_t bytes);
rn_status mpi_poll(rn_transport_link *link, int32_t *from, void *note, uint32_t *bytes);

/* For the end: frees the memory of exchanges, of which none is under way; takes the notes that
 * others have posted, and waits until this process's are sent. */
void mpi_free_exchanges(rn_transport_link *link);
rn_status mpi_finish_notes(rn_transport_link *link);

#endif
