/* mpi_ranks.c: every slot of mpi.so, in each of the processes that mpirun has started, against
 * MPI's own calls. Usage: mpi_ranks FILE.so [abort]. mpi.sh compiles and runs it. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <math.h>
#include <mpi.h>
#include <resnet/plugin.h>
#include <resnet/transport.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* In place of the C library's: what MPI has loaded stays, so that a leak's library has a name. */
int dlclose(void *library)
{
    (void)library;
    return 0;
}

static const rn_transport *t;
static rn_transport_link *l;
static int me, n_all;
static uint64_t state = 1;

/* Says what is wrong and ends all processes. */
#define CHECK(condition, ...)                                                                      \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fprintf(stderr, "process %d of %d, line %d: ", me, n_all, __LINE__);                   \
            fprintf(stderr, __VA_ARGS__);                                                          \
            fprintf(stderr, "\n");                                                                 \
            MPI_Abort(MPI_COMM_WORLD, 1);                                                          \
        }                                                                                          \
    } while (0)

static rn_status fail(rn_status status, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fprintf(stderr, "\n");
    return status;
}

static void note(int32_t level, const char *format, ...)
{
    (void)level, (void)format;
}

static uint64_t time_ns(void)
{
    return 0;
}

static int32_t is_trusted(const char *path, char *why, uint32_t size)
{
    (void)path, (void)why, (void)size;
    return 1;
}

static const rn_host host = { sizeof host, RN_ABI_MINOR, fail, note, time_ns, is_trusted };

static uint32_t draw(void)
{
    state = state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(state >> 33);
}

static void load(const char *path)
{
    void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    rn_status (*entry)(const rn_host *, rn_plugin *) = NULL;
    rn_plugin plugin = { .size = sizeof plugin };
    CHECK(library, "%s", dlerror());
    *(void **)&entry = dlsym(library, RN_PLUGIN_ENTRY_NAME);
    CHECK(entry && !entry(&host, &plugin), "no entry");
    t = plugin.extension(RN_TRANSPORT_ID);
    CHECK(t && !plugin.extension("resnet.other/1"), "the wrong extensions");
    CHECK(t->library()[0], "it does not say what MPI it is of");
}

/* Connects; the handlers of signals stay as they are. */
static void connect_all(void)
{
    struct sigaction before[NSIG], after;
    rn_transport_info info = { .size = sizeof info };
    for (int i = 1; i < NSIG; i++)
        sigaction(i, NULL, &before[i]);
    CHECK(!t->open(&host, &info, &l), "open failed");
    for (int i = 1; i < NSIG; i++)
        CHECK(sigaction(i, NULL, &after) || after.sa_handler == before[i].sa_handler,
              "the handler of signal %d has changed", i);
    MPI_Comm_rank(MPI_COMM_WORLD, &me);
    MPI_Comm_size(MPI_COMM_WORLD, &n_all);
    CHECK(info.process == me && info.n_processes == n_all, "it is process %d of %d", info.process,
          info.n_processes);
}

static void finish(rn_transport_exchange *exchange)
{
    int32_t done = 0;
    while (!done) {
        CHECK(!t->test(l, exchange, &done), "test failed");
        sched_yield();
    }
}

static void try_broadcast(void)
{
    static const uint64_t sizes[] = { 1, 1000, 1000003 };
    for (int from = 0; from < n_all; from++)
        for (int k = 0; k < 3; k++) {
            rn_transport_exchange *exchange = NULL;
            unsigned char *data = malloc(sizes[k]);
            for (uint64_t i = 0; i < sizes[k]; i++)
                data[i] = me == from ? (unsigned char)(i * 7 + (uint64_t)from) : 0;
            CHECK(!t->broadcast(l, from, data, sizes[k], &exchange), "broadcast failed");
            finish(exchange);
            for (uint64_t i = 0; i < sizes[k]; i++)
                CHECK(data[i] == (unsigned char)(i * 7 + (uint64_t)from), "byte %d is wrong",
                      (int)i);
            free(data);
        }
}

/* The numbers of each type as doubles. */
static double get(int32_t type, const void *data, uint64_t i)
{
    uint32_t wide;
    float value;
    switch (type) {
        case RN_TRANSPORT_F32: return ((const float *)data)[i];
        case RN_TRANSPORT_F64: return ((const double *)data)[i];
        case RN_TRANSPORT_I64: return (double)((const int64_t *)data)[i];
        default:
            wide = (uint32_t)((const uint16_t *)data)[i] << 16;
            memcpy(&value, &wide, sizeof value);
            return value;
    }
}

