/* test_world_faults.c: whatever happens to a process, all end, with one message and its status. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/status.h"
#include "world/worlds.h"

/* Seconds: notes come at once; a deadline passes. Room for a machine that has more to do. */
#define TOLD_S 4.0
#define MISSED_S (WORLDS_DEADLINE_S + 4.0)

#define MUST(call)                                                                                 \
    do {                                                                                           \
        rn_status called = (call);                                                                 \
        if (called)                                                                                \
            return called;                                                                         \
    } while (0)

static rn_status exchange(int times)
{
    for (int i = 0; i < times; i++)
        MUST(rn_world_barrier());
    return RN_OK;
}

static void sleep_for_ever(void)
{
    const struct timespec day = { .tv_sec = 86400 };
    for (;;)
        nanosleep(&day, NULL);
}

static rn_status fail_one(const rn_world *world)
{
    MUST(exchange(3));
    if (world->process == 1)
        return rn_fail(RN_E_DIVERGED, "the loss is not finite");
    return exchange(10);
}

static rn_status fail_all(const rn_world *world)
{
    (void)world;
    MUST(exchange(3));
    return rn_fail(RN_E_IO, "cannot read data");
}

static rn_status await_failure(void)
{
    const struct timespec nap = { .tv_nsec = 1000000 };
    while (!rn_world_failure())
        nanosleep(&nap, NULL);
    return rn_world_failure();
}

/* With exchanges under way, whose data go away. */
static rn_status fail_amid(const rn_world *world)
{
    float *values = calloc(100000, sizeof *values);
    rn_world_sum sum = { .data = values, .count = 100000, .type = RN_TRANSPORT_F32, .factor = 1 };
    rn_status status = exchange(3);
    if (!status && world->process == 1)
        status = await_failure();
    else if (!status)
        rn_world_start(&sum);
    if (!status && world->process == 2)
        status = rn_world_fail(rn_fail(RN_E_NOMEM, "no memory for a batch"));
    if (world->process != 1 && rn_world_wait(&sum) == RN_OK)
        status = rn_fail(RN_E_MISMATCH, "a sum that nobody could know");
    free(values);
    return status ? status : rn_world_failure();
}

/* What does not wait sees it, too. */
static volatile bool watched;

static void note_failure(void *argument)
{
    watched = argument != NULL;
}

static rn_status fail_while_others_work(const rn_world *world)
{
    static int something;
    MUST(exchange(3));
    if (world->process == 0)
        return rn_fail(RN_E_DATA, "a shard is broken");
    rn_world_watch(note_failure, &something);
    rn_status status = await_failure();
    return watched ? status : rn_fail(RN_E_MISMATCH, "nobody was called");
}

static rn_status signal_itself(const rn_world *world, int number)
{
    MUST(exchange(3));
    if (world->process == 2)
        raise(number);
    return exchange(1000000);
}

static rn_status be_killed(const rn_world *world)
{
    return signal_itself(world, SIGKILL);
}

static rn_status be_stopped(const rn_world *world)
{
    return signal_itself(world, SIGSTOP);
}

static rn_status compute_for_ever(const rn_world *world)
{
    MUST(exchange(3));
    if (world->process == 0)
        sleep_for_ever();
    return exchange(10);
}

static rn_status end_early(const rn_world *world)
{
    MUST(exchange(3));
    return world->process == 1 ? RN_OK : exchange(1);
}

static rn_status go_on(const rn_world *world)
{
    (void)world;
    return exchange(1000000);
}

static rn_status disagree(const rn_world *world)
{
    MUST(rn_world_agree("the cfg", world->process < 2 ? "a = 1\nb = 2\n" : "a = 1\nb = 3\n"));
    return exchange(10);
}

static rn_status be_interrupted(const rn_world *world)
{
    (void)world;
    MUST(exchange(3));
    return rn_fail(RN_E_INTERRUPTED, "interrupted after step 7");
}

static rn_status fall_short(const rn_world *world)
{
    MUST(exchange(3));
    return world->process ? RN_OK : rn_fail(RN_E_MISMATCH, "top-1 is too low");
}

