/* sockets.h: a transport for tests, over sockets of the Unix domain between the processes of one
 * machine: as little as a transport can be. RESNET_SOCKETS=FOLDER:PROCESS:PROCESSES in the
 * environment takes the place of a launcher; FOLDER is empty at first.
 *
 * RESNET_SOCKETS_FAULT=KIND:EXCHANGE makes this process misbehave from that exchange on:
 *   fail   starting an exchange fails
 *   hang   it does not return
 *   mute   what is sent is lost, as on a network that was cut
 *   dumb   the notes are
 *   close  `close` does not return */
#ifndef SOCKETS_SOCKETS_H
#define SOCKETS_SOCKETS_H

#include <resnet/transport.h>
#include <stdbool.h>
#include <sys/types.h>

/* What a frame begins with. The data of an exchange have its number; a note has none. */
#define SOCKETS_NOTE UINT64_MAX
typedef struct sockets_head {
    uint64_t exchange;
    uint64_t bytes;
} sockets_head;

typedef struct sockets_frame {
    struct sockets_frame *next;
    int32_t from;
    uint64_t done; /* bytes that were read, or written, with the head */
    sockets_head head;
    char data[];
} sockets_frame;

/* Another process. */
typedef struct sockets_peer {
    int fd; /* -1: this process itself */
    pid_t pid;
    sockets_frame *out; /* still to be written, in this order */
    sockets_frame *in;  /* being read; NULL: its head is not complete */
    sockets_head head;
    uint64_t head_bytes;
} sockets_peer;

struct rn_transport_link {
    const rn_host *host;
    int32_t process, n;
    sockets_peer *peers;
    sockets_frame *arrived; /* in their order */
    uint64_t n_started;
    const char *fault; /* its kind; "": none */
    uint64_t fault_from;
};

/* Opens a socket to each other process. */
rn_status sockets_connect(rn_transport_link *link, const char *folder);

/* Queues a frame for a process. */
rn_status sockets_send(rn_transport_link *link, int32_t to, uint64_t exchange, const void *data,
                       uint64_t bytes);

/* Writes and reads what can be without waiting. */
rn_status sockets_pump(rn_transport_link *link);

/* Takes the first frame of an exchange, or note, that has arrived, from a process or (-1) from any;
 * NULL: there is none. The caller frees it. */
sockets_frame *sockets_take(rn_transport_link *link, uint64_t exchange, int32_t from);

bool sockets_misbehaves(const rn_transport_link *link, const char *kind);

#endif
