/* test_choices.c: the file of choices when several processes change it at once. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/choices.h"
#include "support/check.h"

enum { N_PROCESSES = 8, N_KEYS = 10, N_TURNS = 10 };

static int32_t is_trusted(const char *path, char *why, uint32_t size)
{
    (void)path, (void)why, (void)size;
    return 1;
}

static void note(int32_t level, const char *format, ...)
{
    (void)level;
    check_note("%s", format);
}

static const rn_host HOST = { .size = sizeof HOST, .is_trusted = is_trusted, .note = note };
static const choices_file KEPT = { &HOST, "test-choices", "test choices 1", "choices", NULL };

static void key_write(char key[64], int turn, int process, int i)
{
    snprintf(key, 64, "turn %d, process %d, key %d", turn, process, i);
}

/* One process: it opens the file with the others, and closes it with them. */
static void change_file(int turn, int process, int start)
{
    char key[64], byte;
    choices *c = choices_open(&KEPT);
    for (int i = 0; c && i < N_KEYS; i++) {
        key_write(key, turn, process, i);
        choices_set(c, key, "chosen");
    }
    _exit(read(start, &byte, 1) == 0 && c ? (choices_close(c), 0) : 1);
}

static void test_processes(void)
{
    char folder[CHECK_PATH_MAX], path[CHECK_PATH_MAX + 16], key[64];
    setenv("XDG_CACHE_HOME", check_scratch(folder, "choices"), 1);
    mkdir(folder, 0700);
    snprintf(path, sizeof path, "%s/resnet-run", folder);
    mkdir(path, 0700);
    for (int turn = 0; turn < N_TURNS; turn++) {
        int start[2];
        CU_ASSERT_EQUAL_FATAL(pipe(start), 0);
        for (int process = 0; process < N_PROCESSES; process++)
            if (fork() == 0) {
                close(start[1]);
                change_file(turn, process, start[0]);
            }
        close(start[0]);
        close(start[1]); /* all go */
        for (int process = 0; process < N_PROCESSES; process++) {
            int status = 1;
            wait(&status);
            CU_ASSERT_EQUAL(status, 0);
        }
    }
    int missing = 0;
    choices *c = choices_open(&KEPT);
    CU_ASSERT_PTR_NOT_NULL_FATAL(c);
    for (int i = 0; i < N_TURNS * N_PROCESSES * N_KEYS; i++) {
        key_write(key, i / (N_PROCESSES * N_KEYS), i / N_KEYS % N_PROCESSES, i % N_KEYS);
        missing += !choices_find(c, key);
    }
    choices_close(c);
    CU_ASSERT_EQUAL(missing, 0);
}

int main(void)
{
    const CU_TestInfo tests[] = {
        { "no process loses what another has added", test_processes },
        CU_TEST_INFO_NULL,
    };
    return check_run("choices", tests);
}
