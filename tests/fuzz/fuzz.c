/* fuzz.c: the driver of fuzzing.
 *
 *     test_fuzz_NAME [FILE-OR-FOLDER…]
 *
 * What it starts from is its own corpus, unless files are given. FUZZ_SECONDS (5) or FUZZ_RUNS is
 * how long it runs. Input FUZZ_FIRST, and all that follow, depend on that number and the corpus
 * alone. The inputs run in a child, whose end, by a sanitizer or a signal, tells which one broke
 * what. */
#include "fuzz/fuzz.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/status.h"
#include "fuzz/mutate.h"
#include "io/file.h"
#include "support/check.h"

#define MAX_FILES 1000
#define ROOM 4096  /* that an input may be longer than the file it is made from */
#define LIMIT_S 60 /* for one input, on a busy machine, under a sanitizer */
#define FAILED "fuzz.failed"

static struct {
    uint8_t *bytes;
    uint64_t size;
} files[MAX_FILES];
static size_t n_files;

static _Noreturn void stop(const char *reason)
{
    printf("not ok - %s\n", reason);
    exit(1);
}

static void add_file(const char *path)
{
    if (n_files == MAX_FILES)
        stop("too many files");
    if (rn_file_read(path, &files[n_files].bytes, &files[n_files].size))
        stop(rn_fail_text());
    n_files++;
}

/* In the order of their names, on which inputs depend. */
static void add(const char *path)
{
    struct dirent **entries;
    int count = scandir(path, &entries, NULL, alphasort);
    if (count < 0)
        add_file(path);
    for (int i = 0; i < count; i++) {
        char file[CHECK_PATH_MAX];
        snprintf(file, sizeof file, "%s/%s", path, entries[i]->d_name);
        if (entries[i]->d_name[0] != '.')
            add_file(file);
        free(entries[i]);
    }
    if (count >= 0)
        free(entries);
}

/* Input `number`; the caller frees it. The first ones are the files themselves. */
static mutate_input make_input(uint64_t number)
{
    uint64_t random = number;
    size_t from = number < n_files ? number : mutate_random(&random) % n_files;
    size_t other = mutate_random(&random) % n_files;
    mutate_input input = { .size = files[from].size, .capacity = files[from].size + ROOM };
    input.bytes = malloc(input.capacity);
    if (!input.bytes)
        stop("not enough memory");
    memcpy(input.bytes, files[from].bytes, input.size);
    if (number >= n_files)
        mutate(&input, files[other].bytes, files[other].size, &random);
    return input;
}

static void run_one(uint64_t number)
{
    mutate_input input = make_input(number);
    uint8_t *exact = malloc(input.size ? input.size : 1);
    if (!exact)
        stop("not enough memory");
    memcpy(exact, input.bytes, input.size);
    alarm(LIMIT_S);
    if (rn_fuzz_one(exact, input.size))
        abort();
    free(exact);
    free(input.bytes);
}

static uint64_t setting(const char *name, uint64_t otherwise)
{
    const char *text = getenv(name);
    return text ? strtoull(text, NULL, 10) : otherwise;
}

/* The child: sets `*number` to that of the input at hand. */
static void run_all(uint64_t first, volatile uint64_t *number)
{
    uint64_t runs = setting("FUZZ_RUNS", 0);
    time_t end = time(NULL) + (time_t)setting("FUZZ_SECONDS", 5);
    for (*number = first; runs ? *number < first + runs : time(NULL) < end; ++*number)
        run_one(*number);
}

static void keep_input(uint64_t number)
{
    mutate_input input = make_input(number);
    FILE *stream = fopen(FAILED, "wb");
    if (stream) {
        fwrite(input.bytes, 1, input.size, stream);
        fclose(stream);
    }
    free(input.bytes);
}

int main(int argc, char **argv)
{
    char path[CHECK_PATH_MAX];
    int status = 0;
    uint64_t first = setting("FUZZ_FIRST", 0);
    volatile uint64_t *number =
        mmap(NULL, sizeof *number, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (argc < 2)
        add(check_source(path, rn_fuzz_corpus));
    for (int i = 1; i < argc; i++)
        add(argv[i]);
    if (n_files == 0 || number == MAP_FAILED)
        stop("no files to start from");
    pid_t child = fork();
    if (child == 0) {
        run_all(first, number);
        exit(0);
    }
    if (child < 0 || waitpid(child, &status, 0) != child)
        stop("cannot run a child");
    if (status == 0)
        printf("ok - %llu inputs, made from %zu files\n", (unsigned long long)(*number - first),
               n_files);
    else {
        keep_input(*number);
        printf("not ok - %s: input %llu, kept in %s, which FUZZ_FIRST=%llu FUZZ_RUNS=1 repeats\n",
               WIFSIGNALED(status) ? strsignal(WTERMSIG(status)) : "stopped by a sanitizer",
               (unsigned long long)*number, FAILED, (unsigned long long)*number);
    }
    while (n_files > 0)
        free(files[--n_files].bytes);
    return status != 0;
}
