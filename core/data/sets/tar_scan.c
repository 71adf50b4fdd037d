/* tar_scan.c: finds the samples of shards, once, when the data set is opened. */
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "data/sets/label_texts.h"
#include "data/sets/shard.h"
#include "data/sets/tar.h"

struct scan {
    const char *path; /* of the shard */
    rn_index *index;
    rn_label_texts classes;
    rn_member_data data;
    /* The sample at hand: */
    char *key;
    char *label;
    bool has_picture, has_class;
};

static rn_status set_label(struct scan *scan, const char *text, size_t length)
{
    free(scan->label);
    scan->label = strndup(text, length);
    return scan->label ? RN_OK : rn_fail(RN_E_NOMEM, "%s: not enough memory", scan->path);
}

/* A .cls file is a number or a name; space around it does not count. */
static rn_status read_class(struct scan *scan)
{
    const char *text = (const char *)scan->data.bytes;
    size_t length = scan->data.size;
    while (length && strchr(" \t\r\n", text[length - 1]))
        length--;
    for (; length && strchr(" \t\r\n", *text); text++)
        length--;
    if (length == 0 || memchr(text, '\0', length))
        return rn_fail(RN_E_DATA, "%s: sample %s: its .cls file has no text", scan->path,
                       scan->key);
    scan->has_class = true;
    return set_label(scan, text, length);
}

static rn_status read_json(struct scan *scan)
{
    static const char *const keys[] = { "label", "cls", "class" };
    const json_t *value = NULL;
    json_error_t error;
    char number[24];
    json_t *object = json_loadb((const char *)scan->data.bytes, scan->data.size, 0, &error);
    if (!object)
        return rn_fail(RN_E_DATA, "%s: sample %s: its .json file, line %d: %s", scan->path,
                       scan->key, error.line, error.text);
    for (size_t i = 0; i < sizeof keys / sizeof *keys && !value; i++)
        value = json_object_get(object, keys[i]);
    rn_status status = RN_OK;
    if (json_is_integer(value))
        snprintf(number, sizeof number, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
    if (json_is_integer(value))
        status = set_label(scan, number, strlen(number));
    else if (json_is_string(value) && json_string_length(value))
        status = set_label(scan, json_string_value(value), json_string_length(value));
    json_decref(object);
    return status;
}

static rn_status check_sample(const struct scan *scan)
{
    if (scan->has_picture && !scan->label)
        return rn_fail(RN_E_DATA,
                       "%s: sample %s has no label, expected a file .cls, or .json with \"label\", "
                       "\"cls\" or \"class\", beside its picture",
                       scan->path, scan->key);
    if (scan->label && !scan->has_picture)
        return rn_fail(RN_E_DATA,
                       "%s: sample %s has a label and no picture, expected a file .jpg, .jpeg, "
                       ".png, .webp or .img beside it",
                       scan->path, scan->key);
    return RN_OK;
}

/* Adds the sample at hand, and forgets it. Files that have neither part are not one. */
static rn_status end_sample(struct scan *scan)
{
    int32_t place = 0;
    rn_status status = check_sample(scan);
    if (!status && scan->label)
        status = rn_label_texts_add(&scan->classes, scan->label, strlen(scan->label), &place);
    if (!status && scan->label)
        status = rn_index_add(scan->index, scan->key, strlen(scan->key), place);
    free(scan->key);
    free(scan->label);
    scan->key = scan->label = NULL;
    scan->has_picture = scan->has_class = false;
    return status;
}

static bool same_key(const struct scan *scan, const rn_member *member)
{
    return scan->key && strlen(scan->key) == member->key_length &&
           memcmp(scan->key, member->key, member->key_length) == 0;
}

static rn_status add_member(struct scan *scan, rn_shard *shard, const rn_member *member)
{
    rn_status status = RN_OK;
    if (!same_key(scan, member)) {
        status = end_sample(scan);
        if (status)
            return status;
        scan->key = strndup(member->key, member->key_length);
        if (!scan->key)
            return rn_fail(RN_E_NOMEM, "%s: not enough memory", scan->path);
    }
    if (member->type == RN_MEMBER_PICTURE) {
        if (scan->has_picture)
            return rn_fail(RN_E_DATA, "%s: sample %s has two pictures", scan->path, scan->key);
        scan->has_picture = true;
    }
    bool is_json = member->type == RN_MEMBER_JSON && !scan->has_class;
    if (member->type != RN_MEMBER_CLASS && !is_json)
        return RN_OK;
    status = rn_shard_read(shard, &scan->data);
    if (status)
        return status;
    return is_json ? read_json(scan) : read_class(scan);
}

static rn_status scan_shard(struct scan *scan, const char *path)
{
    rn_shard *shard = NULL;
    rn_member member = { RN_MEMBER_OTHER, NULL, 0 };
    scan->path = path;
    rn_status status = rn_shard_open(path, &shard);
    while (!status) {
        status = rn_shard_next(shard, &member);
        if (status || member.type == RN_MEMBER_END)
            break;
        status = add_member(scan, shard, &member);
    }
    if (!status)
        status = end_sample(scan);
    rn_shard_close(shard);
    return status;
}

rn_status rn_tar_scan(rn_tar *tar, rn_dataset *dataset)
{
    struct scan scan = { .index = &tar->index };
    rn_status status = RN_OK;
    tar->ends = malloc((size_t)tar->shards.count * sizeof *tar->ends);
    if (!tar->ends)
        return rn_fail(RN_E_NOMEM, "not enough memory for %" PRId64 " shards", tar->shards.count);
    for (int64_t i = 0; i < tar->shards.count && !status; i++) {
        int64_t before = tar->index.count;
        status = scan_shard(&scan, tar->shards.names[i]);
        tar->ends[i] = tar->index.count;
        if (!status && tar->index.count == before)
            status =
                rn_fail(RN_E_DATA, "%s: no samples, expected files such as 0001.jpg and 0001.cls",
                        tar->shards.names[i]);
    }
    rn_index_trim(&tar->index);
    if (!status)
        status = rn_label_texts_finish(&scan.classes, tar->index.labels, tar->index.count, dataset);
    rn_label_texts_clear(&scan.classes);
    free(scan.data.bytes);
    free(scan.key);
    free(scan.label);
    return status;
}
