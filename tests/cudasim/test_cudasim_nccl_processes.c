/* test_cudasim_nccl_processes.c: the stand-in for NCCL with ranks in several processes, and with
 * communicators that do not block. Each test forks; a process's CUDA is its own. */
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
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cudasim/cudasim.h"
#include "cudasim/processes_rig.h"
#include "support/check.h"

enum { RANKS = PROCESSES_MOST, COUNT = 1000, POLLS = 20 };

/* Memory of all processes of a test. */
static struct {
    ncclUniqueId id;
    float results[2][RANKS][COUNT];
} * all;

static float number(int rank, int i)
{
    return (float)sin(i * 0.7 + rank);
}

typedef struct rank {
    int number;
    ncclComm_t comm, part;
    cudaStream_t stream;
    float *device, *host; /* COUNT numbers; host: pinned */
} rank;

static bool id_share(int process)
{
    bool is_good = process > 0 || ncclGetUniqueId(&all->id) == ncclSuccess;
    processes_meet();
    return is_good;
}

/* ---- ranks ---- */

static bool await(ncclComm_t comm)
{
    ncclResult_t state = ncclInProgress;
    while (ncclCommGetAsyncError(comm, &state) == ncclSuccess && state == ncclInProgress)
        usleep(1000);
    return state == ncclSuccess;
}

/* Whether a call that does not block has begun well. */
static bool begins(ncclResult_t result)
{
    return result == ncclSuccess || result == ncclInProgress;
}

static bool begin_to_join(rank *r, int n_ranks)
{
    ncclConfig_t config = NCCL_CONFIG_INITIALIZER;
    config.blocking = 0;
    return begins(ncclCommInitRankConfig(&r->comm, n_ranks, all->id, r->number, &config));
}

static void open_rank(rank *r, int number)
{
    *r = (rank){ .number = number };
    cudaSetDevice(number);
    cudaStreamCreateWithFlags(&r->stream, cudaStreamNonBlocking);
    cudaMalloc((void **)&r->device, COUNT * sizeof(float));
    cudaMallocHost((void **)&r->host, COUNT * sizeof(float));
}

/* Makes n ranks of this process, from `first` on, ranks of n_ranks. */
static bool open_ranks(rank *ranks, int n, int first, int n_ranks)
{
    bool is_good = true;
    for (int i = 0; i < n; i++)
        open_rank(&ranks[i], first + i);
    ncclGroupStart();
    for (int i = 0; i < n; i++) {
        cudaSetDevice(first + i);
        is_good &= begin_to_join(&ranks[i], n_ranks);
    }
    is_good &= begins(ncclGroupEnd());
    for (int i = 0; i < n && is_good; i++)
        is_good = await(ranks[i].comm);
    return is_good;
}

static void close_rank(rank *r)
{
    cudaSetDevice(r->number);
    if (r->part)
        ncclCommDestroy(r->part);
    if (r->comm)
        ncclCommDestroy(r->comm);
    cudaStreamDestroy(r->stream);
    cudaFree(r->device);
    cudaFreeHost(r->host);
}

static void fill(rank *r)
{
    for (int i = 0; i < COUNT; i++)
        r->host[i] = number(r->number, i);
    cudaMemcpyAsync(r->device, r->host, COUNT * sizeof(float), cudaMemcpyHostToDevice, r->stream);
    cudaStreamSynchronize(r->stream);
}

static ncclResult_t reduce(rank *r, ncclComm_t comm)
{
    return ncclAllReduce(r->device, r->device, COUNT, ncclFloat32, ncclAvg, comm, r->stream);
}

static cudaError_t take(rank *r)
{
    cudaSetDevice(r->number);
    cudaMemcpyAsync(r->host, r->device, COUNT * sizeof(float), cudaMemcpyDeviceToHost, r->stream);
    return cudaStreamSynchronize(r->stream);
}

