/* plugin_json.c: the output of resnet-plugin as JSON. */
#include "cli/plugin_json.h"

#include <string.h>

#include "base/json.h"
#include "base/status.h"
#include "config/attr.h"
#include "plugin/layers.h"

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
    json_object_set_new(json, "name", rn_json_text(row->name));
    json_object_set_new(json, "type", rn_json_text(types[row->type]));
    json_object_set_new(json, "default", rn_json_text(row->default_text));
    json_object_set_new(json, "required", json_boolean(!row->default_text));
    if (row->min != 0 || row->max != 0) {
        json_object_set_new(json, "min", json_real(row->min));
        json_object_set_new(json, "max", json_real(row->max));
    }
    if (row->choices)
        json_object_set_new(json, "choices", choices(row->choices));
    json_object_set_new(json, "unit", rn_json_text(row->unit));
    json_object_set_new(json, "help", rn_json_text(row->help));
    return json;
}

static json_t *block_object(const rn_block *block)
{
    json_t *json = json_object(), *rows = json_array();
    json_object_set_new(json, "name", rn_json_text(block->name));
    json_object_set_new(json, "doc", rn_json_text(block->doc));
    json_object_set_new(json, "source", rn_json_text(block->source));
    for (uint32_t i = 0; i < block->n_attrs; i++)
        json_array_append_new(rows, attribute(rn_attr_row(block->attrs, i)));
    json_object_set_new(json, "attributes", rows);
    return json;
}

static json_t *device(const rn_backend *backend, int32_t index)
{
    json_t *json = json_object();
    rn_device_info info = { .size = sizeof info };
    char label[128];
    snprintf(label, sizeof label, "%s:%d", backend->name, (int)index);
    json_object_set_new(json, "backend", rn_json_text(label));
    if (backend->device_info(index, &info)) {
        json_object_set_new(json, "error", rn_json_text(rn_fail_text()));
        return json;
    }
    info.name[sizeof info.name - 1] = info.library[sizeof info.library - 1] = 0;
    json_object_set_new(json, "name", rn_json_text(info.name));
    json_object_set_new(json, "library", rn_json_text(info.library));
    json_object_set_new(json, "threads", json_integer(info.threads));
    json_object_set_new(json, "memory_bytes", json_integer((json_int_t)info.memory_bytes));
    return json;
}

static json_t *backend_object(const rn_backend *backend)
{
    json_t *json = json_object(), *operators = json_array(), *devices = json_array();
    int32_t count = 0;
    json_object_set_new(json, "doc", rn_json_text(backend->doc));
    for (const char *const *name = backend->operators; *name; name++)
        json_array_append_new(operators, rn_json_text(*name));
    json_object_set_new(json, "operators", operators);
    if (backend->device_count(&count))
        json_object_set_new(json, "error", rn_json_text(rn_fail_text()));
    for (int32_t i = 0; i < count; i++)
        json_array_append_new(devices, device(backend, i));
    json_object_set_new(json, "devices", devices);
    return json;
}

static json_t *plugin_object(const rn_loaded_plugin *plugin)
{
    json_t *json = json_object(), *blocks = json_array();
    json_object_set_new(json, "name", rn_json_text(plugin->plugin.name));
    json_object_set_new(json, "path", rn_json_text(plugin->path));
    json_object_set_new(json, "version", rn_json_text(plugin->plugin.version));
    json_object_set_new(json, "doc", rn_json_text(plugin->plugin.doc));
    json_object_set_new(json, "abi", json_sprintf("%d.%u", RN_ABI_MAJOR, plugin->plugin.abi_minor));
    if (plugin->plugin.backend)
        json_object_set_new(json, "backend", backend_object(plugin->plugin.backend));
    for (uint32_t i = 0; i < plugin->plugin.n_blocks; i++)
        json_array_append_new(blocks, block_object(&plugin->blocks[i]));
    json_object_set_new(json, "blocks", blocks);
    return json;
}

static json_t *file_object(const rn_plugin_file *file)
{
    json_t *json = json_object(), *blocks = json_array();
    const char *state = file->plugin ? "loaded" : file->refusal ? "refused" : "shadowed";
    json_object_set_new(json, "name", rn_json_text(file->name));
    json_object_set_new(json, "path", rn_json_text(file->path));
    json_object_set_new(json, "state", rn_json_text(state));
    if (file->refusal)
        json_object_set_new(json, "reason", rn_json_text(file->refusal));
    if (file->shadowed_by)
        json_object_set_new(json, "shadowed_by", rn_json_text(file->shadowed_by));
    for (uint32_t i = 0; file->plugin && i < file->plugin->plugin.n_blocks; i++)
        json_array_append_new(blocks, rn_json_text(file->plugin->blocks[i].name));
    json_object_set_new(json, "blocks", blocks);
    if (!file->plugin)
        return json;
    json_object_set_new(json, "version", rn_json_text(file->plugin->plugin.version));
    json_object_set_new(json, "backend", json_boolean(file->plugin->plugin.backend));
    return json;
}

static rn_status dump(FILE *out, json_t *json)
{
    int failed = json_dumpf(json, out, JSON_INDENT(2) | JSON_REAL_PRECISION(12));
    failed |= fputs("\n", out) < 0;
    json_decref(json);
    return failed ? rn_fail(RN_E_IO, "cannot write JSON") : RN_OK;
}

rn_status rn_plugin_json_list(FILE *out, const rn_plugin_scan *scan)
{
    json_t *json = json_object(), *files = json_array(), *layers = json_array();
    json_t *folders = json_array();
    for (int i = 0; scan->folders[i]; i++)
        json_array_append_new(folders, rn_json_text(scan->folders[i]));
    for (int i = 0; i < scan->n_files; i++)
        json_array_append_new(files, file_object(&scan->files[i]));
    for (int i = 0; rn_layers()[i]; i++)
        json_array_append_new(layers, rn_json_text(rn_layers()[i]->name));
    json_object_set_new(json, "abi", json_sprintf("%d.%d", RN_ABI_MAJOR, RN_ABI_MINOR));
    json_object_set_new(json, "folders", folders);
    json_object_set_new(json, "plugins", files);
    json_object_set_new(json, "layers", layers);
    return dump(out, json);
}

rn_status rn_plugin_json_info(FILE *out, const rn_loaded_plugin *plugin)
{
    return dump(out, plugin_object(plugin));
}

rn_status rn_plugin_json_block(FILE *out, const rn_block *block)
{
    return dump(out, block_object(block));
}
