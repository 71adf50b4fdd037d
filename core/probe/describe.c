/* describe.c: what a plugin offers, as JSON. */
#include "probe/describe.h"

#include <string.h>

#include "base/json.h"
#include "base/status.h"
#include "config/attr.h"
#include "device/calls.h"
#include "probe/libraries.h"
#include "probe/stanza.h"

static json_t *choices(const char *words)
{
    json_t *list = json_array();
    for (const char *word = words; word; word = strchr(word, '|')) {
        word += *word == '|';
        char copy[128];
        snprintf(copy, sizeof copy, "%.*s", (int)strcspn(word, "|"), word);
        json_array_append_new(list, rn_json_text(copy));
    }
    return list;
}

static json_t *attribute(const rn_attr *row)
{
    static const char *const types[] = { NULL,     "integer", "number", "bool",
                                         "choice", "string",  "pair" };
    json_t *json = json_object();
    rn_json_set(json, "name", rn_json_text(row->name));
    rn_json_set(json, "type", rn_json_text(types[row->type]));
    rn_json_set(json, "default", rn_json_text(row->default_text));
    rn_json_set(json, "required", json_boolean(!row->default_text));
    if (row->min != 0 || row->max != 0) {
        rn_json_set(json, "min", rn_json_number(row->min));
        rn_json_set(json, "max", rn_json_number(row->max));
    }
    if (row->choices)
        rn_json_set(json, "choices", choices(row->choices));
    rn_json_set(json, "unit", rn_json_text(row->unit));
    rn_json_set(json, "help", rn_json_text(row->help));
    return json;
}

static json_t *attributes(const rn_attr *attrs, uint32_t n_attrs)
{
    json_t *rows = json_array();
    for (uint32_t i = 0; i < n_attrs; i++)
        json_array_append_new(rows, attribute(rn_attr_row(attrs, i)));
    return rows;
}

json_t *rn_describe_block(const rn_block *block, const char *owner)
{
    json_t *json = json_object();
    char stanza[RN_STANZA_BYTES];
    rn_json_set(json, "name", rn_json_text(block->name));
    rn_json_set(json, "doc", rn_json_text(block->doc));
    rn_json_set(json, "source", rn_json_text(block->source));
    rn_json_set(json, "attributes", attributes(block->attrs, block->n_attrs));
    rn_stanza_print(block, owner, stanza);
    rn_json_set(json, "cfg", rn_json_text(stanza));
    return json;
}

/* The row is for the plugin, whose name its user begins with. */
static bool is_for(const rn_library *row, const char *plugin)
{
    size_t length = strlen(plugin);
    return strncmp(row->user, plugin, length) == 0 &&
           (row->user[length] == 0 || row->user[length] == ' ');
}

static json_t *library(const rn_library *row, const char *plugin)
{
    json_t *json = json_object();
    rn_library_found found;
    rn_json_set(json, "name", rn_json_text(row->name));
    if (rn_library_ask(row, plugin, &found)) {
        rn_json_set(json, "error", rn_json_text(rn_fail_text()));
        return json;
    }
    if (*found.version)
        rn_json_set(json, "version", rn_json_text(found.version));
    rn_json_set(json, "path", rn_json_text(found.path));
    return json;
}

json_t *rn_describe_libraries(const rn_loaded_plugin *plugin)
{
    json_t *libraries = json_array();
    for (const rn_library *row = rn_libraries; row->name; row++)
        if (is_for(row, plugin->plugin.name))
            json_array_append_new(libraries, library(row, plugin->path));
    return libraries;
}

static json_t *device(const rn_backend *backend, int32_t index)
{
    json_t *json = json_object();
    rn_device_info info;
    char label[128];
    snprintf(label, sizeof label, "%s:%d", backend->name, (int)index);
    rn_json_set(json, "backend", rn_json_text(label));
    if (rn_backend_device(backend, index, &info)) {
        rn_json_set(json, "error", rn_json_text(rn_fail_text()));
        return json;
    }
    rn_json_set(json, "name", rn_json_text(info.name));
    rn_json_set(json, "library", rn_json_text(info.library));
    rn_json_set(json, "threads", json_integer(info.threads));
    rn_json_set(json, "memory_bytes", json_integer((json_int_t)info.memory_bytes));
    return json;
}

json_t *rn_describe_devices(const rn_backend *backend)
{
    int32_t count = 0;
    if (rn_backend_count(backend, &count)) {
        json_t *json = json_object();
        rn_json_set(json, "error", rn_json_text(rn_fail_text()));
        return json;
    }
    json_t *devices = json_array();
    for (int32_t i = 0; i < count; i++)
        json_array_append_new(devices, device(backend, i));
    return devices;
}

static json_t *backend_object(const rn_backend *backend)
{
    json_t *json = json_object(), *operators = json_array();
    rn_json_set(json, "doc", rn_json_text(backend->doc));
    for (const char *const *name = backend->operators; *name; name++)
        json_array_append_new(operators, rn_json_text(*name));
    rn_json_set(json, "operators", operators);
    return json;
}

static json_t *transport_object(const rn_transport *transport)
{
    json_t *json = json_object();
    rn_json_set(json, "library", rn_json_text(transport->library()));
    return json;
}

static json_t *custom_op(const rn_custom_op *op)
{
    json_t *json = json_object(), *kernels = json_pack("[s]", "host");
    if (op->opencl)
        json_array_append_new(kernels, json_string("opencl"));
    if (op->cuda)
        json_array_append_new(kernels, json_string("cuda"));
    rn_json_set(json, "name", rn_json_text(op->name));
    rn_json_set(json, "doc", rn_json_text(op->doc));
    rn_json_set(json, "source", rn_json_text(op->source));
    rn_json_set(json, "inputs", json_integer(op->n_inputs));
    rn_json_set(json, "inputs_repeat", json_boolean(op->inputs_repeat));
    rn_json_set(json, "outputs", json_integer(op->n_outputs));
    rn_json_set(json, "differentiable", json_boolean(op->gradient != NULL));
    rn_json_set(json, "deterministic", json_boolean(op->deterministic));
    rn_json_set(json, "couples_samples", json_boolean(op->couples_samples));
    rn_json_set(json, "kernels", kernels);
    rn_json_set(json, "attributes", attributes(op->attrs, op->n_attrs));
    return json;
}

json_t *rn_describe_plugin(const rn_loaded_plugin *plugin)
{
    json_t *json = json_object(), *blocks = json_array(), *operators = json_array();
    char owner[128];
    snprintf(owner, sizeof owner, "%s/", plugin->plugin.name);
    rn_json_set(json, "name", rn_json_text(plugin->plugin.name));
    rn_json_set(json, "path", rn_json_text(plugin->path));
    rn_json_set(json, "version", rn_json_text(plugin->plugin.version));
    rn_json_set(json, "doc", rn_json_text(plugin->plugin.doc));
    rn_json_set(json, "abi", json_sprintf("%d.%u", RN_ABI_MAJOR, plugin->plugin.abi_minor));
    if (plugin->plugin.backend)
        rn_json_set(json, "backend", backend_object(plugin->plugin.backend));
    if (plugin->transport.size)
        rn_json_set(json, "transport", transport_object(&plugin->transport));
    for (uint32_t i = 0; i < plugin->plugin.n_blocks; i++)
        json_array_append_new(blocks, rn_describe_block(&plugin->blocks[i], owner));
    rn_json_set(json, "blocks", blocks);
    for (uint32_t i = 0; i < plugin->n_ops; i++)
        json_array_append_new(operators, custom_op(&plugin->ops[i].op));
    rn_json_set(json, "operators", operators);
    return json;
}
