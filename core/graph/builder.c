/* builder.c: the calls of include/resnet/graph.h: names, checks and messages around graph.c. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "config/attr.h"
#include "graph/op.h"
#include "plugin/layers.h"

#define MAX_BLOCK_DEPTH 16 /* blocks in blocks; deeper is a block that calls itself */
#define MAX_ATTRS_BYTES 65536

static rn_dag *dag_of(rn_graph *g)
{
    return g->core;
}

/* Puts the layer before the message and makes it the dag's failure. */
static rn_value *fail_here(rn_dag *dag, rn_status status, const char *operator_name)
{
    if (operator_name && operator_name[0])
        rn_fail_at(status, "%s", operator_name);
    if (dag->place && dag->place[0])
        rn_fail_at(status, "%s", dag->place);
    dag->status = status;
    return NULL;
}

static rn_value *builder_fail(rn_graph *g, rn_status status, const char *format, ...)
{
    rn_dag *dag = dag_of(g);
    if (dag->status)
        return NULL;
    va_list args;
    va_start(args, format);
    rn_fail_va(status ? status : RN_E_PLUGIN, format, args);
    va_end(args);
    return fail_here(dag, status ? status : RN_E_PLUGIN, NULL);
}

static bool name_taken(const rn_dag *dag, const char *name)
{
    const rn_name *found = rn_names_find(&dag->names, name);
    return found && found->is_node;
}

/* Does the path end in this name, as "layer1.relu" in "relu"? */
static bool ends_in(const char *path, const char *name)
{
    const char *dot = strrchr(path, '.');
    return strcmp(dot ? dot + 1 : path, name) == 0;
}

/* The operator's path: the block's own for "", else block.name; operators without a name are called
 * after what they do, numbered from the second on; a layer that is called so already is it. NULL:
 * no memory. */
static char *node_path(const rn_dag *dag, const char *op, const char *name)
{
    const char *path = dag->path ? dag->path : "";
    const char *last = name ? name : op;
    if (!name && ends_in(path, op) && !name_taken(dag, path))
        last = "";
    const char *dot = path[0] && last[0] ? "." : "";
    size_t size = strlen(path) + strlen(last) + 16;
    char *text = malloc(size);
    if (!text)
        return NULL;
    snprintf(text, size, "%s%s%s", path, dot, last);
    rn_name *base = name ? NULL : rn_names_find(&dag->names, text);
    while (base && name_taken(dag, text))
        snprintf(text, size, "%s%s%s%d", path, dot, last, ++base->node_number);
    return text;
}

static bool inputs_present(rn_value *const *inputs, int32_t n_inputs)
{
    for (int32_t i = 0; i < n_inputs; i++)
        if (!inputs || !inputs[i])
            return false;
    return true;
}

/* Names become names of tensors; NULL leaves the name to the core. */
static bool name_fits(rn_dag *dag, const char *name)
{
    if (!name || rn_dag_name_fits(name))
        return true;
    builder_fail(&dag->builder, RN_E_PLUGIN,
                 "name: found \"%s\", expected letters, digits and "
                 "_ - .",
                 name);
    return false;
}

/* What a newer block says in fields that this program does not know must not get lost. */
static bool says_more(const rn_op *op, const void *attrs, uint32_t given)
{
    for (uint32_t i = op->attrs_size; i < given; i++)
        if (((const char *)attrs)[i])
            return true;
    return false;
}

static rn_status check_structure(const rn_op *op, const void *attrs)
{
    uint32_t given = attrs ? *(const uint32_t *)attrs : 0;
    if (!op->attrs_size)
        return !attrs ? RN_OK
                      : rn_fail(RN_E_PLUGIN, "%s takes no attributes, expected NULL", op->name);
    if (given < sizeof(uint32_t) || given > MAX_ATTRS_BYTES)
        return rn_fail(RN_E_PLUGIN,
                       "%s: the attributes' size is %u; set it to sizeof of their "
                       "structure",
                       op->name, given);
    if (says_more(op, attrs, given))
        return rn_fail(RN_E_PLUGIN,
                       "%s: the attributes have %u bytes, of which this program knows "
                       "%u, and the others are not 0; the block needs a newer resnet-run",
                       op->name, given, op->attrs_size);
    return RN_OK;
}