static const struct row {
    const char *what;
    worlds_work *work;
    const char *faults[4];
    rn_status status;
    double most_s;
    const char *words;
} rows[] = {
    { "its own failure",
      fail_one,
      { 0 },
      RN_E_DIVERGED,
      TOLD_S,
      "process 1 on host a: the loss is not finite" },
    { "the same in all", fail_all, { 0 }, RN_E_IO, TOLD_S, "on host a: cannot read data" },
    { "with exchanges under way",
      fail_amid,
      { 0 },
      RN_E_NOMEM,
      TOLD_S,
      "process 2 on host b: no memory for a batch" },
    { "while others work",
      fail_while_others_work,
      { 0 },
      RN_E_DATA,
      TOLD_S,
      "process 0 on host a: a shard is broken" },
    { "killed",
      be_killed,
      { 0 },
      RN_E_DEVICE,
      MISSED_S,
      "process 2 on host b has been silent for 1 s" },
    { "stopped",
      be_stopped,
      { 0 },
      RN_E_DEVICE,
      MISSED_S,
      "process 2 on host b has been silent for 1 s" },
    { "computes for ever",
      compute_for_ever,
      { 0 },
      RN_E_DEVICE,
      MISSED_S,
      "process 0 on host a has not come to exchange " },
    { "ends early", end_early, { 0 }, RN_E_DEVICE, MISSED_S, "it has ended its work" },
    { "cut off",
      go_on,
      { [1] = "mute:5" },
      RN_E_DEVICE,
      MISSED_S,
      "process 1 on host a has been silent for 1 s" },
    { "its notes are lost",
      go_on,
      { [1] = "dumb:5" },
      RN_E_DEVICE,
      MISSED_S,
      "process 1 on host a has been silent for 1 s" },
    { "an exchange fails",
      go_on,
      { [3] = "fail:5" },
      RN_E_DEVICE,
      TOLD_S,
      "process 3 on host b: exchange 5 failed in transport sockets: planted" },
    { "an exchange does not return",
      go_on,
      { [3] = "hang:5" },
      RN_E_DEVICE,
      MISSED_S,
      "process 3 on host b has been silent for 1 s" },
    { "another cfg",
      disagree,
      { 0 },
      RN_E_CONFIG,
      TOLD_S,
      "process 2 on host b: the cfg is not that of process 0 on host a: \"b = 3\" here, \"b = 2\" "
      "there" },
};

static void test_faults(void)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct row *row = &rows[i];
        worlds_run run = { .n = 4, .work = row->work };
        memcpy(run.faults, row->faults, sizeof row->faults);
        worlds_outcome outcome = worlds_do(&run);
        bool as_expected = worlds_failed(&outcome, 4, row->status, row->most_s, row->words);
        if (!as_expected)
            check_note("%s\n", row->what);
        CU_ASSERT(as_expected);
    }
}

static void test_results(void)
{
    const worlds_run interrupted = { .n = 3, .work = be_interrupted };
    worlds_outcome outcome = worlds_do(&interrupted);
    CU_ASSERT(worlds_failed(&outcome, 3, RN_E_INTERRUPTED, TOLD_S, "interrupted after step 7"));
    CU_ASSERT_PTR_NULL(strstr(outcome.text, "process"));
    const worlds_run short_run = { .n = 2, .work = fall_short };
    outcome = worlds_do(&short_run);
    CU_ASSERT_EQUAL(outcome.exits[0], 1);
    CU_ASSERT_EQUAL(outcome.exits[1], 0);
    CU_ASSERT_STRING_EQUAL(outcome.text, "top-1 is too low\n");
}

/* For mpi_faults.sh: what can be done without this transport. */
static void list_rows(void)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        bool is_planted = false;
        for (int k = 0; k < 4; k++)
            is_planted = is_planted || rows[i].faults[k];
        if (!is_planted)
            printf("%s|%d|%s\n", rows[i].what, rn_status_exit(rows[i].status), rows[i].words);
    }
}

static void serve_row(const char *what)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (strcmp(rows[i].what, what) == 0)
            worlds_serve(rows[i].work);
}

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "--list") == 0) {
        list_rows();
        return 0;
    }
    if (argc == 2)
        serve_row(argv[1]);
    const CU_TestInfo tests[] = {
        { "a fault ends all", test_faults },
        { "interruptions and results are no faults", test_results },
        CU_TEST_INFO_NULL,
    };
    return check_run("world, faults", tests);
}
