/* walk.c: goes through dicts and modules, and adds the tensors in them. */
#include "weights/torch/walk.h"

#include <inttypes.h>
#include <string.h>

#include "base/status.h"
#include "weights/torch/classes.h"
#include "weights/torch/tensor.h"

#define MAX_DEPTH 64       /* of modules in modules */
#define MAX_ENTRIES 250000 /* that are looked at; values may contain each other in circles */
#define MAX_NAME 1000      /* bytes of an entry's key */
#define FIRST_ENTRIES 8    /* among which an optimizer's dict has "param_groups" */

typedef struct walk {
    const rn_torch_file *file;
    int64_t budget; /* of entries */
    int64_t count;  /* of tensors */
    bool only_looks;
    int depth;
} walk;

/* One of the pairs in OrderedDict([[key, value], …]). False: no memory. */
static bool append_pair(rn_pool *pool, rn_value_list *dict, const rn_value *pair)
{
    bool is_pair = rn_value_is(pair, RN_VALUE_LIST) || rn_value_is(pair, RN_VALUE_TUPLE);
    if (!is_pair || pair->list.count != 2)
        return true;
    return rn_value_append(pool, dict, pair->list.items[0]) &&
           rn_value_append(pool, dict, pair->list.items[1]);
}

/* Python 2 gave an OrderedDict its entries as an argument. */
static const rn_value *read_pairs(rn_pool *pool, const rn_value *pairs)
{
    rn_value *dict = rn_value_new(pool, RN_VALUE_DICT);
    for (uint32_t i = 0; dict && i < pairs->list.count; i++)
        if (!append_pair(pool, &dict->list, pairs->list.items[i]))
            dict = NULL;
    return dict;
}

/* The entries of a dict, or of an object of a class of dicts; or NULL. */
static const rn_value *mapping_of(rn_pool *pool, const rn_value *value)
{
    if (!rn_value_is(value, RN_VALUE_OBJECT))
        return rn_value_is(value, RN_VALUE_DICT) ? value : NULL;
    const rn_value *entries = rn_value_item(value, RN_OBJECT_ENTRIES);
    const rn_value *pairs = rn_value_item(rn_value_item(value, RN_OBJECT_ARGUMENTS), 0);
    bool has_pairs = rn_class_of(value) == RN_CLASS_MAPPING && rn_value_is(pairs, RN_VALUE_LIST);
    return entries || !has_pairs ? entries : read_pairs(pool, pairs);
}

/* A whole torch.nn.Module keeps what it has in its state. */
static const rn_value *part_of(const rn_value *object, const char *part)
{
    const rn_value *state =
        rn_value_is(object, RN_VALUE_OBJECT) ? rn_value_item(object, RN_OBJECT_STATE) : NULL;
    return rn_value_get(state, part, strlen(part));
}

static bool is_module(const rn_value *value)
{
    return part_of(value, "_modules") && part_of(value, "_parameters");
}

const rn_value *rn_entries_of(rn_pool *pool, const rn_value *value)
{
    if (is_module(value))
        return mapping_of(pool, part_of(value, "_modules"));
    if (rn_class_of(value) == RN_CLASS_SCRIPT)
        return mapping_of(pool, rn_value_item(value, RN_OBJECT_STATE));
    return mapping_of(pool, value);
}

static bool is_optimizer(const rn_value *entries)
{
    for (uint32_t i = 0; i < entries->list.count && i < FIRST_ENTRIES; i += 2)
        if (rn_value_is_text(entries->list.items[i], "param_groups"))
            return true;
    return false;
}

/* Whether a set of texts has `key`. */
static bool has_key(walk *w, const rn_value *set, const rn_value *key)
{
    if (rn_value_is(set, RN_VALUE_OBJECT))
        set = rn_value_item(rn_value_item(set, RN_OBJECT_ARGUMENTS), 0);
    for (uint32_t i = 0; rn_value_is(set, RN_VALUE_LIST) && i < set->list.count; i++) {
        const rn_value *item = set->list.items[i];
        w->budget--;
        if (rn_value_is(item, RN_VALUE_TEXT) && rn_storage_compare(&item->text, &key->text) == 0)
            return true;
    }
    return false;
}

static rn_status visit(walk *w, const rn_value *value, const char *name);

