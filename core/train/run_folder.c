/* run_folder.c: the folder of a training run: what it holds, who writes to it, whether there is
 * room. */
#include "train/run_folder.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/status.h"
#include "io/file.h"
#include "report/events.h"
#include "report/run_files.h"
#include "train/epoch_files.h"

#define LOCK_FILE ".lock"

/* ---- What it holds ---- */

static const char *const results[] = {
    RN_MODEL_FILE, RN_AVERAGE_FILE, RN_METRICS_CSV_FILE, RN_METRICS_FILE,
    RN_CURVE_FILE, RN_BEST_FILE,    RN_TRAINING_FILE,
};
enum { N_RESULTS = sizeof results / sizeof *results };

/* They do not keep another run out of the folder, but go with the model: what was found out about
 * it, and the checkpoint before the last. */
static const char *const followers[] = {
    RN_EVALUATION_FILE,  RN_CONFUSION_CSV_FILE, RN_CONFUSION_FILE,
    RN_CALIBRATION_FILE, RN_MISTAKES_FILE,      RN_PREVIOUS_FILE,
};
enum { N_FOLLOWERS = sizeof followers / sizeof *followers };

static bool holds(const char *folder, const char *name)
{
    char path[RN_PATH_SIZE];
    struct stat info;
    return rn_path_join(path, folder, name) == RN_OK && lstat(path, &info) == 0;
}

const char *rn_run_folder_trace(const char *folder)
{
    if (holds(folder, RN_CHECKPOINT_FILE))
        return RN_CHECKPOINT_FILE;
    for (int i = 0; i < N_RESULTS; i++)
        if (holds(folder, results[i]))
            return results[i];
    return NULL;
}

rn_status rn_run_folder_check(const char *folder, rn_start start, bool *resumes)
{
    bool has_checkpoint = holds(folder, RN_CHECKPOINT_FILE);
    *resumes = start == RN_START_RESUME || (start == RN_START_AUTO && has_checkpoint);
    if (start == RN_START_OVERWRITE)
        return RN_OK;
    if (*resumes)
        return has_checkpoint ? RN_OK
                              : rn_fail(RN_E_DATA,
                                        "%s/%s: there is no checkpoint to resume; "
                                        "train without --resume, or give another folder with "
                                        "--output",
                                        folder, RN_CHECKPOINT_FILE);
    if (has_checkpoint)
        return rn_fail(RN_E_USAGE,
                       "%s: this folder holds a run already; go on with it with "
                       "--resume, replace it with --overwrite, or give another folder with "
                       "--output",
                       folder);
    const char *left = rn_run_folder_trace(folder);
    if (left)
        return rn_fail(RN_E_USAGE,
                       "%s: this folder holds %s of an earlier run, and no "
                       "checkpoint to resume; replace it with --overwrite, or give another "
                       "folder with --output",
                       folder, left);
    return RN_OK;
}

static rn_status remove_files(const char *folder, const char *const *names, int n)
{
    char path[RN_PATH_SIZE];
    for (int i = 0; i < n; i++) {
        rn_status status = rn_path_join(path, folder, names[i]);
        if (status)
            return status;
        if (unlink(path) && errno != ENOENT)
            return rn_fail(RN_E_IO, "%s: cannot remove it: %s", path, strerror(errno));
    }
    return RN_OK;
}

rn_status rn_run_folder_clear(const char *folder)
{
    rn_status status = remove_files(folder, results, N_RESULTS);
    if (!status)
        status = remove_files(folder, followers, N_FOLLOWERS);
    if (!status)
        status = rn_epoch_files_keep(folder, 0, 0);
    return status ? status : rn_events_clear(folder);
}

/* ---- Whether it can be written ---- */

