/* test_cudnn_processes.c: ranks of the backend cudnn in several processes, each with simulated GPUs
 * of its own: batch norms and means of gradients have the bits of one process with as many ranks,
 * and a process that is gone leaves no other waiting. */
#include <pthread.h>
#include <resnet/collective.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/status.h"
#include "cudasim/cudasim.h"
#include "cudasim/processes_rig.h"
#include "plugin/registry.h"
#include "support/check.h"
#include "support/op_ranks.h"

enum { RANKS = PROCESSES_MOST, ROWS = 2, ROW_BYTES = 1 << 18, LENGTH = 1000 };

static const int64_t SHAPE[4] = { 8, 8, 9, 8 };

/* Memory of all processes of a test. */
static struct {
    unsigned char key[RN_COLLECTIVE_KEY_BYTES];
    uint32_t key_bytes;
    uint64_t used[ROWS][RANKS];
    unsigned char rows[ROWS][RANKS][ROW_BYTES]; /* the results of each rank */
} * all;

/* A process's ranks. */
typedef struct team {
    const rn_collective *collective;
    const rn_backend *table;
    rn_registry *registry;
    rn_context *contexts[RANKS];
    op_rank ranks[RANKS];
    op_ranks_place place;
} team;

static bool says(rn_status status, const char *what)
{
    if (status)
        fprintf(stderr, "process %d: %s: %s\n", (int)getpid(), what, rn_fail_text());
    return status == RN_OK;
}

/* ---- ranks ---- */

static bool backend_open(const rn_backend *table, int device, op_backend *b)
{
    char text[12];
    const rn_open_params params = {
        .size = sizeof params, .threads = 1, .precision = RN_PRECISION_FP32, .device = text
    };
    snprintf(text, sizeof text, "%d", device);
    *b = (op_backend){ .table = table, .threads = 1, .precision = params.precision };
    snprintf(b->label, sizeof b->label, "%s:%s", table->name, text);
    return says(table->open(&params, &b->context), b->label);
}

static bool team_open(team *t, op_ranks_place place)
{
    *t = (team){ .place = place };
    if (!says(rn_registry_create(NULL, &t->registry), "registry") ||
        !says(rn_registry_backend(t->registry, "cudnn", &t->table), "cudnn"))
        return false;
    for (int i = 0; i < place.n; i++) {
        if (!backend_open(t->table, place.first + i, &t->ranks[i].backend))
            return false;
        t->contexts[i] = t->ranks[i].backend.context;
    }
    t->collective = t->table->extension(t->contexts[0], RN_COLLECTIVE_ID);
    return t->collective != NULL;
}

static bool key_share(const team *t)
{
    bool is_good = t->place.first > 0 ||
                   says(t->collective->make_key(t->contexts[0], all->key, &all->key_bytes), "key");
    processes_meet();
    return is_good;
}

static rn_status team_join(const team *t)
{
    return t->collective->join_processes(t->contexts, t->place.n, t->place.first, t->place.n_all,
                                         all->key, all->key_bytes);
}

static void team_close(team *t)
{
    for (int i = 0; i < t->place.n; i++)
        t->table->close(t->contexts[i]);
    rn_registry_destroy(t->registry);
}

/* ---- equal bits ---- */

static int n_here;    /* ranks of each process */
static int n_all;     /* of all */
static int32_t group; /* rn_batch_norm_attrs.synchronised */
static int row;       /* of all->rows */
static int half;      /* where there are two ranks: which half of the batch is theirs */

static void keep(int number, const void *data, uint64_t bytes)
{
    uint64_t *used = &all->used[row][number];
    if (*used + bytes > ROW_BYTES)
        abort();
    memcpy(all->rows[row][number] + *used, data, bytes);
    *used += bytes;
}

static void keep_all(const team *t)
{
    for (int i = 0; i < t->place.n; i++) {
        const op_set *out = &t->ranks[i].out;
        int number = t->place.first + i + (n_all < RANKS ? half * n_all : 0);
        for (int k = 0; k < out->n; k++)
            keep(number, out->tensors[k]->data, out->tensors[k]->desc.size_bytes);
    }
}

