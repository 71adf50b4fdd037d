/* test_world.c: what the processes of a run exchange. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/status.h"
#include "world/worlds.h"

static rn_status expect(bool condition, const char *what)
{
    return condition ? RN_OK : rn_fail(RN_E_MISMATCH, "not so: %s", what);
}

#define EXPECT(condition)                                                                          \
    do {                                                                                           \
        rn_status expected = expect(condition, #condition);                                        \
        if (expected)                                                                              \
            return expected;                                                                       \
    } while (0)

#define MUST(call)                                                                                 \
    do {                                                                                           \
        rn_status called = (call);                                                                 \
        if (called)                                                                                \
            return called;                                                                         \
    } while (0)

static rn_status know_place(const rn_world *world)
{
    int half = (world->n_processes + 1) / 2;
    bool is_on_a = world->process < half;
    EXPECT(strcmp(world->transport, "sockets") == 0);
    EXPECT(rn_world_is_first() == (world->process == 0));
    for (int i = 0; i < world->n_processes; i++)
        EXPECT(strcmp(world->hosts[i], i < half ? "a" : "b") == 0);
    EXPECT(world->n_on_host == (is_on_a ? half : world->n_processes - half));
    EXPECT(world->place == (is_on_a ? world->process : world->process - half));
    return RN_OK;
}

static rn_status add_numbers(const rn_world *world)
{
    float singles[3] = { 1, 2, (float)world->process };
    double doubles[2] = { 0.1, (double)world->process };
    int64_t integers[2] = { (int64_t)1 << 53, world->process };
    uint16_t halves[1] = { 0x3f80 }; /* 1 */
    int64_t last = world->n_processes - 1, sum = last * (last + 1) / 2;
    MUST(rn_world_add_up(0, RN_TRANSPORT_F32, singles, 3, 0.5));
    EXPECT(singles[0] == 0.5F * (float)(last + 1) && singles[1] == (float)(last + 1));
    EXPECT(singles[2] == 0.5F * (float)sum);
    MUST(rn_world_add_up(0, RN_TRANSPORT_F64, doubles, 2, 1));
    EXPECT(doubles[1] == (double)sum);
    MUST(rn_world_add_up(0, RN_TRANSPORT_I64, integers, 2, 1));
    EXPECT(integers[0] == ((int64_t)1 << 53) * (last + 1) && integers[1] == sum);
    MUST(rn_world_add_up(0, RN_TRANSPORT_BF16, halves, 1, 1.0 / (double)(last + 1)));
    EXPECT(halves[0] == 0x3f80);
    return RN_OK;
}

static rn_status spread(const rn_world *world)
{
    char text[100] = "";
    int32_t from = world->n_processes - 1;
    if (world->process == from)
        strcpy(text, "from the last one");
    MUST(rn_world_broadcast(from, text, sizeof text));
    EXPECT(strcmp(text, "from the last one") == 0);
    return rn_world_barrier();
}

#define MANY 40
#define MANY_COUNT 5000

/* Many under way, waited for in another order; each large enough that sockets take it in parts. */
static rn_status overlap(const rn_world *world)
{
    static float values[MANY][MANY_COUNT];
    rn_world_sum sums[MANY];
    for (int k = 0; k < MANY; k++) {
        for (int i = 0; i < MANY_COUNT; i++)
            values[k][i] = (float)(k + i);
        sums[k] = (rn_world_sum){
            .data = values[k], .count = MANY_COUNT, .type = RN_TRANSPORT_F32, .factor = 1
        };
        rn_world_start(&sums[k]);
    }
    for (int k = MANY - 1; k >= 0; k--) {
        MUST(rn_world_wait(&sums[k]));
        EXPECT(rn_world_is_done(&sums[k]));
        for (int i = 0; i < MANY_COUNT; i++)
            EXPECT(values[k][i] == (float)((k + i) * world->n_processes));
    }
    rn_world_times times = rn_world_read_times();
    EXPECT(times.bytes >= sizeof values && times.under_way_s > 0 && times.waited_s > 0);
    return RN_OK;
}

