/* test_cudasim_nccl.c: the stand-in for NCCL: ranks in one thread or in several meet when their
 * streams run, also from graphs; and misuse is detected without waiting forever. */
#ifndef HAVE_NCCL
#include <stdio.h>

int main(void)
{
    puts("skipped: the stand-in for NCCL: nccl.h is not installed");
    return 77;
}

#else
#include <cuda_runtime_api.h>
#include <math.h>
#include <nccl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cudasim/cudasim.h"
#include "cudasim/values.h"
#include "support/check.h"

#define RANKS 3
#define COUNT 1000

typedef struct rank {
    int number;
    ncclComm_t comm;
    cudaStream_t stream;
    float *device, *host; /* COUNT numbers; host: pinned */
    ncclUniqueId id;
    cudaError_t error;
    ncclResult_t result;
} rank;

static rank ranks[RANKS];

static void open_rank(rank *r, int number)
{
    *r = (rank){ .number = number };
    cudaSetDevice(number);
    cudaStreamCreateWithFlags(&r->stream, cudaStreamNonBlocking);
    cudaMalloc((void **)&r->device, COUNT * sizeof(float));
    cudaMallocHost((void **)&r->host, COUNT * sizeof(float));
}

static void open_ranks(void)
{
    ncclComm_t comms[RANKS];
    for (int i = 0; i < RANKS; i++)
        open_rank(&ranks[i], i);
    cudaSetDevice(0);
    CU_ASSERT_EQUAL_FATAL(ncclCommInitAll(comms, RANKS, NULL), 0);
    for (int i = 0; i < RANKS; i++)
        ranks[i].comm = comms[i];
}

static void close_rank(rank *r)
{
    cudaSetDevice(r->number);
    if (r->comm)
        ncclCommDestroy(r->comm);
    cudaStreamDestroy(r->stream);
    cudaFree(r->device);
    cudaFreeHost(r->host);
}

static void close_ranks(void)
{
    for (int i = 0; i < RANKS; i++)
        close_rank(&ranks[i]);
}

static float number(int of_rank, int i)
{
    return (float)((of_rank + 1) * (i % 53) % 31) / 8;
}

/* Copies the rank's numbers, converted to `type`, to its GPU. */
static void upload(rank *r, ncclDataType_t type)
{
    cudaSetDevice(r->number);
    for (int i = 0; i < COUNT; i++) {
        float value = number(r->number, i);
        if (type == ncclFloat32)
            r->host[i] = value;
        else
            ((uint16_t *)r->host)[i] =
                type == ncclFloat16 ? cudasim_to_half(value) : cudasim_to_bf16(value);
    }
    cudaMemcpyAsync(r->device, r->host, COUNT * sizeof(float), cudaMemcpyHostToDevice, r->stream);
}

static cudaError_t download(rank *r)
{
    cudaSetDevice(r->number);
    cudaMemcpyAsync(r->host, r->device, COUNT * sizeof(float), cudaMemcpyDeviceToHost, r->stream);
    return cudaStreamSynchronize(r->stream);
}

static float value_at(const rank *r, ncclDataType_t type, int i)
{
    if (type == ncclFloat32)
        return r->host[i];
    uint16_t half = ((const uint16_t *)r->host)[i];
    return type == ncclFloat16 ? cudasim_from_half(half) : cudasim_from_bf16(half);
}

static double sum(int i)
{
    double total = 0;
    for (int k = 0; k < RANKS; k++)
        total += (double)number(k, i);
    return total;
}

/* ---- one thread, in groups ---- */

