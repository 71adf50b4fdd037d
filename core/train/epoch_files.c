/* epoch_files.c: names of the checkpoints of epochs. */
#include "train/epoch_files.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "io/file.h"
#include "report/run_files.h"

static void name_file(char *name, size_t size, int64_t epoch)
{
    snprintf(name, size, RN_EPOCH_PREFIX "%" PRId64 RN_EPOCH_SUFFIX, epoch);
}

/* The epoch of a file's name; 0: it is another file. */
static int64_t epoch_of(const char *name)
{
    char same[64];
    int64_t epoch = 0;
    if (sscanf(name, RN_EPOCH_PREFIX "%9" SCNd64, &epoch) != 1 || epoch < 1)
        return 0;
    name_file(same, sizeof same, epoch);
    return strcmp(name, same) == 0 ? epoch : 0;
}

rn_status rn_epoch_files_add(const char *folder, int64_t epoch)
{
    char from[RN_PATH_SIZE], to[RN_PATH_SIZE], name[64];
    name_file(name, sizeof name, epoch);
    rn_status status = rn_path_join(from, folder, RN_CHECKPOINT_FILE);
    if (!status)
        status = rn_path_join(to, folder, name);
    return status ? status : rn_file_duplicate(from, to);
}

typedef struct kept {
    int64_t last, n;
} kept;

static bool is_not_kept(const void *context, const char *name)
{
    const kept *k = context;
    int64_t epoch = epoch_of(name);
    return epoch && (epoch > k->last || epoch <= k->last - k->n);
}

rn_status rn_epoch_files_keep(const char *folder, int64_t last, int64_t n)
{
    const kept k = { last, n };
    return rn_folder_remove(folder, is_not_kept, &k);
}
