/* state.c: finds the weights in a checkpoint. */
#include "weights/torch/state.h"

#include <resnet/host.h>
#include <string.h>

#include "base/log.h"
#include "base/status.h"
#include "weights/torch/classes.h"
#include "weights/torch/tensor.h"
#include "weights/torch/walk.h"

#define MAX_DEPTH 4         /* of checkpoints in checkpoints */
#define MAX_LISTED 8        /* entries in a message */
#define LOOK_ENTRIES 100000 /* that are looked at to find tensors */

/* The entries that hold weights, in the order in which they are tried: the trained ones first, then
 * their averages. */
static const char *const usual_keys[] = {
    "state_dict",     "model_state_dict", "model_state",
    "model",          "module",           "net",
    "network",        "weights",          "params",
    "state_dict_ema", "model_ema_state",  "model_ema",
    "ema_state_dict", "params_ema",       "ema",
};

#define N_USUAL (sizeof usual_keys / sizeof *usual_keys)

/* The entry that is taken so far, and the way to it. */
typedef struct place {
    const rn_value *value;
    const char *key; /* NULL: the whole file */
} place;

/* Adds a key to a way. */
static rn_status descend(const rn_torch_file *file, place *at, const rn_value *value,
                         const char *key, size_t length)
{
    const char *way = at->key ? at->key : "";
    at->key =
        rn_pool_print(file->weights->pool, "%s%s%.*s", way, *way ? "." : "", (int)length, key);
    at->value = value;
    return at->key ? RN_OK : rn_weights_no_memory(file->weights);
}

/* The names of the entries but `left_out`; with a budget, of those that hold tensors. NULL: none. */
static const char *list_entries(const rn_torch_file *file, const rn_value *entries,
                                const char *left_out, int64_t *budget)
{
    const char *text = NULL;
    int listed = 0;
    for (uint32_t i = 0; entries && i < entries->list.count && listed <= MAX_LISTED; i += 2) {
        const rn_value *key = entries->list.items[i];
        if (!rn_value_is(key, RN_VALUE_TEXT) || (left_out && rn_value_is_text(key, left_out)))
            continue;
        if (budget && !rn_walk_finds(file, entries->list.items[i + 1], budget))
            continue;
        int length = key->text.length < 100 ? (int)key->text.length : 100;
        const char *before = text ? text : "", *comma = text ? ", " : "";
        const char *longer = ++listed > MAX_LISTED
                                 ? rn_pool_print(file->weights->pool, "%s …", before)
                                 : rn_pool_print(file->weights->pool, "%s%s\"%.*s\"", before, comma,
                                                 length, key->text.start);
        text = longer ? longer : text;
    }
    return text;
}

/* The entry that the longest part of `key` up to a dot names; sets `*length` to that of the part. A
 * key may hold dots itself. NULL: there is none. */
static const rn_value *find_part(const rn_value *entries, const char *key, size_t *length)
{
    const rn_value *found = NULL;
    *length = strlen(key);
    while (entries && !(found = rn_value_get(entries, key, *length)) && *length > 0)
        do
            --*length;
        while (*length > 0 && key[*length] != '.');
    return found;
}

static rn_status find_given(const rn_torch_file *file, const char *key, place *at)
{
    rn_status status = RN_OK;
    for (const char *rest = key; *rest && !status;) {
        size_t length = 0;
        const rn_value *entries = rn_entries_of(file->weights->pool, at->value);
        const rn_value *found = find_part(entries, rest, &length);
        if (!found) {
            const char *there = list_entries(file, entries, NULL, NULL);
            return rn_fail(RN_E_DATA, "%s: there is no entry \"%s\"%s%s%s; expected one of: %s",
                           file->path, rest, at->key ? " in \"" : "", at->key ? at->key : "",
                           at->key ? "\"" : "", there ? there : "no entries");
        }
        status = descend(file, at, found, rest, length);
        rest += length + (rest[length] == '.');
    }
    return status;
}

/* Says what else could have been taken. */
static void warn_of_others(const rn_torch_file *file, const rn_value *entries, const char *taken,
                           int64_t *budget)
{
    const char *others = list_entries(file, entries, taken, budget);
    if (others)
        rn_log(RN_LOG_WARNING,
               "%s: the weights are those of \"%s\"; there are tensors in %s, too: --weights-key= "
               "takes another entry",
               file->path, taken, others);
}

/* Goes to the usual entry that holds tensors; sets `*found` to whether there is one. */
static rn_status find_usual_once(const rn_torch_file *file, place *at, int64_t *budget, bool *found)
{
    bool is_dict =
        rn_value_is(at->value, RN_VALUE_DICT) || rn_class_of(at->value) == RN_CLASS_MAPPING;
    const rn_value *entries = is_dict ? rn_entries_of(file->weights->pool, at->value) : NULL;
    *found = false;
    for (size_t i = 0; entries && i < N_USUAL; i++) {
        const char *key = usual_keys[i];
        const rn_value *value = rn_value_get(entries, key, strlen(key));
        if (!value || rn_tensor_is(value) || !rn_walk_finds(file, value, budget))
            continue;
        warn_of_others(file, entries, key, budget);
        *found = true;
        return descend(file, at, value, key, strlen(key));
    }
    return RN_OK;
}

static rn_status find_usual(const rn_torch_file *file, place *at)
{
    int64_t budget = LOOK_ENTRIES;
    bool found = true;
    rn_status status = RN_OK;
    for (int i = 0; i < MAX_DEPTH && found && !status; i++)
        status = find_usual_once(file, at, &budget, &found);
    return status;
}

rn_status rn_state_read(const rn_torch_file *file, const rn_value *top, const char *key)
{
    place at = { top, NULL };
    int64_t count = 0;
    rn_status status = key ? find_given(file, key, &at) : find_usual(file, &at);
    if (!status && rn_tensor_is(at.value))
        return rn_fail(RN_E_DATA, "%s: there is one tensor without a name%s%s; expected several",
                       file->path, at.key ? " in " : "", at.key ? at.key : "");
    if (!status)
        status = rn_walk_add(file, at.value, &count);
    if (status)
        return status;
    file->weights->key = at.key;
    if (count > 0)
        return RN_OK;
    const char *there =
        list_entries(file, rn_entries_of(file->weights->pool, at.value), NULL, NULL);
    return rn_fail(RN_E_DATA, "%s: there are no tensors in %s%s%s; its entries: %s", file->path,
                   at.key ? "\"" : "it", at.key ? at.key : "", at.key ? "\"" : "",
                   there ? there : "none");
}