/* Three means in succession, by `comm` or by the parts; the last result to `row`. */
static bool reduce_all(rank *ranks, int n, bool by_part, float (*rows)[COUNT])
{
    bool is_good = true;
    for (int i = 0; i < n; i++)
        fill(&ranks[i]);
    for (int k = 0; k < 3; k++) {
        ncclGroupStart();
        for (int i = 0; i < n; i++)
            is_good &= begins(reduce(&ranks[i], by_part ? ranks[i].part : ranks[i].comm));
        is_good &= begins(ncclGroupEnd());
        for (int i = 0; i < n; i++)
            is_good &= await(by_part ? ranks[i].part : ranks[i].comm);
    }
    for (int i = 0; i < n; i++) {
        is_good &= take(&ranks[i]) == cudaSuccess;
        memcpy(rows[ranks[i].number], ranks[i].host, sizeof *rows);
    }
    return is_good;
}

/* ---- sums ---- */

static int n_here; /* ranks of each process */
static int row;    /* of all->results */

static bool sum(int process)
{
    rank ranks[RANKS];
    if (!id_share(process) || !open_ranks(ranks, n_here, process * n_here, RANKS))
        return false;
    bool is_good = reduce_all(ranks, n_here, false, all->results[row]);
    for (int i = 0; i < n_here; i++)
        close_rank(&ranks[i]);
    return is_good;
}

/* How far a rank's result is from the mean over the ranks first, first + step and so on. */
static double error_of(int of, int first, int step)
{
    double worst = 0;
    for (int i = 0; i < COUNT; i++) {
        double mean = 0;
        for (int r = first; r < RANKS; r += step)
            mean += (double)number(r, i) * step / RANKS;
        worst = fmax(worst, fabs((double)all->results[0][of][i] - mean));
    }
    return worst;
}

/* The bits of one process with as many ranks, and nearly the mean of what was given. */
static void test_sums(void)
{
    row = 0;
    n_here = RANKS;
    CU_ASSERT_EQUAL(processes_run(1, sum), 1);
    row = 1;
    for (n_here = 1; n_here < RANKS; n_here *= 2) {
        CU_ASSERT_EQUAL(processes_run(RANKS / n_here, sum), RANKS / n_here);
        CU_ASSERT(!memcmp(all->results[0], all->results[1], sizeof all->results[0]));
    }
    for (int r = 0; r < RANKS; r++)
        CU_ASSERT(error_of(r, 0, 1) < 1e-6);
}

/* Two groups of two, each in reverse order, from two processes. */
static bool sum_parts(int process)
{
    rank ranks[2];
    if (!id_share(process) || !open_ranks(ranks, 2, process * 2, RANKS))
        return false;
    bool is_good = true;
    ncclGroupStart();
    for (int i = 0; i < 2; i++) {
        int number = ranks[i].number;
        is_good &=
            begins(ncclCommSplit(ranks[i].comm, number % 2, RANKS - number, &ranks[i].part, NULL));
    }
    is_good &= begins(ncclGroupEnd());
    for (int i = 0; i < 2; i++) {
        int number, count;
        is_good &= await(ranks[i].comm) && ranks[i].part && await(ranks[i].part);
        is_good &= !ncclCommUserRank(ranks[i].part, &number) && number == 1 - process;
        is_good &= !ncclCommCount(ranks[i].part, &count) && count == 2;
    }
    is_good = is_good && reduce_all(ranks, 2, true, all->results[0]);
    for (int i = 0; i < 2; i++)
        close_rank(&ranks[i]);
    return is_good;
}

static void test_split(void)
{
    CU_ASSERT_EQUAL(processes_run(2, sum_parts), 2);
    for (int r = 0; r < RANKS; r++)
        CU_ASSERT(error_of(r, r % 2, 2) < 1e-6);
}

/* ---- what goes on after a call ---- */