static rn_status visit_entry(walk *w, const rn_value *key, const rn_value *value,
                             const char *prefix)
{
    rn_pool *pool = w->file->weights->pool;
    bool may_hold = rn_value_is(value, RN_VALUE_DICT) || rn_value_is(value, RN_VALUE_OBJECT);
    if (!may_hold || !rn_value_is(key, RN_VALUE_TEXT))
        return RN_OK;
    if (w->only_looks)
        return visit(w, value, "");
    if (key->text.length > MAX_NAME)
        return rn_fail(RN_E_DATA, "%s: a name has %" PRIu64 " bytes; expected at most %d",
                       w->file->path, key->text.length, MAX_NAME);
    const char *name = rn_pool_print(pool, "%s%s%.*s", prefix, *prefix ? "." : "",
                                     (int)key->text.length, key->text.start);
    return name ? visit(w, value, name) : rn_weights_no_memory(w->file->weights);
}

/* `left_out`: a set of keys, or NULL. */
static rn_status visit_entries(walk *w, const rn_value *dict, const char *prefix,
                               const rn_value *left_out)
{
    rn_status status = RN_OK;
    for (uint32_t i = 0; dict && i < dict->list.count && !status; i += 2) {
        const rn_value *key = dict->list.items[i];
        if (w->only_looks && (w->count || w->budget <= 0))
            return RN_OK;
        if (w->budget-- <= 0)
            return rn_fail(RN_E_DATA, "%s: there are more than %d entries, or they hold each other",
                           w->file->path, MAX_ENTRIES);
        if (!rn_value_is(key, RN_VALUE_TEXT) || !has_key(w, left_out, key))
            status = visit_entry(w, key, dict->list.items[i + 1], prefix);
    }
    return status;
}

static rn_status visit_module(walk *w, const rn_value *module, const char *name)
{
    rn_pool *pool = w->file->weights->pool;
    const rn_value *left_out = part_of(module, "_non_persistent_buffers_set");
    rn_status status =
        visit_entries(w, mapping_of(pool, part_of(module, "_parameters")), name, NULL);
    if (!status)
        status = visit_entries(w, mapping_of(pool, part_of(module, "_buffers")), name, left_out);
    if (!status)
        status = visit_entries(w, mapping_of(pool, part_of(module, "_modules")), name, NULL);
    return status;
}

static rn_status visit_tensor(walk *w, const rn_value *value, const char *name)
{
    rn_stored tensor;
    w->count++;
    if (w->only_looks)
        return RN_OK;
    rn_status status = rn_tensor_read(w->file, value, name, &tensor);
    return status ? status : rn_weights_add(w->file->weights, &tensor);
}

/* Whether an object of such a class may be among tensors. */
static bool is_passed_over(rn_class_meaning meaning)
{
    return meaning == RN_CLASS_PLAIN || meaning == RN_CLASS_MAPPING ||
           meaning == RN_CLASS_SEQUENCE || meaning == RN_CLASS_SCRIPT;
}

static rn_status visit_container(walk *w, const rn_value *value, const char *name)
{
    const rn_value *entries = rn_entries_of(w->file->weights->pool, value);
    rn_class_meaning meaning = rn_class_of(value);
    if (is_module(value))
        return visit_module(w, value, name);
    if (entries && meaning != RN_CLASS_PLAIN)
        return is_optimizer(entries) ? RN_OK : visit_entries(w, entries, name, NULL);
    if (w->only_looks || !rn_value_is(value, RN_VALUE_OBJECT) || is_passed_over(meaning))
        return RN_OK;
    return rn_fail(RN_E_DATA,
                   "%s: \"%s\" is an object of %s; expected a tensor. Is there an entry with "
                   "tensors alone (--weights-key=)?",
                   w->file->path, name, rn_class_text(value, w->file->weights->pool));
}

static rn_status visit(walk *w, const rn_value *value, const char *name)
{
    if (rn_tensor_is(value))
        return visit_tensor(w, value, name);
    if (w->depth == MAX_DEPTH)
        return w->only_looks ? RN_OK
                             : rn_fail(RN_E_DATA, "%s: \"%.60s…\" is more than %d deep",
                                       w->file->path, name, MAX_DEPTH);
    w->depth++;
    rn_status status = visit_container(w, value, name);
    w->depth--;
    return status;
}

rn_status rn_walk_add(const rn_torch_file *file, const rn_value *value, int64_t *count)
{
    walk w = { .file = file, .budget = MAX_ENTRIES };
    rn_status status = visit(&w, value, "");
    *count = w.count;
    return status;
}

bool rn_walk_finds(const rn_torch_file *file, const rn_value *value, int64_t *budget)
{
    walk w = { .file = file, .budget = *budget, .only_looks = true };
    if (visit(&w, value, ""))
        rn_fail_clear();
    *budget = w.budget;
    return w.count > 0;
}
