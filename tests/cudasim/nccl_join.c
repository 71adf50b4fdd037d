/* nccl_join.c: ranks join a clique, in one process or in several. */
#ifdef HAVE_NCCL /* otherwise the library is empty */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "machine.h"
#include "nccl_sim.h"

static nccl_clique *cliques; /* never freed, because work may refer to them */

ncclResult_t ncclGetUniqueId(ncclUniqueId *id)
{
    ncclResult_t result = nccl_enter(__func__, true, NULL);
    if (!result && !id)
        result = ncclInvalidArgument;
    if (!result && !nccl_shared_make(id))
        result = ncclSystemError;
    return nccl_leave(result);
}

static void count_recorded(cudasim_work *run, const void *what, int change)
{
    if (run == nccl_call_run)
        ((const nccl_call *)what)->rank->clique->n_recorded += change;
}

static nccl_clique *find_clique(const ncclUniqueId *id)
{
    nccl_clique *clique = cliques;
    while (clique && memcmp(&clique->shared->id, id, sizeof *id))
        clique = clique->next;
    if (clique)
        return clique;
    nccl_shared *shared = nccl_shared_open(id);
    clique = shared ? calloc(1, sizeof *clique) : NULL;
    cudasim_graph_observe(count_recorded);
    if (clique) {
        *clique = (nccl_clique){ .next = cliques, .shared = shared };
        cliques = clique;
    }
    return clique;
}

/* The host's name in NCCL's hash, which NCCL_HOSTID replaces (NCCL, "Environment Variables"). */
static void name_host(char *text, size_t size)
{
    const char *given = getenv("NCCL_HOSTID");
    if (given)
        snprintf(text, size, "%s", given);
    else if (gethostname(text, size))
        text[0] = 0;
    text[size - 1] = 0;
}

/* NCCL compares devices once all ranks have joined, so all of them fail. */
static void refuse_duplicate(nccl_shared *shared, int rank)
{
    const nccl_seat *self = &shared->seats[rank];
    for (int i = 0; i < shared->n; i++)
        if (i != rank && shared->seats[i].has_joined && shared->seats[i].bus == self->bus &&
            !strcmp(shared->seats[i].host, self->host))
            snprintf(shared->refusal, sizeof shared->refusal,
                     "Duplicate GPU detected : rank %d and rank %d both on CUDA device %x", rank, i,
                     self->bus << 12);
}

static ncclResult_t take_seat(const char *function, nccl_shared *shared, const nccl_ticket *ticket)
{
    nccl_seat *seat = &shared->seats[ticket->rank];
    if (!shared->n)
        shared->n = ticket->n;
    if (shared->n != ticket->n)
        return nccl_wrong(function, ncclInvalidUsage, "this rank says %d ranks, another said %d",
                          ticket->n, shared->n);
    if (seat->has_joined)
        return nccl_wrong(function, ncclInvalidUsage, "rank %d joins twice", ticket->rank);
    seat->has_joined = true;
    seat->bus = cudasim_device_bus(ticket->device);
    name_host(seat->host, sizeof seat->host);
    refuse_duplicate(shared, ticket->rank);
    return ncclSuccess;
}

/* While a rank is in another process, it is not heard when that goes on. */
bool nccl_is_unheard(const nccl_clique *clique)
{
    int here = clique->n_here;
    return here > 0 && here < clique->shared->n && clique->n_over_here < here;
}

ncclResult_t nccl_join(const char *function, const nccl_ticket *ticket, ncclComm_t *comm)
{
    nccl_clique *clique = find_clique(ticket->id);
    if (!clique) {
        snprintf(nccl_last_error, sizeof nccl_last_error, "the process that made the id has ended");
        return ncclRemoteError;
    }
    nccl_rank *self = calloc(1, sizeof *self);
    ncclComm_t made = cudasim_object_new(NCCL_SIM_COMM, sizeof *made);
    if (!self || !made) {
        free(self);
        return ncclSystemError;
    }
    *self = (nccl_rank){ .clique = clique,
                         .seat = &clique->shared->seats[ticket->rank],
                         .rank = ticket->rank,
                         .device = ticket->device,
                         .is_blocking = ticket->is_blocking,
                         .phase = NCCL_JOINING };
    made->rank = self;
    nccl_shared_lock(clique->shared);
    ncclResult_t result = take_seat(function, clique->shared, ticket);
    nccl_shared_unlock(clique->shared);
    if (result) {
        cudasim_object_free(NCCL_SIM_COMM, made);
        return result;
    }
    bool before = nccl_is_unheard(clique);
    clique->ranks[ticket->rank] = self;
    clique->n_here++;
    cudasim_unheard(nccl_is_unheard(clique) - before);
    *comm = made;
    return ncclSuccess;
}

