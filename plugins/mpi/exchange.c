/* exchange.c: the exchanges of mpi.so.
 *
 * An all_reduce takes two rounds. Each process owns a part of the numbers. In the first round it
 * sends every other owner its numbers of that owner's part, straight from the caller's memory, and
 * adds what it gets in the order of the processes; in the second it sends its part's sums to all.
 * So each byte is sent twice, as in the best of MPI_Allreduce's ways, and the order of additions,
 * which MPI leaves open, is known. Few numbers take the first round alone, in which everyone owns
 * all of them.
 *
 * The messages go from one process to another: with them a group needs no communicator of its own,
 * which cannot be made without waiting for the others. */
#include <stdlib.h>

#include "mpi/link.h"

/* Up to here one round is faster: the delay of a message counts for more than its bytes. */
#define SMALL_BYTES 4096

/* MPI promises tags up to 32767. The messages between two processes keep their order, so tags only
 * have to differ where exchanges are under way at once. */
#define N_TAGS 32768u

enum round { ROUND_ADD, ROUND_SPREAD, ROUND_DONE };

struct rn_transport_exchange {
    rn_transport_exchange *next;
    enum round round;
    MPI_Request *requests; /* the messages of the round */
    int n_requests, room;
    /* of an all_reduce */
    int n, me, first; /* processes of the group, this one's place in it, the process at place 0 */
    int tag;
    int32_t type;
    bool is_small;
    double factor;
    char *data;
    uint64_t count;
    char *received; /* this process's part, from each of the others, in their order */
    uint64_t received_bytes;
};

static rn_status fail_memory(const rn_transport_link *link)
{
    return link->host->fail(RN_E_NOMEM, "no memory for an exchange between processes");
}

/* Those numbers that the process at a place of the group owns, as bytes. */
static uint64_t find_part(const rn_transport_exchange *e, int place, uint64_t *bytes)
{
    uint64_t n = (uint64_t)e->n, k = (uint64_t)place, size = mpi_type_bytes(e->type);
    uint64_t from = e->is_small ? 0 : e->count * k / n;
    uint64_t to = e->is_small ? e->count : e->count * (k + 1) / n;
    *bytes = (to - from) * size;
    return from * size;
}

/* A spare exchange whose memory is large enough, else any, else a new one. */
static rn_transport_exchange *take(rn_transport_link *link, uint64_t bytes)
{
    rn_transport_exchange **at = &link->spare;
    while (*at && (*at)->received_bytes < bytes)
        at = &(*at)->next;
    if (!*at)
        at = &link->spare;
    rn_transport_exchange *e = *at;
    if (!e)
        return calloc(1, sizeof *e);
    *at = e->next;
    e->next = NULL;
    return e;
}

static void give_back(rn_transport_link *link, rn_transport_exchange *e)
{
    e->next = link->spare;
    link->spare = e;
}

static void destroy(rn_transport_exchange *e)
{
    free(e->requests);
    free(e->received);
    free(e);
}

void mpi_free_exchanges(rn_transport_link *link)
{
    for (rn_transport_exchange *e = link->spare, *next; e; e = next) {
        next = e->next;
        destroy(e);
    }
    link->spare = NULL;
}

/* An exchange with room for what is received. */
static rn_status prepare(rn_transport_link *link, uint64_t bytes, rn_transport_exchange **out)
{
    rn_transport_exchange *e = take(link, bytes);
    *out = e;
    if (!e)
        return fail_memory(link);
    e->n_requests = 0;
    if (e->received_bytes >= bytes)
        return RN_OK;
    free(e->received);
    e->received = malloc(bytes);
    e->received_bytes = e->received ? bytes : 0;
    if (e->received)
        return RN_OK;
    give_back(link, e);
    return fail_memory(link);
}

static rn_status grow_requests(rn_transport_link *link, rn_transport_exchange *e)
{
    int room = e->room ? 2 * e->room : 8;
    MPI_Request *grown = realloc(e->requests, (size_t)room * sizeof *grown);
    if (!grown)
        return fail_memory(link);
    e->requests = grown;
    e->room = room;
    return RN_OK;
}

enum direction { SEND, RECEIVE, SPREAD };

/* Starts to move bytes to or from a process, in messages that MPI can count. */
static rn_status move(rn_transport_link *link, rn_transport_exchange *e, enum direction direction,
                      int process, char *data, uint64_t bytes)
{
    int error = MPI_SUCCESS;
    for (uint64_t at = 0; at < bytes && !error; at += MPI_PIECE_BYTES) {
        int count = bytes - at < MPI_PIECE_BYTES ? (int)(bytes - at) : MPI_PIECE_BYTES;
        rn_status status = e->n_requests < e->room ? RN_OK : grow_requests(link, e);
        if (status)
            return status;
        MPI_Request *request = &e->requests[e->n_requests++];
        if (direction == SEND)
            error =
                MPI_Isend(data + at, count, MPI_BYTE, process, e->tag, link->exchanges, request);
        else if (direction == RECEIVE)
            error =
                MPI_Irecv(data + at, count, MPI_BYTE, process, e->tag, link->exchanges, request);
        else
            error = MPI_Ibcast(data + at, count, MPI_BYTE, process, link->exchanges, request);
    }
    return mpi_check(link, error, "starting an exchange");
}

