/* plugin_text.c: the output of resnet-plugin as text. */
#include "cli/plugin_text.h"

#include <string.h>
#include <unistd.h>

#include "base/status.h"
#include "base/text.h"
#include "config/attr.h"
#include "plugin/layers.h"

#define TEXT_BYTES 128

static void show_gifts(FILE *out, const rn_loaded_plugin *plugin)
{
    const char *comma = plugin->plugin.backend ? ", " : "";
    if (plugin->plugin.backend)
        rn_print(out, "backend");
    if (plugin->plugin.n_blocks)
        rn_print(out, "%sblocks", comma);
    for (uint32_t i = 0; i < plugin->plugin.n_blocks; i++)
        rn_print(out, "%s%s", i ? ", " : " ", plugin->blocks[i].name);
    rn_print(out, "\n");
}

static void show_file(FILE *out, const rn_plugin_file *file)
{
    if (file->plugin) {
        rn_print(out, "%-12s %-8s ", file->name, file->plugin->plugin.version);
        show_gifts(out, file->plugin);
        rn_print(out, "%-21s %s\n", "", file->path);
    } else if (file->shadowed_by) {
        rn_print(out, "%-12s shadowed %s\n%-21s by %s\n", file->name, file->path, "",
                 file->shadowed_by);
    } else {
        rn_print(out, "%-12s REFUSED  %s\n", file->name, file->refusal);
    }
}

void rn_plugin_text_list(FILE *out, const rn_plugin_scan *scan)
{
    const rn_block *const *layers = rn_layers();
    for (int i = 0; i < scan->n_files; i++)
        show_file(out, &scan->files[i]);
    if (scan->n_files == 0)
        rn_print(out, "No plugins.\n");
    rn_print(out, "\nBuilt-in layers: ");
    for (int i = 0; layers[i]; i++)
        rn_print(out, "%s%s", i ? ", " : "", layers[i]->name);
    rn_print(out, "\nSearched, in this order:\n");
    for (int i = 0; scan->folders[i]; i++)
        rn_print(out, "  %s%s\n", scan->folders[i],
                 access(scan->folders[i], F_OK) ? " (does not exist)" : "");
}

static const char *type_name(int32_t type)
{
    static const char *const names[] = { "?",      "integer", "number", "bool",
                                         "choice", "string",  "pair" };
    return type > 0 && type <= RN_ATTR_PAIR ? names[type] : names[0];
}

/* "1..4096 channels", "A|B|C", or nothing. */
static void print_range(const rn_attr *row, char text[TEXT_BYTES])
{
    const char *unit = row->unit ? row->unit : "";
    if (row->choices)
        snprintf(text, TEXT_BYTES, "%s", row->choices);
    else if (row->min != 0 || row->max != 0)
        snprintf(text, TEXT_BYTES, "%.10g..%.10g%s%s", row->min, row->max, *unit ? " " : "", unit);
    else
        snprintf(text, TEXT_BYTES, "%s", unit);
}

static void show_row(FILE *out, const rn_attr *row)
{
    char range[TEXT_BYTES], value[TEXT_BYTES];
    print_range(row, range);
    if (row->default_text)
        snprintf(value, sizeof value, "= %s", row->default_text);
    else
        snprintf(value, sizeof value, "required");
    rn_print(out, "    %-16s %-8s %-10s %-24s %s\n", row->name, type_name(row->type), value, range,
             row->help ? row->help : "");
}

void rn_plugin_text_block(FILE *out, const rn_block *block, const char *owner)
{
    rn_print(out, "  %s%s: %s\n    Source: %s.\n", owner, block->name, block->doc, block->source);
    for (uint32_t i = 0; i < block->n_attrs; i++)
        show_row(out, rn_attr_row(block->attrs, i));
}

/* Prints each device after the name by which --backend selects it. */
static void show_devices(FILE *out, const rn_backend *backend)
{
    int32_t count = 0;
    if (backend->device_count(&count)) {
        rn_print(out, "  devices: unknown: %s\n", rn_fail_text());
        return;
    }
    rn_print(out, "  devices:%s\n", count > 0 ? "" : " none");
    for (int32_t i = 0; i < count; i++) {
        rn_device_info info = { .size = sizeof info };
        if (backend->device_info(i, &info)) {
            rn_print(out, "    %s:%d: %s\n", backend->name, (int)i, rn_fail_text());
            continue;
        }
        info.name[sizeof info.name - 1] = info.library[sizeof info.library - 1] = 0;
        rn_print(out, "    %s:%d: %s, %s", backend->name, (int)i, info.name, info.library);
        if (info.threads)
            rn_print(out, ", %d threads", (int)info.threads);
        if (info.memory_bytes)
            rn_print(out, ", %.1f GiB", (double)info.memory_bytes / (1 << 30));
        rn_print(out, "\n");
    }
}

static void show_backend(FILE *out, const rn_backend *backend)
{
    rn_print(out, "\nBackend: %s\n  operators:", backend->doc);
    int column = 12;
    for (const char *const *name = backend->operators; *name; name++) {
        column += (int)strlen(*name) + 1;
        if (column > 90)
            rn_print(out, "\n            ");
        if (column > 90)
            column = 13 + (int)strlen(*name);
        rn_print(out, " %s", *name);
    }
    rn_print(out, "\n");
    show_devices(out, backend);
}

void rn_plugin_text_info(FILE *out, const rn_loaded_plugin *plugin)
{
    char owner[TEXT_BYTES];
    rn_print(out, "%s %s: %s\n  file: %s\n  ABI: %d.%u\n", plugin->plugin.name,
             plugin->plugin.version, plugin->plugin.doc, plugin->path, RN_ABI_MAJOR,
             plugin->plugin.abi_minor);
    snprintf(owner, sizeof owner, "%s/", plugin->plugin.name);
    if (plugin->plugin.backend)
        show_backend(out, plugin->plugin.backend);
    if (plugin->plugin.n_blocks)
        rn_print(out, "\nBlocks\n");
    for (uint32_t i = 0; i < plugin->plugin.n_blocks; i++)
        rn_plugin_text_block(out, &plugin->blocks[i], owner);
}