/* Sets `path` to the folder, or to its nearest existing parent. */
static rn_status existing_folder(const char *folder, char *path)
{
    struct stat info;
    if (snprintf(path, RN_PATH_SIZE, "%s", folder) >= RN_PATH_SIZE)
        return rn_fail(RN_E_IO, "%s: the path is too long", folder);
    while (stat(path, &info)) {
        if (errno != ENOENT)
            return rn_fail(RN_E_IO, "%s: cannot create this folder: %s: %s", folder, path,
                           strerror(errno));
        char *slash = strrchr(path, '/');
        if (slash && slash != path)
            *slash = 0;
        else
            strcpy(path, slash ? "/" : ".");
    }
    if (S_ISDIR(info.st_mode))
        return RN_OK;
    return rn_fail(RN_E_IO, "%s: cannot create this folder: %s is not a folder", folder, path);
}

rn_status rn_run_folder_probe(const char *folder)
{
    char path[RN_PATH_SIZE];
    rn_status status = existing_folder(folder, path);
    if (status)
        return status;
    if (access(path, W_OK | X_OK))
        return rn_fail(RN_E_IO, "%s: cannot write to this folder: %s", path, strerror(errno));
    return RN_OK;
}

rn_status rn_run_folder_room(const char *folder, uint64_t bytes)
{
    char path[RN_PATH_SIZE];
    struct statvfs info;
    rn_status status = existing_folder(folder, path);
    if (status || statvfs(path, &info) || info.f_blocks == 0)
        return status;
    double free_bytes = (double)info.f_bavail * (double)info.f_frsize;
    if (free_bytes >= (double)bytes)
        return RN_OK;
    return rn_fail(RN_E_IO,
                   "%s: the checkpoints and models of a run take %.1f MB, but only %.1f MB are "
                   "free there; free some, or give another folder with --output",
                   folder, (double)bytes * 1e-6, free_bytes * 1e-6);
}

/* ---- Who writes to it ---- */

static rn_status fail_held(const char *folder, int lock)
{
    char holder[256] = "";
    ssize_t length = pread(lock, holder, sizeof holder - 1, 0);
    return rn_fail(RN_E_IO,
                   "%s: another run writes to this folder%s%s; wait until it ends, or "
                   "give another folder with --output",
                   folder, length > 0 ? ": " : "", holder);
}

static void write_holder(int lock)
{
    char host[65] = "", text[128];
    gethostname(host, sizeof host - 1);
    int length = snprintf(text, sizeof text, "process %ld on %s", (long)getpid(), host);
    /* Errors are ignored: the text only serves a message. */
    if (ftruncate(lock, 0) || pwrite(lock, text, (size_t)length, 0) != length)
        return;
}

/* True if `path` still names the locked file; the previous holder may have removed it. */
static bool is_current(int lock, const char *path)
{
    struct stat locked, named;
    return fstat(lock, &locked) == 0 && stat(path, &named) == 0 && locked.st_dev == named.st_dev &&
           locked.st_ino == named.st_ino;
}

rn_status rn_run_folder_lock(const char *folder, int *lock)
{
    char path[RN_PATH_SIZE];
    bool is_held = false;
    *lock = -1;
    rn_status status = rn_folder_create(folder);
    if (status)
        return status;
    status = rn_path_join(path, folder, LOCK_FILE);
    while (!status && *lock < 0) {
        int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666);
        if (fd < 0)
            return rn_fail(RN_E_IO, "%s: cannot lock this folder: %s: %s", folder, path,
                           strerror(errno));
        is_held = flock(fd, LOCK_EX | LOCK_NB) == 0;
        if (is_held || errno == ENOLCK || errno == EOPNOTSUPP) {
            if (is_current(fd, path))
                *lock = fd;
        } else {
            status = errno == EWOULDBLOCK ? fail_held(folder, fd)
                                          : rn_fail(RN_E_IO, "%s: cannot lock this folder: %s",
                                                    folder, strerror(errno));
        }
        if (*lock < 0)
            close(fd);
    }
    if (status)
        return status;
    write_holder(*lock);
    /* Not if the file system has no locks: another run may be writing here. */
    if (is_held)
        rn_folder_sweep(folder);
    return RN_OK;
}

void rn_run_folder_unlock(const char *folder, int lock)
{
    char path[RN_PATH_SIZE];
    if (lock < 0)
        return;
    if (rn_path_join(path, folder, LOCK_FILE) == RN_OK)
        unlink(path);
    close(lock);
}