static void append(rn_transport_link *link, rn_transport_exchange *e)
{
    e->next = NULL;
    if (link->last)
        link->last->next = e;
    else
        link->first = e;
    link->last = e;
}

/* Takes an exchange that is complete out of those under way. */
static void finish(rn_transport_link *link, rn_transport_exchange *e)
{
    rn_transport_exchange *before = NULL, *each = link->first;
    for (; each != e; each = each->next)
        before = each;
    if (before)
        before->next = e->next;
    else
        link->first = e->next;
    if (link->last == e)
        link->last = before;
    e->round = ROUND_DONE;
}

rn_status mpi_broadcast(rn_transport_link *link, int32_t from, void *data, uint64_t bytes,
                        rn_transport_exchange **exchange)
{
    rn_status status = prepare(link, 0, exchange);
    if (status)
        return status;
    (*exchange)->round = ROUND_SPREAD;
    append(link, *exchange);
    return move(link, *exchange, SPREAD, from, data, bytes);
}

/* First round: to the others what they own, from them what this process owns. The first message of
 * each goes to the next process, so that not all begin with the same one. */
static rn_status start_add(rn_transport_link *link, rn_transport_exchange *e)
{
    uint64_t own_bytes, bytes;
    rn_status status = RN_OK;
    find_part(e, e->me, &own_bytes);
    e->round = ROUND_ADD;
    for (int i = 1; i < e->n && !status; i++) {
        int to = (e->me + i) % e->n, from = (e->me - i + e->n) % e->n;
        int term = from < e->me ? from : from - 1;
        status = move(link, e, RECEIVE, e->first + from, e->received + (uint64_t)term * own_bytes,
                      own_bytes);
        uint64_t at = find_part(e, to, &bytes);
        if (!status)
            status = move(link, e, SEND, e->first + to, e->data + at, bytes);
    }
    return status;
}

/* Second round: this process's sums to all, theirs into the caller's memory. */
static rn_status start_spread(rn_transport_link *link, rn_transport_exchange *e)
{
    uint64_t own_bytes, bytes, own = find_part(e, e->me, &own_bytes);
    rn_status status = RN_OK;
    e->round = ROUND_SPREAD;
    for (int i = 1; i < e->n && !status; i++) {
        int to = (e->me + i) % e->n, from = (e->me - i + e->n) % e->n;
        uint64_t at = find_part(e, from, &bytes);
        status = move(link, e, RECEIVE, e->first + from, e->data + at, bytes);
        if (!status)
            status = move(link, e, SEND, e->first + to, e->data + own, own_bytes);
    }
    return status;
}

rn_status mpi_all_reduce(rn_transport_link *link, int32_t group, int32_t type, void *data,
                         uint64_t count, double factor, rn_transport_exchange **exchange)
{
    uint64_t bytes = count * mpi_type_bytes(type), others = (uint64_t)group - 1;
    bool is_small = bytes <= SMALL_BYTES;
    uint64_t received = is_small ? bytes : (count / (uint64_t)group + 1) * mpi_type_bytes(type);
    rn_status status = prepare(link, received * others, exchange);
    rn_transport_exchange *e = *exchange;
    if (status)
        return status;
    e->n = group;
    e->me = link->process % group;
    e->first = link->process - e->me;
    e->tag = (int)(link->n_started++ % N_TAGS);
    e->type = type;
    e->is_small = is_small;
    e->factor = factor;
    e->data = data;
    e->count = count;
    append(link, e);
    return start_add(link, e);
}

static void add_up(rn_transport_exchange *e)
{
    uint64_t bytes, own = find_part(e, e->me, &bytes);
    mpi_add(e->type, e->data + own, e->received, e->me, e->n - 1, bytes / mpi_type_bytes(e->type),
            e->factor);
}

/* Goes on with an exchange that is under way, as far as it can. */
static rn_status advance(rn_transport_link *link, rn_transport_exchange *e)
{
    rn_status status = RN_OK;
    while (!status && e->round != ROUND_DONE) {
        int all = 0;
        int error = MPI_Testall(e->n_requests, e->requests, &all, MPI_STATUSES_IGNORE);
        status = mpi_check(link, error, "an exchange");
        if (status || !all)
            return status;
        e->n_requests = 0;
        if (e->round == ROUND_ADD)
            add_up(e);
        if (e->round == ROUND_ADD && !e->is_small)
            status = start_spread(link, e);
        else
            finish(link, e);
    }
    return status;
}

/* Goes on with the oldest exchange, too: another process may wait for that one. So, whichever is
 * tested where, the oldest of all is always gone on with by everyone, and none waits for ever. */
rn_status mpi_test(rn_transport_link *link, rn_transport_exchange *exchange, int32_t *done)
{
    rn_status status = link->first ? advance(link, link->first) : RN_OK;
    if (!status)
        status = advance(link, exchange);
    *done = !status && exchange->round == ROUND_DONE;
    if (*done)
        give_back(link, exchange);
    return status;
}
