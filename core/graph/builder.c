/* builder.c: the functions of include/resnet/graph.h: they check what a block passes, name its
 * operators, and add the layer to messages. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "config/attr.h"
#include "graph/op.h"
#include "plugin/guard.h"
#include "plugin/layers.h"
#include "plugin/process_state.h"

#define MAX_BLOCK_DEPTH 16 /* of nested blocks; deeper, a block must be calling itself */
#define MAX_ATTRS_BYTES 65536
#define BLOCK_NAME_SIZE 256
#define MOST_JOINED 1024      /* inputs of one call */
#define MOST_OPERATORS 200000 /* planned in seconds; beyond it a block may never end */

static rn_dag *dag_of(rn_graph *g)
{
    return g->core;
}

/* Prepends operator and layer to the message and makes it the dag's failure. */
static rn_value *fail_dag(rn_dag *dag, rn_status status, const char *operator_name)
{
    if (operator_name && operator_name[0])
        rn_fail_at(status, "%s", operator_name);
    if (dag->location && dag->location[0])
        rn_fail_at(status, "%s", dag->location);
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
    return fail_dag(dag, status ? status : RN_E_PLUGIN, NULL);
}

/* True if the path's last component is `name`, as in "layer1.relu" and "relu". */
static bool ends_in(const char *path, const char *name)
{
    const char *dot = strrchr(path, '.');
    return strcmp(dot ? dot + 1 : path, name) == 0;
}

char *rn_builder_path(const rn_dag *dag, const char *op, const char *name)
{
    const char *path = dag->path ? dag->path : "";
    const char *last = name ? name : op;
    if (!name && ends_in(path, op) && !rn_names_has_node(&dag->names, path))
        last = "";
    const char *dot = path[0] && last[0] ? "." : "";
    size_t size = strlen(path) + strlen(last) + 16;
    char *text = malloc(size);
    if (!text)
        return NULL;
    snprintf(text, size, "%s%s%s", path, dot, last);
    rn_name *base = name ? NULL : rn_names_find(&dag->names, text);
    while (base && rn_names_has_node(&dag->names, text))
        snprintf(text, size, "%s%s%s%d", path, dot, last, ++base->node_number);
    return text;
}

/* False where `value` is another graph's, an earlier one's, or no value at all. */
static bool check_value(rn_dag *dag, const rn_value *value, const char *what)
{
    if (rn_dag_owns(dag, value))
        return true;
    builder_fail(&dag->builder, RN_E_PLUGIN,
                 "%s is %s; expected what a call returned while this graph is built", what,
                 value ? "no value of this graph" : "NULL");
    return false;
}

static bool check_inputs(rn_dag *dag, const char *op, rn_value *const *inputs, int32_t n_inputs)
{
    char what[80];
    bool is_owned = true;
    for (int32_t i = 0; i < n_inputs && is_owned; i++) {
        snprintf(what, sizeof what, "%s: input %d", op, (int)i);
        is_owned = check_value(dag, inputs ? inputs[i] : NULL, what);
    }
    return is_owned;
}

bool rn_builder_check_count(rn_dag *dag)
{
    if (dag->n_nodes < MOST_OPERATORS)
        return true;
    builder_fail(&dag->builder, RN_E_SHAPE,
                 "the network has more than %d operators; use fewer layers", MOST_OPERATORS);
    return false;
}

bool rn_builder_check_name(rn_dag *dag, const char *name)
{
    if (!name || rn_dag_name_is_valid(name))
        return true;
    builder_fail(&dag->builder, RN_E_PLUGIN,
                 "name: found \"%s\", expected letters, digits and "
                 "_ - .",
                 name);
    return false;
}

/* True if a newer block has set fields that this program does not know and cannot ignore. */
static bool sets_unknown_fields(const rn_op *op, const void *attrs, uint32_t given)
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
    if (sets_unknown_fields(op, attrs, given))
        return rn_fail(RN_E_PLUGIN,
                       "%s: the attributes have %u bytes, of which this program knows "
                       "%u, and the others are not 0; the block needs a newer resnet-run",
                       op->name, given, op->attrs_size);
    return RN_OK;
}

/* Finds an operator and checks its attributes and number of inputs; NULL after a failure. */
static const rn_op *find_op(rn_dag *dag, const char *name, const void *attrs, int32_t n_inputs)
{
    const rn_op *op = name ? rn_op_find(name) : NULL;
    if (!op || !op->rule->infer) {
        const char *near = name ? rn_op_nearest(name) : NULL;
        rn_fail(RN_E_UNSUPPORTED, "there is no operator \"%s\"; %s%s", name ? name : "(null)",
                near ? "the closest is " : "resnet-operators(7) has a list", near ? near : "");
        fail_dag(dag, RN_E_UNSUPPORTED, NULL);
        return NULL;
    }
    int32_t least = op->rule->n_given, most = op->inputs_repeat ? MOST_JOINED : least;
    if (n_inputs < least || n_inputs > most) {
        rn_fail(RN_E_SHAPE, "%s takes %d to %d inputs, not %d", name, least, most, n_inputs);
        fail_dag(dag, RN_E_SHAPE, NULL);
        return NULL;
    }
    rn_status status = check_structure(op, attrs);
    if (status) {
        fail_dag(dag, status, NULL);
        return NULL;
    }
    return op;
}

