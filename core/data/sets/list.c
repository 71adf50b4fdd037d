/* list.c: a text file with a line "path<TAB>label" for each picture. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "data/sets/file_set.h"
#include "data/sets/label_texts.h"
#include "data/sets/sets.h"

/* Adds the sample of a line. */
static rn_status add_line(const char *line, size_t length, rn_index *index, rn_label_texts *classes)
{
    if (length > 0 && line[length - 1] == '\r')
        length--;
    const char *tab = memchr(line, '\t', length), *end = line + length;
    if (!tab)
        return rn_fail(RN_E_DATA, "no tab in the line, expected PATH<TAB>LABEL");
    const char *label = tab + 1;
    if (tab == line || label == end || memchr(label, '\t', (size_t)(end - label)))
        return rn_fail(RN_E_DATA, "%s, expected PATH<TAB>LABEL",
                       tab == line    ? "no path before the tab"
                       : label == end ? "no label after the tab"
                                      : "more than one tab in the line");
    if (memchr(line, '\0', length))
        return rn_fail(RN_E_DATA, "a byte 0 in the line, expected text");
    int32_t place;
    rn_status status = rn_label_texts_add(classes, label, (size_t)(end - label), &place);
    return status ? status : rn_index_add(index, line, (size_t)(tab - line), place);
}

static rn_status parse(const char *path, const char *text, size_t size, rn_index *index,
                       rn_label_texts *classes)
{
    static const char mark[] = "\xef\xbb\xbf"; /* Windows may write it before UTF-8 */
    size_t at = size >= 3 && memcmp(text, mark, 3) == 0 ? 3 : 0;
    for (int64_t number = 1; at < size; number++) {
        const char *line = text + at, *end = memchr(line, '\n', size - at);
        size_t length = end ? (size_t)(end - line) : size - at;
        rn_status status = add_line(line, length, index, classes);
        if (status)
            return rn_fail_at(status, "%s:%" PRId64, path, number);
        at += length + 1;
    }
    return index->count
               ? RN_OK
               : rn_fail(RN_E_DATA, "%s: it is empty, expected lines PATH<TAB>LABEL", path);
}

static rn_status read_list(rn_dataset *dataset)
{
    rn_file_set *set = dataset->state;
    rn_label_texts classes = { 0 };
    uint8_t *text = NULL;
    uint64_t size = 0;
    rn_status status = RN_OK;
    if (rn_file_read(dataset->folder, &text, &size))
        return rn_fail(RN_E_DATA, "%s", rn_fail_text());
    status = parse(dataset->folder, (const char *)text, (size_t)size, &set->index, &classes);
    free(text);
    if (status)
        goto done;
    rn_index_trim(&set->index);
    dataset->count = set->index.count;
    status = rn_label_texts_finish(&classes, set->index.labels, set->index.count, dataset);
    if (status)
        status = rn_fail_at(status, "%s", dataset->folder);
done:
    rn_label_texts_clear(&classes);
    return status;
}

static rn_status open_list(const rn_dataset_params *params, rn_dataset *dataset)
{
    char path[RN_PATH_SIZE];
    rn_status status = rn_set_find(params, ".txt", path);
    if (status)
        return status;
    const char *slash = strrchr(path, '/');
    rn_file_set *set = dataset->state = calloc(1, sizeof *set);
    dataset->folder = strdup(path);
    if (set)
        set->root = strndup(path, slash ? (size_t)(slash - path) + 1 : 0);
    if (!dataset->folder || !set || !set->root)
        return rn_fail(RN_E_NOMEM, "%s: not enough memory", path);
    return read_list(dataset);
}

static void describe(const rn_dataset *dataset, int64_t i, char *text, size_t size)
{
    const rn_file_set *set = dataset->state;
    const char *name = rn_index_name(&set->index, i);
    snprintf(text, size, "%s%s", *name == '/' ? "" : set->root, name);
}

const rn_dataset_kind rn_set_list = {
    .name = "list",
    .help = "text files, train.txt and val.txt, of lines PATH<TAB>LABEL",
    .open = open_list,
    .close = rn_file_set_close,
    .read = rn_file_set_read,
    .read_ahead = rn_file_set_read_ahead,
    .describe = describe,
    .label = rn_file_set_label,
};
