/* test_child.c: whatever a function does in a child process, this one goes on and says it. */
#define _GNU_SOURCE /* NSIG */
#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/status.h"
#include "probe/child.h"
#include "support/check.h"

enum { AMPLE_S = 60, FLOOD = 3 << 20 };
#define SHORT_S 0.3

static int open_descriptors(void)
{
    DIR *folder = opendir("/proc/self/fd");
    int n = 0;
    while (folder && readdir(folder))
        n++;
    if (folder)
        closedir(folder);
    return n;
}

static bool has_children(void)
{
    return waitpid(-1, NULL, WNOHANG) >= 0 || errno != ECHILD;
}

/* Runs it, and checks that nothing is left of it. */
static rn_child_result run(rn_child_work *work, void *argument, double seconds)
{
    const rn_child_task task = { .work = work, .argument = argument, .seconds = seconds };
    rn_child_result result;
    sigset_t before, after;
    int n_before = open_descriptors();
    sigprocmask(SIG_SETMASK, NULL, &before);
    CU_ASSERT_EQUAL_FATAL(rn_child_run(&task, &result), RN_OK);
    sigprocmask(SIG_SETMASK, NULL, &after);
    for (int number = 1; number < NSIG; number++)
        CU_ASSERT_EQUAL(sigismember(&before, number), sigismember(&after, number));
    CU_ASSERT_EQUAL(open_descriptors(), n_before);
    CU_ASSERT_FALSE(has_children());
    CU_ASSERT_TRUE(result.seconds >= 0 && result.seconds < AMPLE_S);
    return result;
}

static rn_status report_twice(void *argument, FILE *report)
{
    fprintf(report, "one %s\n", (const char *)argument);
    printf("printed\n");
    fprintf(stderr, "complained\n");
    fprintf(report, "two");
    return RN_OK;
}

static void test_returned(void)
{
    rn_child_result r = run(report_twice, "argument", AMPLE_S);
    CU_ASSERT_EQUAL(r.end, RN_CHILD_RETURNED);
    CU_ASSERT_EQUAL(r.status, RN_OK);
    CU_ASSERT_STRING_EQUAL(r.failure, "");
    CU_ASSERT_STRING_EQUAL(r.report.text, "one argument\ntwo");
    CU_ASSERT_STRING_EQUAL(r.printed.text, "printed\n");
    CU_ASSERT_STRING_EQUAL(r.complained.text, "complained\n");
    CU_ASSERT_FALSE(r.report.is_cut || r.printed.is_cut || r.complained.is_cut);
    rn_child_result_clear(&r);
}

static rn_status fail(void *argument, FILE *report)
{
    (void)argument;
    (void)report;
    return rn_fail(RN_E_SHAPE, "a reason");
}

static void test_failed(void)
{
    rn_child_result r = run(fail, NULL, AMPLE_S);
    CU_ASSERT_EQUAL(r.end, RN_CHILD_RETURNED);
    CU_ASSERT_EQUAL(r.status, RN_E_SHAPE);
    CU_ASSERT_STRING_EQUAL(r.failure, "a reason");
    rn_child_result_clear(&r);
}

static rn_status end_process(void *argument, FILE *report)
{
    int how = *(int *)argument;
    fprintf(report, "before\n");
    if (how < 0)
        _exit(-how);
    exit(how);
}

static void test_exited(void)
{
    static const int hows[] = { 0, 7, -9 };
    for (size_t i = 0; i < sizeof hows / sizeof *hows; i++) {
        int how = hows[i];
        rn_child_result r = run(end_process, &how, AMPLE_S);
        CU_ASSERT_EQUAL(r.end, RN_CHILD_EXITED);
        CU_ASSERT_EQUAL(r.number, how < 0 ? -how : how);
        CU_ASSERT_STRING_EQUAL(r.report.text, "before\n");
        rn_child_result_clear(&r);
    }
}

static rn_status raise_it(void *argument, FILE *report)
{
    fprintf(report, "before\n");
    raise(*(int *)argument);
    return RN_OK;
}

static void test_signals(void)
{
    static const int numbers[] = { SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGKILL, SIGTERM };
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        int number = numbers[i];
        rn_child_result r = run(raise_it, &number, AMPLE_S);
        CU_ASSERT_EQUAL(r.end, RN_CHILD_SIGNAL);
        CU_ASSERT_EQUAL(r.number, number);
        CU_ASSERT_STRING_EQUAL(r.report.text, "before\n");
        rn_child_result_clear(&r);
    }
}