/* The operator, or NULL after a failure. */
static const rn_op *checked_op(rn_dag *dag, const char *name, const void *attrs, int32_t n_inputs)
{
    const rn_op *op = name ? rn_op_find(name) : NULL;
    if (!op || !op->rule->infer) {
        rn_fail(RN_E_UNSUPPORTED, "there is no operator \"%s\"", name ? name : "(null)");
        fail_here(dag, RN_E_UNSUPPORTED, NULL);
        return NULL;
    }
    int32_t least = op->rule->n_given;
    int32_t most = op->inputs_repeat ? RN_MAX_OPERANDS - op->n_outputs : least;
    if (n_inputs < least || n_inputs > most) {
        rn_fail(RN_E_SHAPE, "%s takes %d to %d inputs, not %d", name, least, most, n_inputs);
        fail_here(dag, RN_E_SHAPE, NULL);
        return NULL;
    }
    rn_status status = check_structure(op, attrs);
    if (status)
        fail_here(dag, status, NULL);
    return status ? NULL : op;
}

static rn_value *builder_op(rn_graph *g, const char *op_name, const char *name, const void *attrs,
                            rn_value *const *inputs, int32_t n_inputs)
{
    rn_dag *dag = dag_of(g);
    if (dag->status)
        return NULL;
    const rn_op *op = checked_op(dag, op_name, attrs, n_inputs);
    if (!op)
        return NULL;
    if (!inputs_present(inputs, n_inputs))
        return builder_fail(g, RN_E_PLUGIN, "%s is given a missing value", op_name);
    if (!name_fits(dag, name))
        return NULL;
    char *path = node_path(dag, op_name, name);
    if (!path)
        return builder_fail(g, RN_E_NOMEM, "no memory for the graph");
    rn_node *node = NULL;
    rn_status status = rn_dag_op(dag, op_name, path, attrs, inputs, n_inputs, &node);
    rn_value *y = status ? fail_here(dag, status, path) : node->outputs[0];
    free(path);
    return y;
}

static const rn_tensor_desc *builder_desc(rn_graph *g, const rn_value *value)
{
    (void)g;
    return value ? &value->desc : NULL;
}

/* The attribute, which has one of two types; NULL after a failure. */
static const rn_setting *attr(rn_graph *g, const rn_attrs *attrs, const char *name,
                              const int32_t types[2])
{
    const rn_setting *setting = attrs && name ? rn_attrs_find(attrs, name) : NULL;
    if (!setting)
        builder_fail(g, RN_E_PLUGIN, "the block reads attribute \"%s\", which its table lacks",
                     name ? name : "(null)");
    else if (setting->type != types[0] && setting->type != types[1])
        builder_fail(g, RN_E_PLUGIN,
                     "the block reads attribute \"%s\" as another type than its "
                     "table says",
                     name);
    else
        return setting;
    return NULL;
}

static int64_t builder_attr_int(rn_graph *g, const rn_attrs *attrs, const char *name)
{
    const int32_t types[2] = { RN_ATTR_INT, RN_ATTR_BOOL };
    const rn_setting *setting = attr(g, attrs, name, types);
    return setting ? setting->int_value[0] : 0;
}

static double builder_attr_float(rn_graph *g, const rn_attrs *attrs, const char *name)
{
    const int32_t types[2] = { RN_ATTR_FLOAT, RN_ATTR_FLOAT };
    const rn_setting *setting = attr(g, attrs, name, types);
    return setting ? setting->float_value : 0;
}

static const char *builder_attr_text(rn_graph *g, const rn_attrs *attrs, const char *name)
{
    const int32_t types[2] = { RN_ATTR_CHOICE, RN_ATTR_STRING };
    const rn_setting *setting = attr(g, attrs, name, types);
    return setting ? setting->text_value : "";
}

