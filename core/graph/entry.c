/* entry.c: an entry of network.layers: read and checked. */
#include "graph/entry.h"

#include <stdio.h>
#include <string.h>

#include "base/status.h"
#include "graph/graph.h"
#include "graph/inputs.h"

#define MAX_REPEAT 10000

static const rn_attr entry_rows[] = {
    RN_ATTR_ROW(STRING, "block", NULL, 0, 0, "", NULL, "what to build: plugin/block, or a layer"),
    RN_ATTR_ROW(STRING, "name", "", 0, 0, "", NULL, "prefix of its parameters; default: the block"),
    RN_ATTR_ROW(STRING, "stage", "", 0, 0, "", NULL,
                "name of a stage; blocks are STAGE.0, STAGE.1 …"),
    RN_ATTR_ROW(INT, "repeat", "1", 1, MAX_REPEAT, "blocks", NULL, "blocks in the stage"),
};
enum { N_ENTRY_ROWS = sizeof entry_rows / sizeof *entry_rows };

/* A copy of the entry with only the keys in entry_rows, so that rn_attrs_from_tree can check them;
 * NULL if there is no memory. */
static rn_tree *copy_entry_keys(const rn_tree *tree)
{
    rn_tree *copy = rn_tree_copy(tree);
    int kept = 0;
    for (int i = 0; copy && i < copy->n_children; i++) {
        rn_tree *child = copy->children[i];
        bool is_entry_key = false;
        for (int k = 0; k < N_ENTRY_ROWS; k++)
            is_entry_key = is_entry_key || strcmp(child->key, entry_rows[k].name) == 0;
        if (is_entry_key)
            copy->children[kept++] = child;
        else
            rn_tree_destroy(child);
    }
    if (copy)
        copy->n_children = kept;
    return copy;
}

static const char *text_of(const rn_tree *tree, const char *key)
{
    const rn_tree *value = rn_tree_get(tree, key);
    return value ? value->text_value : "";
}

/* A key in `first` that only the entry may have, or NULL. */
static const char *find_entry_key(const rn_tree *first)
{
    for (int i = 0; rn_attr_entry_keys[i]; i++)
        if (rn_tree_get(first, rn_attr_entry_keys[i]))
            return rn_attr_entry_keys[i];
    return NULL;
}

static rn_status check_name(const rn_entry *e)
{
    const char *name = e->stage[0] ? e->stage : e->name;
    if (rn_dag_name_is_valid(name))
        return RN_OK;
    return rn_fail(RN_E_CONFIG, "%s:%d: %s: found \"%s\", expected letters, digits and _ - .",
                   e->tree->file, e->tree->line, e->stage[0] ? "stage" : "name", name);
}

static rn_status check_first(const rn_tree *first)
{
    if (first->type != RN_TREE_GROUP)
        return rn_fail(RN_E_CONFIG, "%s:%d: first: expected a group { … }, found %s", first->file,
                       first->line, rn_tree_type_name(first->type));
    const char *entry_key = find_entry_key(first);
    if (entry_key)
        return rn_fail(RN_E_CONFIG,
                       "%s:%d: first: \"%s\" belongs to the whole stage; first holds "
                       "attributes of the first block",
                       first->file, first->line, entry_key);
    return RN_OK;
}

static rn_status check_entry(const rn_entry *e)
{
    const rn_tree *tree = e->tree, *first = rn_tree_get(tree, "first");
    bool is_stage = e->stage[0];
    const rn_tree *input = rn_tree_get(tree, RN_INPUTS_KEY);
    if (first) {
        rn_status status = check_first(first);
        if (status)
            return status;
    }
    if (!is_stage && (first || rn_tree_get(tree, "repeat")))
        return rn_fail(RN_E_CONFIG, "%s:%d: repeat and first belong to a stage; add stage = \"…\"",
                       tree->file, tree->line);
    if (is_stage && input)
        return rn_tree_fail(input, RN_INPUTS_KEY ": a stage reads the layer before it; give "
                                                 "input to a layer");
    if (is_stage && e->name[0])
        return rn_fail(RN_E_CONFIG, "%s:%d: give either name or stage, not both", tree->file,
                       tree->line);
    return check_name(e);
}

static rn_status find_entry_block(rn_registry *registry, rn_entry *e)
{
    rn_status status = check_entry(e);
    if (status)
        return status;
    return rn_registry_block(registry, e->block_name, &e->block);
}

rn_status rn_entry_read(const rn_tree *tree, rn_registry *registry, rn_entry *e)
{
    *e = (rn_entry){ .tree = tree, .repeat = 1 };
    if (tree->type != RN_TREE_GROUP)
        return rn_fail(RN_E_CONFIG, "%s:%d: a layer is a group { block = \"…\"; … }, found %s",
                       tree->file, tree->line, rn_tree_type_name(tree->type));
    rn_attrs *checked = NULL;
    rn_tree *keys = copy_entry_keys(tree);
    if (!keys)
        return rn_fail(RN_E_NOMEM, "no memory for the layers");
    rn_status status = rn_attrs_from_tree(entry_rows, N_ENTRY_ROWS, keys, NULL, "layer", &checked);
    if (status)
        goto done;
    e->block_name = text_of(tree, "block");
    e->stage = text_of(tree, "stage");
    e->name = text_of(tree, "name");
    e->repeat = rn_attrs_find(checked, "repeat")->int_value[0];
    status = find_entry_block(registry, e);
    if (status && !strstr(rn_fail_text(), tree->file))
        rn_fail_at(status, "%s:%d", tree->file, tree->line);
done:
    rn_attrs_destroy(checked);
    rn_tree_destroy(keys);
    return status;
}

/* The entry, overridden by the keys of `first`. */
static rn_status merge_first(const rn_tree *tree, const rn_tree *first, rn_tree **out)
{
    rn_tree *merged = rn_tree_copy(tree);
    rn_tree *overrides = rn_tree_copy(first);
    if (!merged || !overrides) {
        rn_tree_destroy(merged);
        rn_tree_destroy(overrides);
        return rn_fail(RN_E_NOMEM, "no memory for the layers");
    }
    rn_status status = rn_tree_merge(merged, overrides);
    if (status) {
        rn_tree_destroy(merged);
        return status;
    }
    *out = merged;
    return RN_OK;
}

rn_status rn_entry_attrs(const rn_entry *e, int64_t i, rn_attrs **out)
{
    char owner[320];
    rn_tree *merged = NULL;
    const rn_tree *first = i == 0 ? rn_tree_get(e->tree, "first") : NULL;
    rn_status status = first ? merge_first(e->tree, first, &merged) : RN_OK;
    if (status)
        return status;
    snprintf(owner, sizeof owner, "block \"%s\"", e->block_name);
    status = rn_attrs_from_tree(e->block->attrs, e->block->n_attrs, merged ? merged : e->tree,
                                rn_attr_entry_keys, owner, out);
    rn_tree_destroy(merged);
    return status;
}
