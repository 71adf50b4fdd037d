/* check_ops.c: the tables of a plugin's operators. */
#include "plugin/check_ops.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "config/attr.h"
#include "plugin/path.h"
#include "plugin/table.h"

#define MAX_OPS 256u

static const rn_table_slot list_slots[] = {
    RN_TABLE_SLOT(rn_custom_ops, ops),
};

static const rn_table_slot op_slots[] = {
    RN_TABLE_SLOT(rn_custom_op, name),   RN_TABLE_SLOT(rn_custom_op, doc),
    RN_TABLE_SLOT(rn_custom_op, source), RN_TABLE_SLOT(rn_custom_op, shape),
    RN_TABLE_SLOT(rn_custom_op, cost),   RN_TABLE_SLOT(rn_custom_op, run),
};

static const rn_table_slot source_slots[] = {
    RN_TABLE_SLOT(rn_custom_source, text),
    RN_TABLE_SLOT(rn_custom_source, entry),
    RN_TABLE_SLOT(rn_custom_source, launch),
};

static const rn_table list_table = RN_TABLE(rn_custom_ops, ops, list_slots);
static const rn_table op_table = RN_TABLE(rn_custom_op, cuda, op_slots);
static const rn_table source_table = RN_TABLE(rn_custom_source, launch, source_slots);

/* A C identifier: it becomes part of a program's text. */
static bool is_identifier(const char *text)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_";
    static const char digits[] = "0123456789";
    size_t length = strlen(text);
    for (size_t i = 0; i < length; i++)
        if (!strchr(letters, text[i]) && (i == 0 || !strchr(digits, text[i])))
            return false;
    return length > 0 && length < 64;
}

static rn_status check_source(const char *owner, const char *language, rn_custom_source *copy,
                              const rn_custom_source **source)
{
    char what[320];
    if (!*source)
        return RN_OK;
    snprintf(what, sizeof what, "%s: %s source", owner, language);
    rn_status status = rn_table_copy(copy, *source, &source_table, what);
    if (status)
        return status;
    *source = copy;
    return is_identifier(copy->entry)
               ? RN_OK
               : rn_fail(RN_E_PLUGIN, "%s: its entry is \"%s\", expected the name of a function",
                         what, copy->entry);
}

static rn_status check_count(const char *owner, const char *what, int32_t n, int32_t most)
{
    if (n >= 1 && n <= most)
        return RN_OK;
    return rn_fail(RN_E_PLUGIN, "%s: %s is %d, expected 1 to %d", owner, what, n, most);
}

static rn_status check_flag(const char *owner, const char *what, int32_t flag)
{
    if (flag == 0 || flag == 1)
        return RN_OK;
    return rn_fail(RN_E_PLUGIN, "%s: %s is %d, expected 0 or 1", owner, what, flag);
}

static rn_status check_numbers(const char *owner, const rn_custom_op *op)
{
    rn_status status = check_count(owner, "n_inputs", op->n_inputs, RN_CUSTOM_MAX_INPUTS);
    if (!status)
        status = check_count(owner, "n_outputs", op->n_outputs, RN_CUSTOM_MAX_OUTPUTS);
    if (!status)
        status = check_flag(owner, "inputs_repeat", op->inputs_repeat);
    if (!status)
        status = check_flag(owner, "deterministic", op->deterministic);
    if (!status)
        status = check_flag(owner, "couples_samples", op->couples_samples);
    return status;
}

static rn_status check_op(const rn_custom_op *given, const char *plugin, rn_loaded_op *out)
{
    rn_custom_op *op = &out->op;
    if (!given)
        return rn_fail(RN_E_PLUGIN, "one of its operators is NULL");
    rn_status status = rn_table_copy(op, given, &op_table, "operator");
    if (status)
        return status;
    if (!rn_plugin_path_is_name(op->name))
        return rn_fail(RN_E_PLUGIN,
                       "its operator \"%s\" has a wrong name: only a-z, 0-9 and _ are allowed",
                       op->name);
    int length = snprintf(out->name, sizeof out->name, "%s/%s", plugin, op->name);
    if (length < 0 || (size_t)length >= sizeof out->name)
        return rn_fail(RN_E_PLUGIN, "the name of its operator \"%s\" is too long", op->name);
    char owner[RN_LOADED_OP_NAME + 16];
    snprintf(owner, sizeof owner, "operator %s", out->name);
    if (op->n_attrs > RN_MAX_ATTRS || (op->n_attrs && !op->attrs))
        return rn_fail(RN_E_PLUGIN, "%s: n_attrs is %u, but there %s", owner, op->n_attrs,
                       op->attrs ? "can be 256 at most" : "is no table");
    status = check_numbers(owner, op);
    if (!status)
        status = check_source(owner, "OpenCL", &out->opencl, &op->opencl);
    if (!status)
        status = check_source(owner, "CUDA", &out->cuda, &op->cuda);
    return status ? status : rn_attr_table_check(op->attrs, op->n_attrs, owner);
}

rn_status rn_plugin_check_ops(const rn_custom_ops *given, rn_loaded_plugin *out)
{
    rn_custom_ops list;
    rn_status status =
        rn_table_copy(&list, given, &list_table, "extension \"" RN_CUSTOM_OPS_ID "\"");
    if (status)
        return status;
    if (list.n_ops < 1 || list.n_ops > MAX_OPS)
        return rn_fail(RN_E_PLUGIN, "its n_ops is %u, expected 1 to %u", list.n_ops, MAX_OPS);
    out->ops = calloc(list.n_ops, sizeof *out->ops);
    if (!out->ops)
        return rn_fail(RN_E_NOMEM, "no memory for its operators");
    out->n_ops = list.n_ops;
    for (uint32_t i = 0; i < list.n_ops; i++) {
        status = check_op(list.ops[i], out->plugin.name, &out->ops[i]);
        if (status)
            return status;
        for (uint32_t k = 0; k < i; k++)
            if (strcmp(out->ops[i].name, out->ops[k].name) == 0)
                return rn_fail(RN_E_PLUGIN, "it has two operators called \"%s\"",
                               out->ops[i].op.name);
    }
    return RN_OK;
}

void rn_plugin_free_ops(rn_loaded_plugin *plugin)
{
    free(plugin->ops);
    plugin->ops = NULL;
    plugin->n_ops = 0;
}
