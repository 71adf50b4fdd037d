/* shard_names.c: expands patterns into the names of shards. */
#include "data/sets/shard_names.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/status.h"
#include "data/sets/sets.h"

#define MAX_SHARDS 1000000
#define MAX_DIGITS 9

/* {from..to}, numbers of at least `width` digits. */
struct range {
    int64_t from, to;
    int width;
};

/* Reads digits; sets `*end` behind them. */
static bool read_digits(const char *text, int64_t *value, const char **end)
{
    size_t n = strspn(text, "0123456789");
    *value = n && n <= MAX_DIGITS ? strtoll(text, NULL, 10) : 0;
    *end = text + n;
    return n && n <= MAX_DIGITS;
}

/* Reads a range behind its brace; returns where it ends, or NULL. */
static const char *read_range(const char *text, struct range *range)
{
    const char *middle, *end;
    if (!read_digits(text, &range->from, &middle) || strncmp(middle, "..", 2) != 0 ||
        !read_digits(middle + 2, &range->to, &end) || *end != '}' || range->to < range->from)
        return NULL;
    range->width = *text == '0' ? (int)(middle - text) : 0;
    return end + 1;
}

/* Adds the paths of a pattern, in the order of its numbers, the last range the fastest. */
static rn_status expand(const char *pattern, rn_listing *shards)
{
    const char *brace = strchr(pattern, '{');
    struct range range;
    if (shards->count >= MAX_SHARDS)
        return rn_fail(RN_E_DATA, "%s: more than %d shards", pattern, MAX_SHARDS);
    if (!brace)
        return rn_listing_add(shards, pattern);
    const char *rest = read_range(brace + 1, &range);
    if (!rest)
        return rn_fail(RN_E_DATA, "%s: \"%s\" does not start with a range such as {000..146}",
                       pattern, brace);
    for (int64_t i = range.from; i <= range.to; i++) {
        char path[RN_PATH_SIZE];
        int n = snprintf(path, sizeof path, "%.*s%0*lld%s", (int)(brace - pattern), pattern,
                         range.width, (long long)i, rest);
        if (n >= (int)sizeof path)
            return rn_fail(RN_E_DATA, "%s: the path is too long", pattern);
        rn_status status = expand(path, shards);
        if (status)
            return status;
    }
    return RN_OK;
}

static bool is_shard(const char *name)
{
    size_t length = strlen(name);
    return strstr(name, ".tar") || (length > 4 && strcmp(name + length - 4, ".tgz") == 0);
}

static rn_status add_folder(const char *path, rn_listing *shards)
{
    rn_listing folders = { 0 }, files = { 0 };
    int64_t before = shards->count;
    rn_status status = rn_listing_read(path, &folders, &files);
    rn_listing_sort(&files);
    for (int64_t i = 0; i < files.count && !status; i++) {
        char name[RN_PATH_SIZE];
        if (!is_shard(files.names[i]))
            continue;
        status = rn_path_join(name, path, files.names[i]);
        if (!status)
            status = rn_listing_add(shards, name);
    }
    if (!status && shards->count == before)
        status = rn_fail(RN_E_DATA, "%s: no shards in this folder, expected files *.tar", path);
    rn_listing_clear(&folders);
    rn_listing_clear(&files);
    return status;
}

static rn_status add_place(const char *path, rn_listing *shards)
{
    struct stat info;
    return stat(path, &info) == 0 && S_ISDIR(info.st_mode) ? add_folder(path, shards)
                                                           : expand(path, shards);
}

/* Each of the names with commas between stands for itself. */
static rn_status add_given(const rn_dataset_params *params, char *names, rn_listing *shards)
{
    bool is_train = params->split == RN_SPLIT_TRAIN;
    char *rest;
    rn_status status = RN_OK;
    for (char *name = strtok_r(names, ",", &rest); name && !status;
         name = strtok_r(NULL, ",", &rest)) {
        char path[RN_PATH_SIZE];
        rn_dataset_params one = *params;
        *(is_train ? &one.train : &one.validation) = name + strspn(name, " ");
        status = rn_set_find(&one, ".tar", path);
        if (!status)
            status = add_place(path, shards);
    }
    return status;
}

rn_status rn_shard_names(const rn_dataset_params *params, rn_listing *shards)
{
    const char *given = params->split == RN_SPLIT_TRAIN ? params->train : params->validation;
    char path[RN_PATH_SIZE];
    if (!*given) {
        rn_status status = rn_set_find(params, ".tar", path);
        return status ? status : add_place(path, shards);
    }
    char *names = strdup(given);
    if (!names)
        return rn_fail(RN_E_NOMEM, "%s: not enough memory", given);
    rn_status status = add_given(params, names, shards);
    free(names);
    if (!status && shards->count == 0)
        status = rn_fail(RN_E_DATA, "\"%s\" names no shards", given);
    return status;
}
