/* inputs.c: what a layer of a cfg reads. */
#include "graph/inputs.h"

#include <stdlib.h>
#include <string.h>

#include "base/nearest.h"
#include "base/status.h"

static rn_value *join_add(rn_graph *g, rn_value *const *x, int32_t count)
{
    rn_value *y = x[0];
    for (int32_t i = 1; i < count; i++)
        y = rn_add(g, y, x[i]);
    return y;
}

static rn_value *join_multiply(rn_graph *g, rn_value *const *x, int32_t count)
{
    rn_value *y = x[0];
    for (int32_t i = 1; i < count; i++)
        y = rn_multiply(g, y, x[i]);
    return y;
}

/* The layers that take several inputs. */
static const struct {
    const char *block;
    rn_value *(*build)(rn_graph *g, rn_value *const *x, int32_t count);
} joins[] = { { "add", join_add }, { "multiply", join_multiply }, { "concat", rn_concat } };
enum { N_JOINS = sizeof joins / sizeof *joins };

static int find_join(const char *block_name)
{
    int i = 0;
    while (i < N_JOINS && strcmp(joins[i].block, block_name) != 0)
        i++;
    return i;
}

static rn_status fail_name(const rn_dag *dag, const rn_tree *name)
{
    const char **words = calloc((size_t)dag->n_layers + 2, sizeof *words);
    if (!words)
        return rn_fail(RN_E_NOMEM, "no memory for the layers");
    words[0] = RN_IMAGES;
    for (int32_t i = 0; i < dag->n_layers; i++)
        words[i + 1] = dag->layers[i].path;
    const char *nearest = rn_nearest(name->text_value, words);
    rn_tree_fail(name, RN_INPUTS_KEY ": no earlier layer is called \"%s\"%s%s%s", name->text_value,
                 nearest ? "; did you mean \"" : "", nearest ? nearest : "", nearest ? "\"?" : "");
    free(words);
    return RN_E_CONFIG;
}

static rn_status find_value(const rn_dag *dag, const rn_tree *name, rn_value **value)
{
    if (name->type != RN_TREE_STRING)
        return rn_tree_fail(name, RN_INPUTS_KEY ": expected the name of a layer, found %s",
                            rn_tree_type_name(name->type));
    const rn_name *found = rn_names_find(&dag->names, name->text_value);
    if (strcmp(name->text_value, RN_IMAGES) == 0)
        *value = dag->images;
    else if (found && found->layer)
        *value = found->layer;
    else
        return fail_name(dag, name);
    return RN_OK;
}

static rn_status check_count(const rn_tree *entry, const char *block_name, int count)
{
    bool is_join = find_join(block_name) < N_JOINS;
    if (is_join && (count < 2 || count > RN_MAX_INPUTS))
        return rn_tree_fail(entry,
                            "%s joins 2 to %d layers, found %d; name them: " RN_INPUTS_KEY
                            " = [ \"a\", \"b\" ]",
                            block_name, RN_MAX_INPUTS, count);
    if (!is_join && count != 1)
        return rn_tree_fail(entry, RN_INPUTS_KEY ": %s reads one layer, found %d names", block_name,
                            count);
    return RN_OK;
}

rn_status rn_inputs_find(const rn_dag *dag, const rn_tree *entry, const char *block_name,
                         rn_value *before, rn_inputs *inputs)
{
    const rn_tree *names = rn_tree_get(entry, RN_INPUTS_KEY);
    bool is_several = names && (names->type == RN_TREE_ARRAY || names->type == RN_TREE_LIST);
    int count = is_several ? names->n_children : 1;
    rn_status status = check_count(names ? names : entry, block_name, count);
    *inputs = (rn_inputs){ .values = { before }, .count = count };
    if (!names)
        return status;
    for (int i = 0; i < count && !status; i++)
        status = find_value(dag, is_several ? names->children[i] : names, &inputs->values[i]);
    return status;
}

rn_value *rn_inputs_join(rn_dag *dag, const char *block_name, char *path, const rn_inputs *inputs)
{
    char *outer = dag->path;
    dag->path = path;
    rn_value *y = joins[find_join(block_name)].build(&dag->builder, inputs->values, inputs->count);
    dag->path = outer;
    return y;
}
