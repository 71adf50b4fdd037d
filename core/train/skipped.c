/* skipped.c: FOLDER/skipped.txt: a line "NAME<tab>REASON" for each sample that was left out. */
#include "train/skipped.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/json.h"
#include "base/log.h"
#include "base/status.h"
#include "base/text.h"
#include "io/file.h"
#include "report/run_files.h"

struct rn_skipped {
    json_t *names; /* of the file: an object's keys are a set */
    FILE *file;    /* NULL until the first sample, or for ever without a folder */
    bool has_folder;
    char path[RN_PATH_SIZE];
    int64_t count;
};

/* Reads the names that the file lists. */
static void read_names(rn_skipped *skipped)
{
    char *line = NULL;
    size_t size = 0;
    FILE *file = fopen(skipped->path, "re");
    while (file && getline(&line, &size, file) > 0) {
        line[strcspn(line, "\t\n")] = 0;
        json_object_set_new(skipped->names, line, json_true());
    }
    free(line);
    if (file)
        fclose(file);
}

rn_status rn_skipped_open(const char *folder, bool anew, rn_skipped **out)
{
    rn_status status = RN_OK;
    rn_skipped *skipped = calloc(1, sizeof *skipped);
    *out = NULL;
    if (skipped)
        skipped->names = json_object();
    if (!skipped || !skipped->names) {
        free(skipped);
        return rn_fail(RN_E_NOMEM, "no memory for the list of skipped samples");
    }
    skipped->has_folder = folder != NULL;
    if (folder)
        status = rn_path_join(skipped->path, folder, RN_SKIPPED_FILE);
    if (!status && folder && anew)
        unlink(skipped->path);
    else if (!status && folder)
        read_names(skipped);
    if (status)
        rn_skipped_close(skipped);
    else
        *out = skipped;
    return status;
}

static rn_status write_line(rn_skipped *skipped, const char *name, const char *reason)
{
    if (!skipped->file)
        skipped->file = fopen(skipped->path, "ae");
    if (skipped->file) {
        rn_print(skipped->file, "%s", name);
        fputc('\t', skipped->file);
        rn_print(skipped->file, "%s\n", reason);
        fflush(skipped->file);
    }
    if (!skipped->file || ferror(skipped->file))
        return rn_fail(RN_E_IO, "%s: cannot list a sample that was skipped: %s", skipped->path,
                       strerror(errno));
    return RN_OK;
}

rn_status rn_skipped_add(void *context, const char *name, const char *reason)
{
    rn_skipped *skipped = context;
    char shown[RN_PATH_SIZE];
    rn_text_show(shown, sizeof shown, name);
    if (json_object_get(skipped->names, shown))
        return RN_OK;
    if (json_object_set_new(skipped->names, shown, json_true()))
        return rn_fail(RN_E_NOMEM, "no memory for the list of skipped samples");
    skipped->count++;
    rn_log(RN_LOG_INFO, "skipped: %s: %s", name, reason);
    return skipped->has_folder ? write_line(skipped, name, reason) : RN_OK;
}

int64_t rn_skipped_count(const rn_skipped *skipped)
{
    return skipped->count;
}

void rn_skipped_close(rn_skipped *skipped)
{
    if (!skipped)
        return;
    if (skipped->count)
        rn_log(RN_LOG_WARNING, "%lld samples could not be read and were skipped%s%s",
               (long long)skipped->count, skipped->has_folder ? "; they are listed in " : "",
               skipped->path);
    if (skipped->file)
        fclose(skipped->file);
    json_decref(skipped->names);
    free(skipped);
}