static rn_value *builder_op(rn_graph *g, const char *op_name, const char *name, const void *attrs,
                            rn_value *const *inputs, int32_t n_inputs);

/* An operator whose last input is a REST has no attributes, and f(f(a, b), f(c, d)) is
 * f(a, b, c, d). */
static rn_value *join_groups(rn_dag *dag, const rn_op *op, const char *name,
                             rn_value *const *inputs, int32_t n_inputs)
{
    rn_graph *g = &dag->builder;
    int32_t most = RN_MAX_OPERANDS - op->n_outputs, n = (n_inputs + most - 1) / most;
    rn_value **groups = calloc((size_t)n, sizeof *groups);
    if (!groups)
        return builder_fail(g, RN_E_NOMEM, "no memory for the graph");
    for (int32_t i = 0; i < n; i++) {
        int32_t first = n_inputs * i / n, end = n_inputs * (i + 1) / n;
        groups[i] = builder_op(g, op->name, NULL, NULL, inputs + first, end - first);
    }
    rn_value *y = builder_op(g, op->name, name, NULL, groups, n);
    free(groups);
    return y;
}

static rn_value *builder_op(rn_graph *g, const char *op_name, const char *name, const void *attrs,
                            rn_value *const *inputs, int32_t n_inputs)
{
    rn_dag *dag = dag_of(g);
    if (dag->status)
        return NULL;
    const rn_op *op = find_op(dag, op_name, attrs, n_inputs);
    if (!op)
        return NULL;
    if (!check_inputs(dag, op_name, inputs, n_inputs) || !rn_builder_check_name(dag, name))
        return NULL;
    if (!rn_builder_check_count(dag))
        return NULL;
    if (n_inputs > RN_MAX_OPERANDS - op->n_outputs)
        return join_groups(dag, op, name, inputs, n_inputs);
    char *path = rn_builder_path(dag, op_name, name);
    if (!path)
        return builder_fail(g, RN_E_NOMEM, "no memory for the graph");
    rn_node *node = NULL;
    rn_status status = rn_dag_op(dag, op_name, path, attrs, inputs, n_inputs, &node);
    rn_value *y = status ? fail_dag(dag, status, path) : node->outputs[0];
    free(path);
    return y;
}

static const rn_tensor_desc *builder_desc(rn_graph *g, const rn_value *value)
{
    bool is_owned = value && check_value(dag_of(g), value, "a value whose shape is asked for");
    return is_owned ? &value->desc : NULL;
}

/* Finds an attribute of one of two types; NULL after a failure. */
static const rn_setting *find_attr(rn_graph *g, const rn_attrs *attrs, const char *name,
                                   const int32_t types[2])
{
    const rn_setting *setting = attrs && name ? rn_attrs_find(attrs, name) : NULL;
    if (!setting) {
        builder_fail(g, RN_E_PLUGIN, "the block reads attribute \"%s\", which its table lacks",
                     name ? name : "(null)");
        return NULL;
    }
    if (setting->type != types[0] && setting->type != types[1]) {
        builder_fail(g, RN_E_PLUGIN,
                     "the block reads attribute \"%s\" as a type other than its "
                     "table's",
                     name);
        return NULL;
    }
    return setting;
}

static int64_t builder_attr_int(rn_graph *g, const rn_attrs *attrs, const char *name)
{
    const int32_t types[2] = { RN_ATTR_INT, RN_ATTR_BOOL };
    const rn_setting *setting = find_attr(g, attrs, name, types);
    return setting ? setting->int_value[0] : 0;
}

static double builder_attr_float(rn_graph *g, const rn_attrs *attrs, const char *name)
{
    const int32_t types[2] = { RN_ATTR_FLOAT, RN_ATTR_FLOAT };
    const rn_setting *setting = find_attr(g, attrs, name, types);
    return setting ? setting->float_value : 0;
}

static const char *builder_attr_text(rn_graph *g, const rn_attrs *attrs, const char *name)
{
    const int32_t types[2] = { RN_ATTR_CHOICE, RN_ATTR_STRING };
    const rn_setting *setting = find_attr(g, attrs, name, types);
    return setting ? setting->text_value : "";
}