static void test_group(void)
{
    static const struct {
        ncclDataType_t type;
        double limit;
    } types[] = { { ncclFloat32, 1e-6 }, { ncclFloat16, 2e-3 }, { ncclBfloat16, 2e-2 } };
    open_ranks();
    for (int t = 0; t < 6; t++) {
        ncclDataType_t type = types[t / 2].type;
        ncclRedOp_t op = t % 2 ? ncclAvg : ncclSum;
        double worst = 0;
        for (int i = 0; i < RANKS; i++)
            upload(&ranks[i], type);
        CU_ASSERT_EQUAL(ncclGroupStart(), 0);
        for (int i = 0; i < RANKS; i++)
            CU_ASSERT_EQUAL(ncclAllReduce(ranks[i].device, ranks[i].device, COUNT, type, op,
                                          ranks[i].comm, ranks[i].stream),
                            0);
        CU_ASSERT_EQUAL(ncclGroupEnd(), 0);
        for (int i = 0; i < RANKS; i++)
            CU_ASSERT_EQUAL(download(&ranks[i]), 0);
        for (int i = 0; i < COUNT; i++) {
            double expected = t % 2 ? sum(i) / RANKS : sum(i);
            double error = fabs(value_at(&ranks[0], type, i) - expected) / (1 + fabs(expected));
            worst = error > worst ? error : worst;
            CU_ASSERT_EQUAL(value_at(&ranks[0], type, i), value_at(&ranks[2], type, i));
        }
        CU_ASSERT(worst < types[t / 2].limit);
    }
    CU_ASSERT_EQUAL(cudasim_blames(), 0);
    close_ranks();
}

static void test_broadcast(void)
{
    open_ranks();
    CU_ASSERT_EQUAL(ncclGroupStart(), 0);
    for (int i = 0; i < RANKS; i++) {
        upload(&ranks[i], ncclFloat32);
        CU_ASSERT_EQUAL(ncclBroadcast(ranks[i].device, ranks[i].device, COUNT, ncclFloat32, 1,
                                      ranks[i].comm, ranks[i].stream),
                        0);
    }
    CU_ASSERT_EQUAL(ncclGroupEnd(), 0);
    for (int i = 0; i < RANKS; i++) {
        CU_ASSERT_EQUAL(download(&ranks[i]), 0);
        for (int k = 0; k < COUNT; k++)
            CU_ASSERT_EQUAL(ranks[i].host[k], number(1, k));
    }
    CU_ASSERT_EQUAL(cudasim_blames(), 0);
    close_ranks();
}

/* ---- a thread for each rank ---- */

static void run_threads(void *(*body)(void *))
{
    pthread_t threads[RANKS];
    ncclUniqueId id;
    CU_ASSERT_EQUAL(ncclGetUniqueId(&id), 0);
    for (int i = 0; i < RANKS; i++) {
        open_rank(&ranks[i], i);
        ranks[i].id = id;
    }
    for (int i = 0; i < RANKS; i++)
        pthread_create(&threads[i], NULL, body, &ranks[i]);
    for (int i = 0; i < RANKS; i++)
        pthread_join(threads[i], NULL);
}

static ncclResult_t reduce(rank *r, size_t count)
{
    return ncclAllReduce(r->device, r->device, count, ncclFloat32, ncclSum, r->comm, r->stream);
}

/* Launches a graph of two sums three times. The first sum makes the ranks equal; each later one
 * multiplies by RANKS. */
static void *run_graph(void *of)
{
    rank *r = of;
    cudaGraph_t graph = NULL;
    cudaGraphExec_t exec = NULL;
    cudaSetDevice(r->number);
    r->result = ncclCommInitRank(&r->comm, RANKS, r->id, r->number);
    upload(r, ncclFloat32);
    cudaStreamSynchronize(r->stream);
    cudaStreamBeginCapture(r->stream, cudaStreamCaptureModeThreadLocal);
    for (int i = 0; i < 2; i++)
        r->result = r->result ? r->result : reduce(r, COUNT);
    r->error = cudaStreamEndCapture(r->stream, &graph);
    if (!r->error)
        r->error = cudaGraphInstantiate(&exec, graph, 0);
    for (int i = 0; i < 3 && !r->error; i++)
        r->error = cudaGraphLaunch(exec, r->stream);
    if (!r->error)
        r->error = download(r);
    cudaGraphExecDestroy(exec);
    cudaGraphDestroy(graph);
    return NULL;
}