static rn_status hang(void *argument, FILE *report)
{
    (void)argument;
    for (int number = 1; number < NSIG; number++)
        signal(number, SIG_IGN);
    fprintf(report, "%ld\n", (long)getpid());
    fflush(report);
    while (pause()) {
    }
    return RN_OK;
}

/* On a busy machine the child may have said nothing by the first deadline. */
static void test_deadline(void)
{
    bool has_report = false;
    for (double seconds = SHORT_S; !has_report && seconds < AMPLE_S; seconds *= 4) {
        rn_child_result r = run(hang, NULL, seconds);
        CU_ASSERT_EQUAL(r.end, RN_CHILD_DEADLINE);
        CU_ASSERT_TRUE(r.seconds >= seconds);
        has_report = r.report.length > 0;
        rn_child_result_clear(&r);
    }
    CU_ASSERT_TRUE(has_report);
}

/* Reports this process's number, and that it has. */
static void report_self(FILE *report, int told)
{
    fprintf(report, "%ld\n", (long)getpid());
    fflush(report);
    if (write(told, "", 1) != 1)
        _exit(1);
}

/* Starts a process of its own, in a new session if asked to, and one of that one. Returns when all
 * three have reported. */
static rn_status spawn(void *argument, FILE *report)
{
    bool new_session = *(bool *)argument;
    int told[2];
    char byte;
    if (pipe(told))
        return RN_E_IO;
    for (int i = 0; i < 2; i++)
        if (fork() == 0) {
            if (new_session)
                setsid();
            report_self(report, told[1]);
            if (i == 1 && fork() == 0)
                report_self(report, told[1]);
            for (;;)
                pause();
        }
    for (int i = 0; i < 3; i++)
        if (read(told[0], &byte, 1) != 1)
            return RN_E_IO;
    return RN_OK;
}

static void test_children_of_it(void)
{
    bool both[] = { false, true };
    for (int i = 0; i < 2; i++) {
        rn_child_result r = run(spawn, &both[i], AMPLE_S);
        CU_ASSERT_EQUAL(r.end, RN_CHILD_RETURNED);
        int n = 0;
        for (char *line = r.report.text; *line; line = strchr(line, '\n') + 1) {
            errno = 0;
            CU_ASSERT_TRUE(kill((pid_t)atol(line), 0) < 0 && errno == ESRCH);
            n++;
        }
        CU_ASSERT_EQUAL(n, 3);
        rn_child_result_clear(&r);
    }
}

static rn_status flood(void *argument, FILE *report)
{
    (void)argument;
    for (int i = 0; i < FLOOD; i++)
        putchar('x');
    for (int i = 0; i < FLOOD; i++)
        fputc('y', report);
    return RN_OK;
}

static void test_flood(void)
{
    rn_child_result r = run(flood, NULL, AMPLE_S);
    CU_ASSERT_EQUAL(r.end, RN_CHILD_RETURNED);
    CU_ASSERT_EQUAL(r.printed.length, RN_CHILD_MAX_PRINTED);
    CU_ASSERT_TRUE(r.printed.is_cut);
    CU_ASSERT_EQUAL(r.report.length, FLOOD);
    CU_ASSERT_FALSE(r.report.is_cut);
    rn_child_result_clear(&r);
}

static rn_status close_all(void *argument, FILE *report)
{
    (void)argument;
    (void)report;
    for (int i = 0; i < 1024; i++)
        close(i);
    return rn_fail(RN_E_DATA, "all is closed");
}

static void test_closed(void)
{
    rn_child_result r = run(close_all, NULL, AMPLE_S);
    CU_ASSERT_EQUAL(r.end, RN_CHILD_RETURNED);
    CU_ASSERT_STRING_EQUAL(r.failure, "all is closed");
    rn_child_result_clear(&r);
}

static rn_status do_nothing(void *argument, FILE *report)
{
    (void)argument;
    (void)report;
    return RN_OK;
}

static void test_many(void)
{
    for (int i = 0; i < 50; i++) {
        rn_child_result r = run(do_nothing, NULL, AMPLE_S);
        CU_ASSERT_EQUAL(r.end, RN_CHILD_RETURNED);
        rn_child_result_clear(&r);
    }
}