static bool norm(int process)
{
    const rn_batch_norm_attrs attrs = { .size = sizeof attrs,
                                        .training = 1,
                                        .epsilon = 1e-5,
                                        .momentum = 0.1,
                                        .epilogue = RN_EPILOGUE_RELU,
                                        .synchronised = group };
    team t;
    op_set in;
    if (!team_open(&t, (op_ranks_place){ n_here, process * n_here, n_all }) || !key_share(&t) ||
        !says(team_join(&t), "join"))
        return false;
    op_ranks_case(&in, SHAPE, RN_EPILOGUE_RELU, 2);
    op_ranks_place place = t.place;
    if (n_all < RANKS) {
        place.first += half * n_all;
        place.n_all = RANKS;
    }
    op_ranks_run_some(t.ranks, place, &in, &attrs);
    bool is_good = true;
    for (int i = 0; i < n_here; i++) {
        is_good &= t.ranks[i].status == RN_OK;
        if (t.ranks[i].status)
            fprintf(stderr, "%s\n", t.ranks[i].text);
    }
    keep_all(&t);
    op_ranks_clear(t.ranks, n_here);
    op_set_clear(&in);
    team_close(&t);
    return is_good;
}

static void run_norms(int n, int here, int32_t synchronised, int to)
{
    n_all = n;
    n_here = here;
    group = synchronised;
    row = to;
    CU_ASSERT_EQUAL(processes_run(n / here, norm), n / here);
}

/* Whether both rows hold the same bits, and every rank's results. */
static bool rows_agree(void)
{
    for (int i = 0; i < RANKS; i++)
        if (all->used[0][i] < LENGTH || all->used[0][i] != all->used[1][i])
            return false;
    return memcmp(all->rows[0], all->rows[1], sizeof all->rows[0]) == 0;
}

static void row_clear(int which)
{
    memset(all->used[which], 0, sizeof all->used[which]);
    memset(all->rows[which], 0, sizeof all->rows[which]);
}

static void test_norms(void)
{
    row_clear(0);
    run_norms(RANKS, RANKS, 1, 0);
    for (int here = 1; here < RANKS; here *= 2) {
        row_clear(1);
        run_norms(RANKS, here, 1, 1);
        CU_ASSERT(rows_agree());
    }
}

/* A group of two computes what two ranks do that are alone. */
static void test_groups(void)
{
    row_clear(0);
    for (half = 0; half < 2; half++)
        run_norms(2, 2, 1, 0);
    for (int here = 1; here < RANKS; here *= 2) {
        row_clear(1);
        run_norms(RANKS, here, 2, 1);
        CU_ASSERT(rows_agree());
    }
}

/* ---- gradients ---- */

typedef struct gradient {
    const op_backend *backend;
    op_set set;
    rn_status status;
} gradient;

static void *mean(void *argument)
{
    gradient *g = argument;
    op_tensor *result = op_set_find(&g->set, "mean");
    op_call call = { .op = "all_reduce",
                     .where = "gradients",
                     .inputs = { op_set_find(&g->set, "mine") },
                     .updated = { result },
                     .n_inputs = 1 };
    g->status = op_run(g->backend, &call);
    if (g->status)
        fprintf(stderr, "%s\n", rn_fail_text());
    return NULL;
}

static bool exchange(int process)
{
    team t;
    gradient gradients[RANKS];
    pthread_t threads[RANKS];
    if (!team_open(&t, (op_ranks_place){ n_here, process * n_here, RANKS }) || !key_share(&t) ||
        !says(team_join(&t), "join"))
        return false;
    for (int i = 0; i < n_here; i++) {
        gradients[i] = (gradient){ .backend = &t.ranks[i].backend };
        op_fill(op_set_vector(&gradients[i].set, "mine", LENGTH), (uint32_t)(t.place.first + i));
        op_set_vector(&gradients[i].set, "mean", LENGTH);
        pthread_create(&threads[i], NULL, mean, &gradients[i]);
    }
    bool is_good = true;
    for (int i = 0; i < n_here; i++) {
        pthread_join(threads[i], NULL);
        is_good &= gradients[i].status == RN_OK;
        keep(t.place.first + i, op_set_find(&gradients[i].set, "mean")->data,
             LENGTH * sizeof(float));
        op_set_clear(&gradients[i].set);
    }
    team_close(&t);
    return is_good;
}