static void test_threads(void)
{
    run_threads(run_graph);
    for (int i = 0; i < RANKS; i++) {
        CU_ASSERT_EQUAL(ranks[i].result, 0);
        CU_ASSERT_EQUAL(ranks[i].error, 0);
        for (int k = 0; k < COUNT; k++)
            CU_ASSERT_DOUBLE_EQUAL(ranks[i].host[k], sum(k) * pow(RANKS, 5),
                                   1e-5 * (1 + ranks[i].host[k]));
    }
    CU_ASSERT_EQUAL(cudasim_blames(), 0);
    close_ranks();
}

/* ---- misuse ---- */

static int blamed; /* expected number of blames so far */

/* True if exactly n more were blamed. */
static bool blamed_more(int n)
{
    blamed += n;
    if (cudasim_blames() != blamed)
        check_note("blamed %d times, not %d", cudasim_blames(), blamed);
    return cudasim_blames() == blamed;
}

static void test_differing(void)
{
    ncclResult_t asynchronous = ncclSuccess;
    open_ranks();
    CU_ASSERT_EQUAL(ncclGroupStart(), 0);
    for (int i = 0; i < RANKS; i++)
        CU_ASSERT_EQUAL(reduce(&ranks[i], COUNT - (size_t)(i == 1)), 0);
    CU_ASSERT_EQUAL(ncclGroupEnd(), 0);
    for (int i = 0; i < RANKS; i++)
        CU_ASSERT_EQUAL(download(&ranks[i]), cudaErrorLaunchFailure);
    CU_ASSERT(blamed_more(1));
    CU_ASSERT_EQUAL(ncclCommGetAsyncError(ranks[2].comm, &asynchronous), 0);
    CU_ASSERT_EQUAL(asynchronous, ncclInvalidUsage);
    cudasim_revive();
    close_ranks();
}

static void test_wrong_calls(void)
{
    open_ranks();
    rank *r = &ranks[0];
    cudaSetDevice(0);
    CU_ASSERT_EQUAL(reduce(r, COUNT + 1), ncclInvalidArgument);
    CU_ASSERT_EQUAL(ncclAllReduce(r->host, r->device, 8, ncclFloat32, ncclSum, r->comm, r->stream),
                    ncclInvalidArgument);
    CU_ASSERT_EQUAL(ncclAllReduce(r->device, r->device + 4, 8, ncclFloat32, ncclSum, r->comm,
                                  r->stream),
                    ncclInvalidUsage);
    CU_ASSERT_EQUAL(ncclAllReduce(r->device, r->device, 8, ncclFloat32, ncclSum, r->comm,
                                  ranks[1].stream),
                    ncclUnhandledCudaError);
    CU_ASSERT_EQUAL(ncclGroupEnd(), ncclInvalidUsage);
    CU_ASSERT(blamed_more(5));
    CU_ASSERT_EQUAL(ncclGroupStart(), 0); /* an error within a group fails the group */
    CU_ASSERT_EQUAL(reduce(r, COUNT + 1), ncclInvalidArgument);
    CU_ASSERT_EQUAL(ncclGroupEnd(), ncclInvalidArgument);
    CU_ASSERT(blamed_more(1));
    for (int i = 0; i < RANKS; i++)
        CU_ASSERT_EQUAL(reduce(&ranks[i], COUNT), 0); /* one thread, no group */
    CU_ASSERT(cudasim_blames() > blamed);
    blamed = cudasim_blames();
    cudasim_fail_at(NULL, 1);
    CU_ASSERT_EQUAL(reduce(r, COUNT), ncclSystemError);
    close_ranks();
    CU_ASSERT_EQUAL(reduce(r, COUNT), ncclInvalidArgument);
    CU_ASSERT(blamed_more(1));
}