static size_t bytes_of(int32_t type)
{
    return type == RN_TRANSPORT_F32 ? 4 : type == RN_TRANSPORT_BF16 ? 2 : 8;
}

/* Numbers of both signs, for BF16 such that a few add up in a float without rounding. */
static void fill(int32_t type, void *data, uint64_t count)
{
    for (uint64_t i = 0; i < count; i++) {
        double value = (double)draw() / (double)(1u << 30) - 1;
        switch (type) {
            case RN_TRANSPORT_F32: ((float *)data)[i] = (float)value; break;
            case RN_TRANSPORT_F64: ((double *)data)[i] = value; break;
            case RN_TRANSPORT_I64: ((int64_t *)data)[i] = (int64_t)(value * 1e12); break;
            default: ((uint16_t *)data)[i] = (uint16_t)(0x3f00 | (draw() & 0x80ff)); break;
        }
    }
}

/* The double that a BF16 comes nearest to it, of two as near the even one. */
static double round_bf16(double value)
{
    int exponent;
    double fraction = frexp(value, &exponent);
    return ldexp(nearbyint(ldexp(fraction, 8)), exponent - 8);
}

/* How far a sum may be from MPI's, which adds in an order of its own. */
static double tolerance(int32_t type, int group)
{
    return group *
           (type == RN_TRANSPORT_F32   ? 1.2e-7
            : type == RN_TRANSPORT_F64 ? 3e-16
                                       : 0) *
           group;
}

static void compare(int32_t type, const double *sums, const void *got, uint64_t count, int group,
                    double factor)
{
    for (uint64_t i = 0; i < count; i++) {
        double expected = sums[i] * factor, found = get(type, got, i);
        if (type == RN_TRANSPORT_BF16)
            CHECK(found == round_bf16(expected), "bf16 %d: %.9g, expected %.9g", (int)i, found,
                  round_bf16(expected));
        else
            CHECK(fabs(found - expected) <= tolerance(type, group), "type %d, %d: %.17g, not %.17g",
                  type, (int)i, found, expected);
    }
}

static void try_all_reduce(int group, int32_t type, uint64_t count)
{
    double factor = type == RN_TRANSPORT_I64 ? 1 : type == RN_TRANSPORT_BF16 ? 0.25 : 1.0 / 3;
    size_t bytes = count * bytes_of(type) + 1;
    char *data = malloc(bytes), *again = malloc(bytes), *first = malloc(bytes);
    double *own = malloc(count * sizeof *own + 1), *sums = malloc(count * sizeof *sums + 1);
    rn_transport_exchange *a = NULL, *b = NULL;
    MPI_Comm members;
    MPI_Comm_split(MPI_COMM_WORLD, me / group, me, &members);
    fill(type, data, count);
    memcpy(again, data, bytes - 1);
    for (uint64_t i = 0; i < count; i++)
        own[i] = get(type, data, i);
    MPI_Allreduce(own, sums, (int)count, MPI_DOUBLE, MPI_SUM, members);
    CHECK(!t->all_reduce(l, group, type, data, count, factor, &a), "all_reduce failed");
    finish(a);
    compare(type, sums, data, count, group, factor);
    CHECK(!t->all_reduce(l, group, type, again, count, factor, &b), "all_reduce failed");
    finish(b);
    CHECK(!memcmp(data, again, bytes - 1), "type %d, %d numbers: other bits twice", type,
          (int)count);
    memcpy(first, data, bytes - 1);
    MPI_Bcast(first, (int)bytes - 1, MPI_BYTE, 0, members);
    CHECK(!memcmp(data, first, bytes - 1), "type %d, %d numbers: other bits than process 0's", type,
          (int)count);
    MPI_Comm_free(&members);
    free(data), free(again), free(first), free(own), free(sums);
}

static void try_sums(void)
{
    static const uint64_t counts[] = { 0, 1, 3, 512, 1024, 1025, 4099, 70001 };
    state = (uint64_t)me + 1;
    for (int group = 1; group <= n_all; group++)
        for (int32_t type = RN_TRANSPORT_F32; type <= RN_TRANSPORT_I64 && n_all % group == 0;
             type++)
            for (size_t k = 0; k < sizeof counts / sizeof *counts; k++)
                try_all_reduce(group, type, counts[k]);
}

