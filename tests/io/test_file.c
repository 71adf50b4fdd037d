/* test_file.c: atomic writing, also with a full disk or a read-only folder; special files. */
#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "io/file.h"
#include "support/check.h"

static void write_text(const char *path, const char *text)
{
    rn_file *file = NULL;
    CU_ASSERT_EQUAL_FATAL(rn_file_create(path, &file), RN_OK);
    CU_ASSERT_EQUAL(rn_file_write(file, text, strlen(text)), RN_OK);
    CU_ASSERT_EQUAL(rn_file_commit(file), RN_OK);
}

static bool contains(const char *path, const char *text)
{
    uint8_t *data = NULL;
    uint64_t size = 0;
    bool same = rn_file_read(path, &data, &size) == RN_OK && size == strlen(text) &&
                strcmp((char *)data, text) == 0;
    free(data);
    return same;
}

/* The number of entries of a folder, without . and .. */
static int count_entries(const char *path)
{
    DIR *folder = opendir(path);
    int n = 0;
    while (folder && readdir(folder))
        n++;
    if (folder)
        closedir(folder);
    return n - 2;
}

static void test_atomic(void)
{
    char folder[CHECK_PATH_MAX], path[CHECK_PATH_MAX];
    rn_file *file = NULL;
    check_scratch(folder, "atomic");
    CU_ASSERT_EQUAL_FATAL(rn_folder_create(folder), RN_OK);
    check_scratch(path, "atomic/x");
    write_text(path, "old");
    CU_ASSERT_EQUAL_FATAL(rn_file_create(path, &file), RN_OK);
    fputs("new", rn_file_stream(file));
    fflush(rn_file_stream(file));
    CU_ASSERT(contains(path, "old"));
    rn_file_discard(file);
    CU_ASSERT(contains(path, "old"));
    CU_ASSERT_EQUAL(count_entries(folder), 1);
    write_text(path, "new");
    CU_ASSERT(contains(path, "new"));
    CU_ASSERT_EQUAL(count_entries(folder), 1);
    rn_file_discard(NULL);
}

/* A large file has no name before it is complete. */
static void test_unnamed(void)
{
    char folder[CHECK_PATH_MAX], path[CHECK_PATH_MAX];
    rn_file *file = NULL;
    check_scratch(folder, "unnamed");
    CU_ASSERT_EQUAL_FATAL(rn_folder_create(folder), RN_OK);
    check_scratch(path, "unnamed/x");
    write_text(path, "old");
    for (int commits = 0; commits < 2; commits++) {
        CU_ASSERT_EQUAL_FATAL(rn_file_create_unnamed(path, &file), RN_OK);
        CU_ASSERT_EQUAL(rn_file_write(file, "new", 3), RN_OK);
        CU_ASSERT_EQUAL(count_entries(folder), 1);
        rn_status status = commits ? rn_file_commit(file) : RN_OK;
        if (!commits)
            rn_file_discard(file);
        CU_ASSERT_EQUAL(status, RN_OK);
        CU_ASSERT(contains(path, commits ? "new" : "old"));
        CU_ASSERT_EQUAL(count_entries(folder), 1);
    }
    CU_ASSERT_EQUAL(rn_file_create_unnamed("/nowhere/x", &file), RN_E_IO);
}

/* Two writers of the same file in one thread: both files are complete. */
static void test_two_writers(void)
{
    char folder[CHECK_PATH_MAX], path[CHECK_PATH_MAX];
    rn_file *one = NULL, *two = NULL;
    check_scratch(folder, "two");
    CU_ASSERT_EQUAL_FATAL(rn_folder_create(folder), RN_OK);
    check_scratch(path, "two/x");
    CU_ASSERT_EQUAL_FATAL(rn_file_create(path, &one), RN_OK);
    CU_ASSERT_EQUAL_FATAL(rn_file_create(path, &two), RN_OK);
    fputs("longer", rn_file_stream(one));
    fputs("short", rn_file_stream(two));
    CU_ASSERT_EQUAL(rn_file_commit(two), RN_OK);
    CU_ASSERT(contains(path, "short"));
    CU_ASSERT_EQUAL(rn_file_commit(one), RN_OK);
    CU_ASSERT(contains(path, "longer"));
    CU_ASSERT_EQUAL(count_entries(folder), 1);
}