static void test_wrong_ranks(void)
{
    const int twice[2] = { 1, 1 };
    ncclComm_t comms[2] = { NULL, NULL };
    ncclUniqueId id = { "not from NCCL" };
    cudaSetDevice(0);
    CU_ASSERT_EQUAL(ncclCommInitAll(comms, 2, twice), ncclInvalidUsage);
    CU_ASSERT_EQUAL(ncclCommInitRank(&comms[0], 2, id, 0), ncclInvalidArgument);
    CU_ASSERT_EQUAL(ncclGetUniqueId(&id), 0);
    CU_ASSERT_EQUAL(ncclCommInitRank(&comms[0], 2, id, 2), ncclInvalidArgument);
    CU_ASSERT(blamed_more(3));
    for (int i = 0; i < 2; i++)
        CU_ASSERT_EQUAL(ncclCommAbort(comms[i]), 0);
}

/* ---- a rank that stops ---- */

static bool aborts_all;
static atomic_int n_begun; /* ranks whose sums are enqueued */

static void *run_abort(void *of)
{
    rank *r = of;
    cudaSetDevice(r->number);
    r->result = ncclCommInitRank(&r->comm, RANKS, r->id, r->number);
    if (r->number > 0) {
        r->result = r->result ? r->result : reduce(r, COUNT);
        atomic_fetch_add(&n_begun, 1);
        r->error = download(r);
        return NULL;
    }
    while (atomic_load(&n_begun) < RANKS - 1)
        usleep(1000);
    for (int i = 0; i == 0 || (aborts_all && i < RANKS); i++) {
        usleep(50000); /* by now the others wait, and see the ranks leave one by one */
        ncclCommAbort(ranks[i].comm);
        ranks[i].comm = NULL;
    }
    return NULL;
}

/* Ranks that wait are released when their own communicators are aborted; otherwise it is an
 * error. */
static void test_abort(void)
{
    for (int k = 0; k < 2; k++) {
        aborts_all = k == 0;
        atomic_store(&n_begun, 0);
        run_threads(run_abort);
        for (int i = 1; i < RANKS; i++) {
            ncclResult_t asynchronous = ncclSuccess;
            CU_ASSERT_EQUAL(ranks[i].error, aborts_all ? cudaSuccess : cudaErrorLaunchFailure);
            CU_ASSERT(!aborts_all || isnan(ranks[i].host[0]));
            if (!aborts_all)
                CU_ASSERT_EQUAL(ncclCommGetAsyncError(ranks[i].comm, &asynchronous), 0);
            CU_ASSERT_EQUAL(asynchronous, aborts_all ? ncclSuccess : ncclSystemError);
        }
        CU_ASSERT(blamed_more(aborts_all ? 0 : RANKS - 1));
        cudasim_revive();
        close_ranks();
    }
}

static void test_nothing_left(void)
{
    CU_ASSERT_EQUAL(cudasim_live(true), 0);
}

int main(int argc, char **argv)
{
    static const CU_TestInfo tests[] = {
        { "one thread, in groups", test_group },
        { "broadcast", test_broadcast },
        { "one thread per rank, graphs", test_threads },
        { "calls that differ between ranks", test_differing },
        { "invalid calls", test_wrong_calls },
        { "invalid ranks", test_wrong_ranks },
        { "a rank that stops", test_abort },
        { "no leaks", test_nothing_left },
        CU_TEST_INFO_NULL,
    };
    (void)argc;
    const char *devices = getenv("CUDASIM_DEVICES"); /* read when the library is loaded */
    if (!devices || atoi(devices) != RANKS) {
        setenv("CUDASIM_DEVICES", "3", 1);
        execv("/proc/self/exe", argv);
        return 1;
    }
    return check_run("cudasim_nccl", tests);
}

#endif