/* The child's status would be lost if this stayed so while it runs. */
static void test_ignored(void)
{
    int how = 7;
    signal(SIGCHLD, SIG_IGN);
    rn_child_result r = run(end_process, &how, AMPLE_S);
    CU_ASSERT_EQUAL(r.end, RN_CHILD_EXITED);
    CU_ASSERT_EQUAL(r.number, how);
    CU_ASSERT_EQUAL(signal(SIGCHLD, SIG_DFL), SIG_IGN);
    rn_child_result_clear(&r);
}

static void test_words(void)
{
    static const struct {
        rn_child_result result;
        const char *words;
    } cases[] = {
        { { .end = RN_CHILD_RETURNED }, "done" },
        { { .end = RN_CHILD_RETURNED, .status = RN_E_IO, .failure = "no" }, "no" },
        { { .end = RN_CHILD_EXITED, .number = 3 }, "ended the process with exit status 3" },
        { { .end = RN_CHILD_SIGNAL, .number = SIGSEGV },
          "crashed (signal 11, Segmentation fault)" },
        { { .end = RN_CHILD_DEADLINE }, "took longer than 2.5 s" },
    };
    const rn_child_task task = { .seconds = 2.5 };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[128];
        rn_child_describe(&task, &cases[i].result, text, sizeof text);
        CU_ASSERT_STRING_EQUAL(text, cases[i].words);
    }
}

static void note_signal(int number)
{
    (void)number;
}

/* Tells its number through the descriptor that is its argument, and hangs. */
static rn_status hang_and_tell(void *argument, FILE *report)
{
    long pid = (long)getpid();
    if (write(*(int *)argument, &pid, sizeof pid) != sizeof pid)
        _exit(1);
    return hang(NULL, report);
}

enum { INTERRUPTED = 42 };

static void be_interrupted(int tell, bool handles)
{
    const struct sigaction action = { .sa_handler = note_signal };
    const rn_child_task task = { .work = hang_and_tell, .argument = &tell, .seconds = AMPLE_S };
    rn_child_result result;
    signal(SIGINT, SIG_DFL);
    if (handles)
        sigaction(SIGINT, &action, NULL);
    _exit(rn_child_run(&task, &result) == RN_E_INTERRUPTED ? INTERRUPTED : 1);
}

/* Ctrl-C ends the child, and then has the effect that it has on this process. */
static void test_interrupted(void)
{
    for (int handles = 0; handles < 2; handles++) {
        int tell[2], how = 0;
        long grandchild = 0;
        CU_ASSERT_EQUAL_FATAL(pipe(tell), 0);
        fflush(NULL);
        pid_t pid = fork();
        if (pid == 0)
            be_interrupted(tell[1], handles != 0);
        CU_ASSERT_EQUAL(read(tell[0], &grandchild, sizeof grandchild), (ssize_t)sizeof grandchild);
        kill(pid, SIGINT);
        CU_ASSERT_EQUAL(waitpid(pid, &how, 0), pid);
        if (handles)
            CU_ASSERT_TRUE(WIFEXITED(how) && WEXITSTATUS(how) == INTERRUPTED);
        if (!handles)
            CU_ASSERT_TRUE(WIFSIGNALED(how) && WTERMSIG(how) == SIGINT);
        CU_ASSERT_TRUE(grandchild > 0 && kill((pid_t)grandchild, 0) < 0 && errno == ESRCH);
        close(tell[0]);
        close(tell[1]);
    }
}

int main(void)
{
    const CU_TestInfo tests[] = {
        { "a function returns: report, output and errors apart", test_returned },
        { "a function fails: status and message", test_failed },
        { "it ends the process", test_exited },
        { "it crashes", test_signals },
        { "it hangs and ignores signals", test_deadline },
        { "it leaves processes behind", test_children_of_it },
        { "it prints without end", test_flood },
        { "it closes every descriptor", test_closed },
        { "fifty children", test_many },
        { "SIGCHLD is ignored", test_ignored },
        { "how it ended, in words", test_words },
        { "Ctrl-C ends the child, too", test_interrupted },
        CU_TEST_INFO_NULL,
    };
    return check_run("child", tests);
}