static ncclResult_t check_config(const char *function, const ncclConfig_t *config)
{
    const ncclConfig_t valid = NCCL_CONFIG_INITIALIZER;
    if (!config || (config->size == valid.size && config->magic == valid.magic &&
                    (config->blocking == 0 || config->blocking == 1 ||
                     config->blocking == NCCL_CONFIG_UNDEF_INT)))
        return ncclSuccess;
    return nccl_wrong(function, ncclInvalidArgument, "the ncclConfig_t is not valid");
}

static ncclResult_t init_rank(const char *function, const nccl_ticket *ticket, ncclComm_t *comm)
{
    int n = ticket->n, rank = ticket->rank;
    if (cudasim_absence())
        return ncclUnhandledCudaError;
    if (!comm || n < 1 || n > NCCL_SIM_RANKS || rank < 0 || rank >= n)
        return nccl_wrong(function, ncclInvalidArgument, "rank %d of %d", rank, n);
    if (!nccl_shared_is_id(ticket->id))
        return nccl_wrong(function, ncclInvalidArgument, "the id is not from ncclGetUniqueId");
    ncclResult_t result = nccl_join(function, ticket, comm);
    return result ? result : nccl_group_add(function, (*comm)->rank, NCCL_JOINING);
}

ncclResult_t ncclCommInitRank(ncclComm_t *comm, int n, ncclUniqueId id, int rank)
{
    ncclResult_t result = nccl_enter(__func__, false, NULL);
    const nccl_ticket ticket = { &id, n, rank, cudasim_device(), true };
    if (!result)
        result = init_rank(__func__, &ticket, comm);
    return nccl_leave(result);
}

ncclResult_t ncclCommInitRankConfig(ncclComm_t *comm, int n, ncclUniqueId id, int rank,
                                    ncclConfig_t *config)
{
    ncclResult_t result = nccl_enter(__func__, false, NULL);
    const nccl_ticket ticket = { &id, n, rank, cudasim_device(), !config || config->blocking };
    if (!result)
        result = check_config(__func__, config);
    if (!result)
        result = init_rank(__func__, &ticket, comm);
    return nccl_leave(result);
}

ncclResult_t ncclCommInitAll(ncclComm_t *comms, int n, const int *devices)
{
    ncclUniqueId id = { "" };
    ncclResult_t result = nccl_enter(__func__, false, NULL);
    if (!result && cudasim_absence())
        result = ncclUnhandledCudaError;
    if (!result && (!comms || n < 1 || n > NCCL_SIM_RANKS || n > cudasim_device_count()))
        result = nccl_wrong(__func__, ncclInvalidArgument, "%d devices", n);
    if (!result)
        result = ncclGetUniqueId(&id);
    for (int i = 0; !result && i < n; i++) {
        const nccl_ticket ticket = { &id, n, i, devices ? devices[i] : i, true };
        if (ticket.device < 0 || ticket.device >= cudasim_device_count())
            result =
                nccl_wrong(__func__, ncclInvalidArgument, "there is no device %d", ticket.device);
        else
            result = nccl_join(__func__, &ticket, &comms[i]);
    }
    for (int i = 0; !result && i < n; i++)
        result = nccl_await(__func__, comms[i]->rank);
    return nccl_leave(result);
}

ncclResult_t ncclCommSplit(ncclComm_t comm, int color, int key, ncclComm_t *child,
                           ncclConfig_t *config)
{
    ncclResult_t result = nccl_enter_ready(__func__, false, &comm);
    ncclUniqueId id;
    if (!result)
        result = check_config(__func__, config);
    if (!result && (!child || (color < 0 && color != NCCL_SPLIT_NOCOLOR)))
        result = nccl_wrong(__func__, ncclInvalidArgument, "colour %d", color);
    if (!result && comm->rank->seat->has_split)
        result = nccl_wrong(__func__, ncclInternalError, "the stand-in splits a communicator once");
    if (!result && !nccl_shared_make(&id))
        result = ncclSystemError;
    if (!result) {
        nccl_rank *rank = comm->rank;
        nccl_shared_lock(rank->clique->shared);
        rank->seat->color = color;
        rank->seat->key = key;
        rank->seat->child = id;
        rank->seat->has_split = true;
        nccl_shared_unlock(rank->clique->shared);
        *child = NULL;
        rank->child = child;
        rank->is_child_blocking = config && config->blocking != NCCL_CONFIG_UNDEF_INT
                                      ? config->blocking
                                      : rank->is_blocking;
        result = nccl_group_add(__func__, rank, NCCL_SPLITTING);
    }
    return nccl_leave(result);
}

#endif