static rn_status add_in_groups(const rn_world *world)
{
    double number = world->process;
    MUST(rn_world_add_up(2, RN_TRANSPORT_F64, &number, 1, 1));
    EXPECT(number == (world->process < 2 ? 1 : 5));
    return RN_OK;
}

static rn_status agree(const rn_world *world)
{
    (void)world;
    MUST(rn_world_agree("nothing", ""));
    return rn_world_agree("the cfg", "a = 1\nb = 2\n");
}

/* An end that comes later than the deadline, while the others wait for it. */
static rn_status end_late(const rn_world *world)
{
    const struct timespec longer = { .tv_sec = 2 * (time_t)WORLDS_DEADLINE_S };
    if (world->process == 1)
        nanosleep(&longer, NULL);
    return RN_OK;
}

static rn_status be_busy(const rn_world *world)
{
    const struct timespec longer = { .tv_sec = 2 * (time_t)WORLDS_DEADLINE_S };
    if (world->process == 1) {
        rn_world_busy("builds the cache");
        nanosleep(&longer, NULL);
    }
    return rn_world_barrier();
}

/* Work that is done stays done. */
static void test_close(void)
{
    const worlds_run run = { .n = 3, .work = spread, .faults = { [1] = "close:0" } };
    worlds_outcome outcome = worlds_do(&run);
    CU_ASSERT(worlds_succeeded(&outcome, 3));
    CU_ASSERT(outcome.seconds < 15);
}

static void try(worlds_work *work, int n)
{
    const worlds_run run = { .n = n, .work = work };
    worlds_outcome outcome = worlds_do(&run);
    CU_ASSERT(worlds_succeeded(&outcome, n));
}

static void test_exchanges(void)
{
    for (int n = 2; n <= WORLDS_MOST; n++) {
        try(know_place, n);
        try(add_numbers, n);
        try(spread, n);
        try(agree, n);
    }
    try(overlap, 3);
    try(add_in_groups, 4);
}

static void test_patience(void)
{
    try(end_late, 3);
    try(be_busy, 3);
}

/* Without a launcher everything succeeds at once. */
static void test_alone(void)
{
    float values[2] = { 1, 3 };
    uint16_t half = 0x4040; /* 3 */
    int64_t number = 7;
    bool speaks = true;
    CU_ASSERT_EQUAL(rn_world_open(NULL, "none"), RN_OK);
    CU_ASSERT_EQUAL(rn_world_get()->n_processes, 1);
    CU_ASSERT(rn_world_is_first());
    CU_ASSERT_EQUAL(rn_world_add_up(0, RN_TRANSPORT_F32, values, 2, 0.5), RN_OK);
    CU_ASSERT(values[0] == 0.5F && values[1] == 1.5F);
    CU_ASSERT_EQUAL(rn_world_add_up(0, RN_TRANSPORT_BF16, &half, 1, 1.0 / 3), RN_OK);
    CU_ASSERT_EQUAL(half, 0x3f80);
    CU_ASSERT_EQUAL(rn_world_add_up(0, RN_TRANSPORT_I64, &number, 1, 1), RN_OK);
    CU_ASSERT_EQUAL(number, 7);
    CU_ASSERT_EQUAL(rn_world_broadcast(0, values, sizeof values), RN_OK);
    CU_ASSERT_EQUAL(rn_world_barrier(), RN_OK);
    CU_ASSERT_EQUAL(rn_world_agree("the cfg", "a = 1\n"), RN_OK);
    CU_ASSERT_EQUAL(rn_world_failure(), RN_OK);
    CU_ASSERT_EQUAL(rn_world_close(RN_OK, &speaks), RN_OK);
    CU_ASSERT_FALSE(speaks);
    CU_ASSERT_EQUAL(rn_world_close(RN_E_IO, &speaks), RN_E_IO);
    CU_ASSERT(speaks);
    rn_world_leave(0);
}

int main(void)
{
    const CU_TestInfo tests[] = {
        { "sums, broadcasts and agreements of 2 to 5 processes", test_exchanges },
        { "others wait for an end, and for a process that is busy", test_patience },
        { "a transport that does not close", test_close },
        { "a process that is alone", test_alone },
        CU_TEST_INFO_NULL,
    };
    return check_run("world", tests);
}
