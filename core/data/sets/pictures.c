/* pictures.c: pictures without labels, as a command line names them: files, folders, lists. */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/status.h"
#include "data/sets/file_set.h"
#include "data/sets/folder_scan.h"
#include "data/sets/sets.h"

static rn_status add_file(rn_file_set *set, const char *path)
{
    size_t length = strlen(path);
    if (length >= RN_PATH_SIZE)
        return rn_fail(RN_E_DATA, "%.60s…: the path is longer than %d bytes", path,
                       RN_PATH_SIZE - 1);
    return rn_index_add(&set->index, path, length, RN_NO_LABEL);
}

static rn_status add_folder(rn_file_set *set, const char *path)
{
    char folder[RN_PATH_SIZE], name[RN_PATH_SIZE];
    size_t length = strlen(path);
    rn_listing files = { 0 };
    while (length > 1 && path[length - 1] == '/')
        length--;
    snprintf(folder, sizeof folder, "%.*s", (int)length, path);
    rn_status status = rn_folder_scan(folder, &files);
    for (int64_t i = 0; i < files.count && !status; i++) {
        status = rn_path_join(name, folder, files.names[i]);
        if (!status)
            status = add_file(set, name);
    }
    rn_listing_clear(&files);
    return status;
}

/* A file that is missing is one that cannot be read: that shows when its turn comes. */
static rn_status add_path(rn_file_set *set, const char *path)
{
    struct stat info;
    bool is_folder = stat(path, &info) == 0 && S_ISDIR(info.st_mode);
    return is_folder ? add_folder(set, path) : add_file(set, path);
}

/* Adds a line of a list, which may end in "\r\n"; an empty one is nothing. */
static rn_status add_line(rn_file_set *set, char *line, size_t length, const char *name)
{
    if (strlen(line) != length)
        return rn_fail(RN_E_DATA, "%s: it holds a byte 0; expected text, a path in each line",
                       name);
    line[strcspn(line, "\r\n")] = '\0';
    return *line ? add_path(set, line) : RN_OK;
}

static rn_status add_lines(rn_file_set *set, FILE *list, const char *name)
{
    int64_t n_before = set->index.count;
    char *line = NULL;
    size_t size = 0;
    ssize_t length;
    rn_status status = RN_OK;
    while (!status && (length = getline(&line, &size, list)) > 0)
        status = add_line(set, line, (size_t)length, name);
    if (!status && ferror(list))
        status = rn_fail(RN_E_DATA, "%s: cannot read the list: %s", name, strerror(errno));
    if (!status && set->index.count == n_before)
        status = rn_fail(RN_E_DATA, "%s: it names no picture; expected a path in each line", name);
    free(line);
    return status;
}

static rn_status add_list(rn_file_set *set, const char *path)
{
    FILE *list = fopen(path, "re");
    if (!list)
        return rn_fail(RN_E_DATA, "%s: cannot open the list: %s", path, strerror(errno));
    rn_status status = add_lines(set, list, path);
    fclose(list);
    return status;
}

static rn_status add_word(rn_file_set *set, const char *word)
{
    if (strcmp(word, "-") == 0)
        return add_lines(set, stdin, "standard input");
    return *word == '@' ? add_list(set, word + 1) : add_path(set, word);
}

static rn_status open_pictures(const rn_dataset_params *params, rn_dataset *dataset)
{
    rn_status status = RN_OK;
    dataset->folder = strdup("the pictures");
    rn_file_set *set = dataset->state = calloc(1, sizeof *set);
    if (!dataset->folder || !set)
        return rn_fail(RN_E_NOMEM, "not enough memory for a list of pictures");
    for (int64_t i = 0; i < params->n_pictures && !status; i++)
        status = add_word(set, params->pictures[i]);
    rn_index_trim(&set->index);
    dataset->count = set->index.count;
    return status;
}

static void describe(const rn_dataset *dataset, int64_t i, char *text, size_t size)
{
    const rn_file_set *set = dataset->state;
    snprintf(text, size, "%s", rn_index_name(&set->index, i));
}

const rn_dataset_kind rn_set_pictures = {
    .name = "pictures",
    .help = "",
    .open = open_pictures,
    .close = rn_file_set_close,
    .read = rn_file_set_read,
    .read_ahead = rn_file_set_read_ahead,
    .describe = describe,
    .label = rn_file_set_label,
};