static void test_permissions(void)
{
    static const mode_t masks[] = { 022, 077, 002, 027 };
    char path[CHECK_PATH_MAX];
    struct stat info;
    check_scratch(path, "mode");
    for (int i = 0; i < 4; i++) {
        mode_t before = umask(masks[i]);
        write_text(path, "x");
        umask(before);
        CU_ASSERT_EQUAL_FATAL(stat(path, &info), 0);
        CU_ASSERT_EQUAL(info.st_mode & 07777, 0666 & ~masks[i]);
    }
}

/* Removes the files that killed writers left, and none with similar names. */
static void test_sweep(void)
{
    static const char *const others[] = {
        "x",
        "x.tmp",
        "x.tmp123",
        "x.backup01.tmp",
        "x.resnet-.tmp",
        "x.resnet-0123456.tmp",
        "x.resnet-012345678.tmp",
        "x.resnet-0123456W.tmp",
        "x.resnet-01234567.tmp~",
        ".resnet-01234567.tmp",
        "resnet-01234567.tmp",
        "x.resnet-01234567",
    };
    const int n_others = sizeof others / sizeof *others;
    char folder[CHECK_PATH_MAX], path[CHECK_PATH_MAX], name[64];
    check_scratch(folder, "sweep");
    CU_ASSERT_EQUAL_FATAL(rn_folder_create(check_scratch(path, "sweep/x.resnet-76543210.tmp")),
                          RN_OK);
    for (int i = 0; i < n_others; i++) {
        snprintf(name, sizeof name, "sweep/%s", others[i]);
        write_text(check_scratch(path, name), "kept");
    }
    for (int i = 0; i < 3; i++) {
        pid_t child = fork();
        rn_file *file = NULL;
        if (child == 0) {
            rn_status status = rn_file_create(check_scratch(path, "sweep/x"), &file);
            fflush(rn_file_stream(file));
            _exit(status);
        }
        waitpid(child, NULL, 0);
    }
    CU_ASSERT_EQUAL(count_entries(folder), n_others + 1 + 3);
    rn_folder_sweep(folder);
    CU_ASSERT_EQUAL(count_entries(folder), n_others + 1); /* a folder of such a name stays */
    for (int i = 0; i < n_others; i++) {
        snprintf(name, sizeof name, "sweep/%s", others[i]);
        CU_ASSERT(contains(check_scratch(path, name), "kept"));
    }
    rn_folder_sweep(check_scratch(path, "sweep/absent"));
}

/* Simulates a full disk by a limit of the file size: the same write fails, with another errno. */
static void test_full_disk(void)
{
    char folder[CHECK_PATH_MAX], path[CHECK_PATH_MAX];
    struct rlimit before, limit;
    rn_file *file = NULL;
    static char block[1 << 16];
    check_scratch(folder, "full");
    CU_ASSERT_EQUAL_FATAL(rn_folder_create(folder), RN_OK);
    write_text(check_scratch(path, "full/x"), "old");
    signal(SIGXFSZ, SIG_IGN);
    CU_ASSERT_EQUAL_FATAL(getrlimit(RLIMIT_FSIZE, &before), 0);
    limit = before;
    limit.rlim_cur = 100000;
    CU_ASSERT_EQUAL_FATAL(setrlimit(RLIMIT_FSIZE, &limit), 0);
    CU_ASSERT_EQUAL_FATAL(rn_file_create(path, &file), RN_OK);
    rn_status status = RN_OK;
    for (int i = 0; i < 8 && !status; i++)
        status = rn_file_write(file, block, sizeof block);
    CU_ASSERT(check_failed(status, RN_E_IO, "full/x: cannot write it: File too large"));
    /* The old file survives even if the caller ignored the failed write. */
    CU_ASSERT(check_failed(rn_file_commit(file), RN_E_IO, "full/x: cannot write it"));
    CU_ASSERT_EQUAL(setrlimit(RLIMIT_FSIZE, &before), 0);
    signal(SIGXFSZ, SIG_DFL);
    CU_ASSERT(contains(path, "old"));
    CU_ASSERT_EQUAL(count_entries(folder), 1);
}