static void builder_attr_pair(rn_graph *g, const rn_attrs *attrs, const char *name,
                              int64_t value[2])
{
    const int32_t types[2] = { RN_ATTR_PAIR, RN_ATTR_PAIR };
    const rn_setting *setting = find_attr(g, attrs, name, types);
    value[0] = setting ? setting->int_value[0] : 0;
    value[1] = setting ? setting->int_value[1] : 0;
}

/* Calls `build`, after which the state of the process is restored. A block within a block is
 * covered by the outer one; a layer is no plugin's code. */
static rn_value *build_guarded(rn_dag *dag, const rn_block *block, const rn_attrs *attrs,
                               rn_value *x)
{
    if (dag->block_depth > 1 || rn_layer_find(block->name) == block)
        return block->build(&dag->builder, attrs, x);
    if (!dag->process_state && rn_process_state_create(&dag->process_state))
        return fail_dag(dag, RN_E_NOMEM, NULL);
    rn_guard_begin(RN_GUARD_BUILD, dag->location ? dag->location : block->name);
    rn_value *y = block->build(&dag->builder, attrs, x);
    rn_guard_end();
    rn_status status = rn_process_state_restore(dag->process_state, "building it", dag->status);
    return status && !dag->status ? fail_dag(dag, status, block->name) : y;
}

rn_value *rn_dag_block(rn_dag *dag, const rn_block *block, const rn_attrs *attrs, const char *name,
                       rn_value *x)
{
    if (dag->status)
        return NULL;
    if (dag->block_depth >= MAX_BLOCK_DEPTH)
        return builder_fail(&dag->builder, RN_E_PLUGIN, "blocks are nested more than %d deep",
                            MAX_BLOCK_DEPTH);
    char what[BLOCK_NAME_SIZE + 40], *outer = dag->path;
    dag->path = rn_builder_path(dag, "", name);
    dag->block_depth++;
    rn_value *y = dag->path ? build_guarded(dag, block, attrs, x)
                            : builder_fail(&dag->builder, RN_E_NOMEM, "no memory for the graph");
    if (!y && !dag->status)
        builder_fail(&dag->builder, RN_E_PLUGIN,
                     "block \"%s\" returned nothing and gave no reason; return "
                     "its last value, or g->fail(…)",
                     block->name);
    if (y && !dag->status) {
        snprintf(what, sizeof what, "block \"%s\": what it returned", block->name);
        check_value(dag, y, what);
    }
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

static bool check_settings(rn_dag *dag, const rn_setting *settings, int32_t n_settings)
{
    bool is_valid = n_settings == 0 || (n_settings > 0 && settings);
    for (int32_t i = 0; is_valid && i < n_settings; i++)
        is_valid = settings[i].name != NULL;
    if (!is_valid)
        builder_fail(&dag->builder, RN_E_PLUGIN,
                     "a block is called with settings that are missing "
                     "or have no name");
    return is_valid;
}

/* Finds the block that another one calls: without a plugin's name, first in the plugin of the block
 * being built. Sets `full` to the name it was found by. */
static rn_status find_called_block(const rn_dag *dag, const char *name, char full[BLOCK_NAME_SIZE],
                                   const rn_block **out)
{
    bool is_bare = !strchr(name, '/') && dag->plugin && dag->plugin[0];
    if (is_bare) {
        snprintf(full, BLOCK_NAME_SIZE, "%s/%s", dag->plugin, name);
        if (!dag->find_block(dag->find_block_context, full, out))
            return RN_OK;
    }
    snprintf(full, BLOCK_NAME_SIZE, "%s", name);
    return dag->find_block(dag->find_block_context, full, out);
}

static rn_value *builder_block(rn_graph *g, const char *block_name, const char *name, rn_value *x,
                               const rn_setting *settings, int32_t n_settings)
{
    rn_dag *dag = dag_of(g);
    if (dag->status || !check_value(dag, x, "what a block is called on") ||
        !rn_builder_check_name(dag, name) || !check_settings(dag, settings, n_settings))
        return NULL;
    if (!block_name)
        return builder_fail(g, RN_E_PLUGIN, "a block is called without its name");
    char full[BLOCK_NAME_SIZE], plugin[BLOCK_NAME_SIZE];
    const char *outer = dag->plugin;
    const rn_block *block = NULL;
    rn_attrs *attrs = NULL;
    rn_status status = find_called_block(dag, block_name, full, &block);
    if (status)
        return fail_dag(dag, status, NULL);
    status =
        rn_attrs_from_settings(block->attrs, block->n_attrs, settings, n_settings, full, &attrs);
    if (status)
        return fail_dag(dag, status, NULL);
    rn_block_plugin(full, plugin, sizeof plugin);
    dag->plugin = plugin;
    rn_value *y = rn_dag_block(dag, block, attrs, name, x);
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
        .custom = rn_builder_custom,
        .parameter = rn_builder_parameter,
    };
}