/* Floats are added in the order of the processes: 1, then what is too small for it, one by one. */
static void try_order(void)
{
    enum { COUNT = 5000 };
    rn_transport_exchange *exchange = NULL;
    static float data[COUNT];
    float expected = 1;
    for (int i = 0; i < COUNT; i++)
        data[i] = me == 0 ? 1.0f : ldexpf(1, -24);
    CHECK(!t->all_reduce(l, n_all, RN_TRANSPORT_F32, data, COUNT, 1, &exchange), "failed");
    finish(exchange);
    for (int i = 0; i < COUNT; i++)
        CHECK(data[i] == expected, "number %d is %.9g: another order", i, (double)data[i]);
}

/* Many exchanges under way, which each process waits for in an order of its own. */
static void try_many(void)
{
    enum { MANY = 60, LARGEST = 20000 };
    static double data[MANY][LARGEST];
    rn_transport_exchange *exchanges[MANY];
    int order[MANY];
    for (int k = 0; k < MANY; k++) {
        uint64_t count = (uint64_t)(k * 331 % LARGEST + 1);
        order[k] = k;
        for (uint64_t i = 0; i < count; i++)
            data[k][i] = (me + 1) * (k + 1);
        CHECK(!(k % 5 == 4
                    ? t->broadcast(l, k % n_all, data[k], count * 8, &exchanges[k])
                    : t->all_reduce(l, n_all, RN_TRANSPORT_F64, data[k], count, 1, &exchanges[k])),
              "an exchange was not started");
    }
    state = (uint64_t)me + 99;
    for (int k = MANY - 1; k > 0; k--) {
        int other = (int)(draw() % (uint32_t)(k + 1)), kept = order[k];
        order[k] = order[other], order[other] = kept;
    }
    for (int k = 0; k < MANY; k++)
        finish(exchanges[order[k]]);
    for (int k = 0; k < MANY; k++) {
        uint64_t count = (uint64_t)(k * 331 % LARGEST + 1);
        double of = k % 5 == 4 ? k % n_all + 1 : n_all * (n_all + 1) / 2.0;
        for (uint64_t i = 0; i < count; i++)
            CHECK(data[k][i] == of * (k + 1), "exchange %d: %g", k, data[k][i]);
    }
}

/* The next note; waits for it. */
static uint32_t take(int32_t *from, char *text)
{
    uint32_t bytes = 0;
    while (!bytes) {
        CHECK(!t->poll(l, from, text, &bytes), "poll failed");
        sched_yield();
    }
    return bytes;
}

/* Process 0 does not take part in an exchange of all until it has got notes from everyone, itself
 * included, and has sent 50 to everyone, which arrive in order. */
static void try_notes(void)
{
    enum { NOTES = 50, COUNT = 100000 };
    static float data[COUNT];
    char text[RN_TRANSPORT_NOTE_BYTES], number = 0;
    rn_transport_exchange *exchange = NULL;
    int32_t from = -1, done = 0;
    memset(text, 'a' + me, sizeof text);
    if (me > 0)
        CHECK(!t->all_reduce(l, n_all, RN_TRANSPORT_F32, data, COUNT, 1, &exchange), "failed");
    for (int i = 0; exchange && i < 100; i++)
        CHECK(!t->test(l, exchange, &done) && !done, "done without process 0");
    CHECK(!t->post(l, 0, text, sizeof text), "post failed");
    for (int i = 0; me == 0 && i < n_all; i++)
        CHECK(take(&from, text) == sizeof text && text[1023] == 'a' + from, "a wrong note");
    for (int to = 0; me == 0 && to < n_all; to++)
        for (number = 0; number < NOTES; number++)
            CHECK(!t->post(l, to, &number, 1), "post failed");
    for (int i = 0; i < NOTES; i++) {
        CHECK(take(&from, text) == 1 && from == 0 && text[0] == i, "note %d, expected %d", text[0],
              i);
    }
    if (me == 0)
        CHECK(!t->all_reduce(l, n_all, RN_TRANSPORT_F32, data, COUNT, 1, &exchange), "failed");
    finish(exchange);
}

int main(int argc, char **argv)
{
    load(argv[1]);
    connect_all();
    if (argc > 2 && me == n_all - 1)
        t->abort(l, 5);
    if (argc > 2)
        for (;;)
            sched_yield();
    try_broadcast();
    try_sums();
    try_order();
    try_many();
    try_notes();
    t->close(l);
    if (me == 0)
        printf("%d processes: as MPI\n", n_all);
    return 0;
}