static void builder_attr_pair(rn_graph *g, const rn_attrs *attrs, const char *name,
                              int64_t value[2])
{
    const int32_t types[2] = { RN_ATTR_PAIR, RN_ATTR_PAIR };
    const rn_setting *setting = attr(g, attrs, name, types);
    value[0] = setting ? setting->int_value[0] : 0;
    value[1] = setting ? setting->int_value[1] : 0;
}

rn_value *rn_dag_block(rn_dag *dag, const rn_block *block, const rn_attrs *attrs, const char *name,
                       rn_value *x)
{
    if (dag->status)
        return NULL;
    if (dag->block_depth >= MAX_BLOCK_DEPTH)
        return builder_fail(&dag->builder, RN_E_PLUGIN, "blocks are nested more than %d deep",
                            MAX_BLOCK_DEPTH);
    char *outer = dag->path;
    dag->path = node_path(dag, "", name);
    dag->block_depth++;
    rn_value *y = dag->path ? block->build(&dag->builder, attrs, x)
                            : builder_fail(&dag->builder, RN_E_NOMEM, "no memory for the graph");
    if (!y && !dag->status)
        builder_fail(&dag->builder, RN_E_PLUGIN, "block \"%s\" returned nothing and gave no reason",
                     block->name);
    free(dag->path);
    dag->path = outer;
    dag->block_depth--;
    return dag->status ? NULL : y;
}

void rn_block_plugin(const char *block_name, char *plugin, size_t size)
{
    size_t length = strcspn(block_name, "/");
    snprintf(plugin, size, "%.*s", (int)length, rn_layer_find(block_name) ? "" : block_name);
}

static bool settings_fit(rn_dag *dag, const rn_setting *settings, int32_t n_settings)
{
    bool fit = n_settings == 0 || (n_settings > 0 && settings);
    for (int32_t i = 0; fit && i < n_settings; i++)
        fit = settings[i].name != NULL;
    if (!fit)
        builder_fail(&dag->builder, RN_E_PLUGIN,
                     "a block is called with settings that are missing "
                     "or have no name");
    return fit;
}

static rn_value *builder_block(rn_graph *g, const char *block_name, const char *name, rn_value *x,
                               const rn_setting *settings, int32_t n_settings)
{
    rn_dag *dag = dag_of(g);
    if (dag->status || !x || !name_fits(dag, name) || !settings_fit(dag, settings, n_settings))
        return NULL;
    if (!block_name)
        return builder_fail(g, RN_E_PLUGIN, "a block is called without its name");
    char full[256], plugin[256];
    const char *outer = dag->plugin, *found = full;
    const rn_block *block = NULL;
    rn_attrs *attrs = NULL;
    rn_value *y = NULL;
    bool bare = !strchr(block_name, '/') && dag->plugin && dag->plugin[0];
    snprintf(full, sizeof full, "%s%s%s", bare ? dag->plugin : "", bare ? "/" : "", block_name);
    rn_status status = dag->find_block(dag->find_block_context, full, &block);
    if (status && bare)
        status = dag->find_block(dag->find_block_context, found = block_name, &block);
    if (!status)
        status = rn_attrs_from_settings(block->attrs, block->n_attrs, settings, n_settings, found,
                                        &attrs);
    if (status)
        return fail_here(dag, status, NULL);
    rn_block_plugin(found, plugin, sizeof plugin);
    dag->plugin = plugin;
    y = rn_dag_block(dag, block, attrs, name, x);
    dag->plugin = outer;
    rn_attrs_destroy(attrs);
    return y;
}

void rn_builder_init(rn_dag *dag)
{
    dag->builder = (rn_graph){
        .size = sizeof dag->builder,
        .core = dag,
        .op = builder_op,
        .block = builder_block,
        .desc = builder_desc,
        .fail = builder_fail,
        .attr_int = builder_attr_int,
        .attr_float = builder_attr_float,
        .attr_text = builder_attr_text,
        .attr_pair = builder_attr_pair,
    };
}