/* Runs as an ordinary user, because root ignores permissions. */
static int write_forbidden(const char *folder, const char *path)
{
    rn_file *file = NULL;
    if (geteuid() == 0 && (setgid(65534) || setuid(65534)))
        return 2;
    bool is_refused = check_failed(rn_folder_create(folder), RN_E_IO,
                                   "cannot write into this folder: Permission");
    is_refused &=
        check_failed(rn_file_create(path, &file), RN_E_IO, "cannot write it: Permission denied");
    return is_refused ? 0 : 1;
}

static void test_forbidden(void)
{
    char base[CHECK_PATH_MAX], folder[CHECK_PATH_MAX], path[CHECK_PATH_MAX];
    int result = -1;
    check_scratch(folder, "closed");
    check_scratch(path, "closed/x");
    CU_ASSERT_EQUAL_FATAL(rn_folder_create(folder), RN_OK);
    write_text(path, "old");
    CU_ASSERT_EQUAL(chmod(check_scratch(base, ""), 0755), 0);
    CU_ASSERT_EQUAL(chmod(folder, 0555), 0);
    pid_t child = fork();
    if (child == 0)
        _exit(write_forbidden(folder, path));
    waitpid(child, &result, 0);
    CU_ASSERT_EQUAL(chmod(folder, 0755), 0);
    if (WIFEXITED(result) && WEXITSTATUS(result) == 2)
        check_skip("cannot become an ordinary user: %s", strerror(errno));
    else
        CU_ASSERT_EQUAL(result, 0);
    CU_ASSERT(contains(path, "old"));
}

static void test_folders(void)
{
    char path[CHECK_PATH_MAX];
    CU_ASSERT_EQUAL(rn_folder_create(check_scratch(path, "a/b/c")), RN_OK);
    CU_ASSERT_EQUAL(rn_folder_create(check_scratch(path, "a/b/c/")), RN_OK);
    CU_ASSERT_EQUAL(rn_folder_create(check_scratch(path, "a//b/d")), RN_OK);
    write_text(check_scratch(path, "a/file"), "");
    CU_ASSERT(check_failed(rn_folder_create(path), RN_E_IO, "a/file is not a folder"));
    CU_ASSERT(check_failed(rn_folder_create(check_scratch(path, "a/file/x")), RN_E_IO,
                           "is not a folder"));
    CU_ASSERT(check_failed(rn_folder_create(""), RN_E_IO, "empty"));
}

static void test_special_files(void)
{
    char path[CHECK_PATH_MAX];
    uint8_t *data = NULL;
    uint64_t size = 0;
    rn_file *file = NULL;
    CU_ASSERT(check_failed(rn_file_read(check_scratch(path, "absent"), &data, &size), RN_E_IO,
                           "absent: cannot read it: No such file"));
    CU_ASSERT(check_failed(rn_file_read(check_scratch(path, ""), &data, &size), RN_E_IO,
                           "it is a folder"));
    CU_ASSERT_EQUAL(mkfifo(check_scratch(path, "pipe"), 0600), 0);
    CU_ASSERT(check_failed(rn_file_read(path, &data, &size), RN_E_IO, "device or pipe"));
    CU_ASSERT(check_failed(rn_file_create(path, &file), RN_E_IO,
                           "pipe: cannot write it: it is a device or pipe"));
    CU_ASSERT(
        check_failed(rn_file_create(check_scratch(path, "no/x"), &file), RN_E_IO, "No such file"));
    CU_ASSERT_PTR_NULL(file);
    write_text(check_scratch(path, "empty"), "");
    CU_ASSERT(contains(path, ""));
}

int main(void)
{
    const CU_TestInfo tests[] = {
        { "a file is replaced completely or not at all", test_atomic },
        { "a file without a name", test_unnamed },
        { "two writers of one file", test_two_writers },
        { "permissions follow the umask", test_permissions },
        { "files left by killed writers are removed", test_sweep },
        { "a full disk leaves the old file", test_full_disk },
        { "the error for a read-only folder names it", test_forbidden },
        { "folders are created with their parents", test_folders },
        { "missing files, folders and pipes are refused", test_special_files },
        CU_TEST_INFO_NULL,
    };
    return check_run("file", tests);
}