static void test_gradients(void)
{
    row_clear(row = 0);
    n_here = RANKS;
    CU_ASSERT_EQUAL(processes_run(1, exchange), 1);
    for (n_here = 1; n_here < RANKS; n_here *= 2) {
        row_clear(row = 1);
        CU_ASSERT_EQUAL(processes_run(RANKS / n_here, exchange), RANKS / n_here);
        CU_ASSERT(rows_agree());
    }
}

/* ---- faults ---- */

static double now_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static double interrupted_s;

static void *interrupt_later(void *of)
{
    const team *t = of;
    usleep(300000);
    interrupted_s = now_s();
    t->collective->interrupt(t->contexts[0]);
    return NULL;
}

/* Whether a wait that failed did so soon after the interrupt, as it should. */
static bool ended_well(rn_status status)
{
    double late_s = now_s() - interrupted_s;
    bool is_good = status == RN_E_DEVICE && interrupted_s > 0 && late_s < 5 &&
                   strstr(rn_fail_text(), "another of the 2 GPUs") != NULL;
    if (!is_good)
        fprintf(stderr, "status %d after %.1f s: %s\n", (int)status, late_s, rn_fail_text());
    return is_good;
}

/* Process 1 is killed when both have joined. */
static bool be_killed(int process)
{
    team t;
    pthread_t thread;
    gradient g = { .backend = &t.ranks[0].backend };
    if (!team_open(&t, (op_ranks_place){ 1, process, 2 }) || !key_share(&t) ||
        !says(team_join(&t), "join"))
        return false;
    processes_meet();
    if (process == 1)
        raise(SIGKILL);
    op_fill(op_set_vector(&g.set, "mine", LENGTH), 1);
    op_set_vector(&g.set, "mean", LENGTH);
    pthread_create(&thread, NULL, interrupt_later, &t);
    mean(&g);
    bool is_good = ended_well(g.status);
    pthread_join(thread, NULL);
    op_set_clear(&g.set);
    team_close(&t);
    return is_good;
}

/* Process 1 never joins. */
static bool be_alone(int process)
{
    team t;
    pthread_t thread;
    if (!team_open(&t, (op_ranks_place){ 1, process, 2 }) || !key_share(&t))
        return false;
    pthread_create(&thread, NULL, interrupt_later, &t);
    bool is_good = ended_well(team_join(&t));
    pthread_join(thread, NULL);
    team_close(&t);
    return is_good;
}

/* The interrupt comes before it joins. */
static bool be_early(int process)
{
    team t;
    if (!team_open(&t, (op_ranks_place){ 1, process, 2 }) || !key_share(&t))
        return false;
    interrupted_s = now_s();
    t.collective->interrupt(t.contexts[0]);
    bool is_good = ended_well(team_join(&t));
    team_close(&t);
    return is_good;
}

static void test_faults(void)
{
    CU_ASSERT_EQUAL(processes_run(2, be_killed), 1);
    CU_ASSERT_EQUAL(processes_run(1, be_alone), 1);
    CU_ASSERT_EQUAL(processes_run(1, be_early), 1);
}

/* Both processes open the same GPU. */
static bool be_twice(int process)
{
    team t;
    setenv("NCCL_HOSTID", "one", 1);
    if (!team_open(&t, (op_ranks_place){ 1, 0, 2 }))
        return false;
    t.place.first = process;
    bool is_good = key_share(&t) && team_join(&t) == RN_E_DEVICE &&
                   strstr(rn_fail_text(), "Duplicate GPU detected");
    team_close(&t);
    _exit(is_good && cudasim_blames() == 1 && cudasim_live(true) == 0 ? 0 : 1);
}

static void test_twice(void)
{
    CU_ASSERT_EQUAL(processes_run(2, be_twice), 2);
}

int main(int argc, char **argv)
{
    static const CU_TestInfo tests[] = {
        { "batch norms", test_norms },       { "batch norms of groups", test_groups },
        { "gradients", test_gradients },     { "processes that are gone", test_faults },
        { "a GPU given twice", test_twice }, CU_TEST_INFO_NULL
    };
    (void)argc;
    const char *devices = getenv("CUDASIM_DEVICES"); /* read when the library is loaded */
    if (!devices || atoi(devices) != RANKS) {
        setenv("CUDASIM_DEVICES", "4", 1);
        execv("/proc/self/exe", argv);
        return 1;
    }
    all = processes_memory(sizeof *all);
    return check_run("cudnn's ranks in several processes", tests);
}