/* A call that returned has enqueued nothing yet, and until it has, no other may be made. */
static bool hurry(int process)
{
    rank r;
    (void)process;
    id_share(0);
    bool is_good = open_ranks(&r, 1, 0, 1);
    fill(&r);
    is_good &= reduce(&r, r.comm) == ncclInProgress;
    is_good &= cudaStreamQuery(r.stream) == cudaSuccess;
    is_good &= reduce(&r, r.comm) == ncclInvalidArgument && cudasim_blames() == 1;
    is_good &= await(r.comm) && cudaStreamQuery(r.stream) == cudaErrorNotReady;
    _exit(is_good ? 0 : 1);
}

static void test_hurry(void)
{
    CU_ASSERT_EQUAL(processes_run(1, hurry), 1);
}

/* ---- faults ---- */

/* Process 1 is killed while 0 waits for its part; aborting ends the wait. */
static bool be_killed(int process)
{
    rank r;
    bool is_good = id_share(process) && open_ranks(&r, 1, process, 2);
    processes_meet();
    if (process == 1)
        raise(SIGKILL);
    is_good &= begins(reduce(&r, r.comm)) && await(r.comm);
    for (int i = 0; i < POLLS && is_good; i++) {
        is_good = cudaStreamQuery(r.stream) == cudaErrorNotReady;
        usleep(10000);
    }
    is_good &= ncclCommAbort(r.comm) == ncclSuccess;
    r.comm = NULL;
    is_good &= take(&r) == cudaSuccess && isnan(r.host[0]);
    close_rank(&r);
    return is_good;
}

/* Rank 1 of 2 never joins. */
static bool be_alone(int process)
{
    rank r;
    ncclResult_t state = ncclInProgress;
    id_share(process);
    open_rank(&r, 0);
    bool is_good = begin_to_join(&r, 2);
    for (int i = 0; i < POLLS && is_good; i++) {
        is_good = !ncclCommGetAsyncError(r.comm, &state) && state == ncclInProgress;
        usleep(10000);
    }
    is_good &= ncclCommAbort(r.comm) == ncclSuccess;
    r.comm = NULL;
    close_rank(&r);
    return is_good;
}

static void test_faults(void)
{
    CU_ASSERT_EQUAL(processes_run(2, be_killed), 1);
    CU_ASSERT_EQUAL(processes_run(1, be_alone), 1);
}

/* Both processes name the same GPU, so both are refused. */
static bool be_refused(int process)
{
    rank r;
    id_share(process);
    open_rank(&r, 0);
    r.number = process;
    bool is_good = begin_to_join(&r, 2);
    is_good &= !await(r.comm) && strstr(ncclGetLastError(NULL), "Duplicate GPU detected");
    ncclCommAbort(r.comm);
    _exit(is_good && cudasim_blames() == 1 ? 0 : 1);
}

/* The process that made the id has ended. */
static bool be_late(int process)
{
    rank r;
    (void)process;
    open_rank(&r, 0);
    ncclConfig_t config = NCCL_CONFIG_INITIALIZER;
    bool is_good =
        ncclCommInitRankConfig(&r.comm, 2, all->id, 1, &config) == ncclRemoteError && !r.comm;
    close_rank(&r);
    return is_good;
}

static void test_refusals(void)
{
    CU_ASSERT_EQUAL(processes_run(2, be_refused), 2);
    CU_ASSERT_EQUAL(processes_run(1, id_share), 1);
    CU_ASSERT_EQUAL(processes_run(1, be_late), 1);
}

int main(int argc, char **argv)
{
    static const CU_TestInfo tests[] = {
        { "sums over processes", test_sums },
        { "communicators split over processes", test_split },
        { "calls go on after they return", test_hurry },
        { "a killed process, and one that never joins", test_faults },
        { "a GPU given twice, and an id too late", test_refusals },
        CU_TEST_INFO_NULL,
    };
    (void)argc;
    const char *devices = getenv("CUDASIM_DEVICES"); /* read when the library is loaded */
    if (!devices || atoi(devices) != RANKS) {
        setenv("CUDASIM_DEVICES", "4", 1);
        execv("/proc/self/exe", argv);
        return 1;
    }
    all = processes_memory(sizeof *all);
    return check_run("cudasim_nccl_processes", tests);
}

#endif
