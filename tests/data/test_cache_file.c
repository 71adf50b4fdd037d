/* test_cache_file.c: files of caches that are damaged, foreign, half-written, or written by two at
 * once. */
#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/interrupt.h"
#include "base/status.h"
#include "data/caches.h"
#include "data/set_files.h"
#include "io/file.h"

static const caches_params in_folder = { .cache = "folder/cache" };

struct bytes {
    uint8_t *data;
    uint64_t size;
};

static struct bytes read_cache(void)
{
    char path[CHECK_PATH_MAX];
    struct bytes file;
    CU_ASSERT_EQUAL_FATAL(rn_file_read(check_scratch(path, "folder/cache.train"), &file.data,
                                       &file.size),
                          RN_OK);
    return file;
}

static void write_cache(const void *data, size_t size)
{
    set_files_write("folder/cache.train", data, size);
}

/* Empties the folder of the cache. */
static void clear_folder(void)
{
    char path[CHECK_PATH_MAX];
    set_files_text("folder/cache.train", "");
    CU_ASSERT_EQUAL(unlink(check_scratch(path, "folder/cache.train")), 0);
}

/* The number of files in the folder of the cache. */
static int count_files(void)
{
    char path[CHECK_PATH_MAX];
    int n = 0;
    DIR *folder = opendir(check_scratch(path, "folder"));
    CU_ASSERT_PTR_NOT_NULL_FATAL(folder);
    for (struct dirent *entry; (entry = readdir(folder));)
        n += entry->d_name[0] != '.';
    closedir(folder);
    return n;
}

static void test_truncated(void)
{
    caches_write_set();
    clear_folder();
    caches_check(&in_folder, true);
    struct bytes file = read_cache();
    for (uint64_t size = 8; size < file.size; size += size < 1000 ? 53 : file.size / 7) {
        write_cache(file.data, (size_t)size);
        caches_check(&in_folder, true);
    }
    CU_ASSERT_EQUAL(count_files(), 1);
    free(file.data);
}

/* Any change before the pixels is found. */
static void test_damaged(void)
{
    clear_folder();
    caches_check(&in_folder, true);
    struct bytes file = read_cache();
    rn_cache_header header;
    memcpy(&header, file.data, sizeof header);
    for (uint64_t at = sizeof RN_CACHE_MAGIC; at < rn_cache_pixels_at(&header); at += 7) {
        uint8_t kept = file.data[at];
        file.data[at] ^= 1;
        write_cache(file.data, (size_t)file.size);
        caches_trial trial = caches_open(&in_folder);
        CU_ASSERT(trial.status == RN_OK && trial.is_made);
        caches_close(&trial);
        file.data[at] = kept;
    }
    write_cache(file.data, (size_t)file.size);
    caches_check(&in_folder, false);
    free(file.data);
}

static void test_foreign(void)
{
    static const char *const files[] = { "", "RNCACHE", "a thesis", "RNCACHf and more of it" };
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        set_files_text("folder/cache.train", files[i]);
        caches_trial trial = caches_open(&in_folder);
        CU_ASSERT(check_failed(trial.status, RN_E_DATA, "is not a cache of pictures"));
        caches_close(&trial);
        struct bytes file = read_cache();
        CU_ASSERT_STRING_EQUAL((const char *)file.data, files[i]);
        free(file.data);
    }
    clear_folder();
    char path[CHECK_PATH_MAX];
    CU_ASSERT_EQUAL(mkdir(check_scratch(path, "folder/cache.train"), 0777), 0);
    caches_trial trial = caches_open(&in_folder);
    CU_ASSERT(check_failed(trial.status, RN_E_IO, "it is a folder"));
    caches_close(&trial);
    CU_ASSERT_EQUAL(rmdir(path), 0);
    const caches_params nowhere = { .cache = "no/folder/cache" };
    trial = caches_open(&nowhere);
    CU_ASSERT(check_failed(trial.status, RN_E_IO, "no/folder/cache.train: cannot write it"));
    caches_close(&trial);
}

/* A disk that becomes full, here by the limit of a file's size. The old cache stays. */
static void test_no_room(void)
{
    struct rlimit before;
    caches_params params = in_folder;
    clear_folder();
    caches_check(&params, true);
    struct bytes file = read_cache();
    CU_ASSERT_EQUAL(getrlimit(RLIMIT_FSIZE, &before), 0);
    signal(SIGXFSZ, SIG_IGN);
    params.more = "data.exif=true";
    for (int i = 0; i < 3; i++) {
        const rlim_t sizes[] = { 0, 1000, file.size / 2 };
        const struct rlimit limit = { sizes[i], before.rlim_max };
        CU_ASSERT_EQUAL(setrlimit(RLIMIT_FSIZE, &limit), 0);
        caches_trial trial = caches_open(&params);
        CU_ASSERT_EQUAL(setrlimit(RLIMIT_FSIZE, &before), 0);
        CU_ASSERT(check_failed(trial.status, RN_E_IO, "cannot write the cache of pictures"));
        CU_ASSERT_PTR_NULL(trial.source->cache.key);
        caches_close(&trial);
    }
    signal(SIGXFSZ, SIG_DFL);
    CU_ASSERT_EQUAL(count_files(), 1);
    free(file.data);
    caches_check(&in_folder, false);
}

static int fatal_signal;

/* Once: a second signal of these ends a process at once. */
static void die(void *context, int64_t n_done, int64_t count)
{
    (void)context;
    (void)n_done;
    (void)count;
    if (fatal_signal)
        raise(fatal_signal);
    fatal_signal = 0;
}

/* Makes a cache in a process that receives a signal meanwhile; returns waitpid's status. */
static int make_and_signal(int number)
{
    caches_params params = in_folder;
    int status = -1;
    fflush(NULL);
    pid_t child = fork();
    CU_ASSERT_FATAL(child >= 0);
    if (child == 0) {
        rn_interrupt_install();
        fatal_signal = number;
        params.making = die;
        caches_trial trial = caches_open(&params);
        _exit(trial.status == RN_E_INTERRUPTED ? 3 : 4);
    }
    CU_ASSERT_EQUAL(waitpid(child, &status, 0), child);
    return status;
}

static void test_killed(void)
{
    clear_folder();
    int status = make_and_signal(SIGKILL);
    CU_ASSERT(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    /* Where the file system has no files without names, the temporary one is left. */
    CU_ASSERT_EQUAL(count_files(), 0);
    status = make_and_signal(SIGTERM);
    CU_ASSERT(WIFEXITED(status) && WEXITSTATUS(status) == 3);
    CU_ASSERT_EQUAL(count_files(), 0);
    caches_check(&in_folder, true);
    CU_ASSERT_EQUAL(count_files(), 1);
}

/* Several processes make the same cache, and then others of which each wants its own. */
static void test_at_once(void)
{
    static const char *const more[] = { "data.exif=true", "data.exif=false" };
    clear_folder();
    fflush(NULL);
    for (int i = 0; i < 6; i++) {
        pid_t child = fork();
        CU_ASSERT_FATAL(child >= 0);
        if (child > 0)
            continue;
        caches_params params = in_folder;
        bool right = true;
        for (int k = 0; k < 5 && right; k++) {
            params.more = more[i % 2];
            caches_trial trial = caches_open(&params);
            right = trial.status == RN_OK && caches_same(&params, trial.source);
            caches_close(&trial);
        }
        _exit(right ? 0 : 1);
    }
    for (int i = 0; i < 6; i++) {
        int status = -1;
        CU_ASSERT(waitpid(-1, &status, 0) > 0);
        CU_ASSERT(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    }
    CU_ASSERT_EQUAL(count_files(), 1);
}

int main(void)
{
    static const CU_TestInfo tests[] = {
        { "truncated files are made anew", test_truncated },
        { "damaged files are made anew", test_damaged },
        { "other files are left as they are", test_foreign },
        { "a full disk", test_no_room },
        { "nothing is left of one that was killed", test_killed },
        { "several at once", test_at_once },
        CU_TEST_INFO_NULL,
    };
    return check_run("cache files", tests);
}
