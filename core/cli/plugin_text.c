/* plugin_text.c: what a plugin offers (probe/describe.h), as text. */
#include "cli/plugin_text.h"

#include <string.h>

#include "base/text.h"
#include "cli/plugin_json.h"

#define TEXT_BYTES 256
#define LINE_COLUMNS 90

static const char *text_of(const json_t *object, const char *key)
{
    return rn_plugin_json_text(object, key);
}

/* "1..4096 channels", "A|B|C", or nothing. */
static void print_range(const json_t *row, char text[TEXT_BYTES])
{
    const json_t *choices = json_object_get(row, "choices"), *min = json_object_get(row, "min");
    const char *unit = text_of(row, "unit");
    size_t length = 0;
    snprintf(text, TEXT_BYTES, "%s", unit);
    for (size_t i = 0; i < json_array_size(choices) && length < TEXT_BYTES; i++)
        length += (size_t)snprintf(text + length, TEXT_BYTES - length, "%s%s", i ? "|" : "",
                                   json_string_value(json_array_get(choices, i)));
    if (min)
        snprintf(text, TEXT_BYTES, "%.10g..%.10g%s%s", json_number_value(min),
                 json_number_value(json_object_get(row, "max")), *unit ? " " : "", unit);
}

static void show_row(FILE *out, const json_t *row)
{
    char range[TEXT_BYTES], value[TEXT_BYTES];
    print_range(row, range);
    if (json_is_true(json_object_get(row, "required")))
        snprintf(value, sizeof value, "required");
    else
        snprintf(value, sizeof value, "= %s", text_of(row, "default"));
    rn_print(out, "    %-16s %-8s %-10s %-24s %s\n", text_of(row, "name"), text_of(row, "type"),
             value, range, text_of(row, "help"));
}

void rn_plugin_text_block(FILE *out, const json_t *block, const char *owner)
{
    const json_t *rows = json_object_get(block, "attributes");
    rn_print(out, "  %s%s: %s\n    Source: %s.\n", owner, text_of(block, "name"),
             text_of(block, "doc"), text_of(block, "source"));
    for (size_t i = 0; i < json_array_size(rows); i++)
        show_row(out, json_array_get(rows, i));
    rn_print(out, "    In network.layers of a cfg:\n      %s\n", text_of(block, "cfg"));
}

/* What is noteworthy of an operator. */
static void show_traits(FILE *out, const json_t *op)
{
    const json_t *kernels = json_object_get(op, "kernels");
    rn_print(out, "    %lld input%s%s, %lld output%s; kernels:",
             json_integer_value(json_object_get(op, "inputs")),
             json_integer_value(json_object_get(op, "inputs")) == 1 ? "" : "s",
             json_is_true(json_object_get(op, "inputs_repeat")) ? " or more" : "",
             json_integer_value(json_object_get(op, "outputs")),
             json_integer_value(json_object_get(op, "outputs")) == 1 ? "" : "s");
    for (size_t i = 0; i < json_array_size(kernels); i++)
        rn_print(out, "%s %s", i ? "," : "", json_string_value(json_array_get(kernels, i)));
    if (!json_is_true(json_object_get(op, "differentiable")))
        rn_print(out, "; no gradient");
    if (!json_is_true(json_object_get(op, "deterministic")))
        rn_print(out, "; not deterministic");
    if (json_is_true(json_object_get(op, "couples_samples")))
        rn_print(out, "; on one device only");
    rn_print(out, "\n");
}

static void show_op(FILE *out, const json_t *op, const char *owner)
{
    const json_t *rows = json_object_get(op, "attributes");
    rn_print(out, "  %s%s: %s\n    Source: %s.\n", owner, text_of(op, "name"), text_of(op, "doc"),
             text_of(op, "source"));
    show_traits(out, op);
    for (size_t i = 0; i < json_array_size(rows); i++)
        show_row(out, json_array_get(rows, i));
}

static void show_device(FILE *out, const json_t *device)
{
    long long threads = json_integer_value(json_object_get(device, "threads"));
    double bytes = json_number_value(json_object_get(device, "memory_bytes"));
    rn_print(out, "    %s: ", text_of(device, "backend"));
    if (json_object_get(device, "error")) {
        rn_print(out, "%s\n", text_of(device, "error"));
        return;
    }
    rn_print(out, "%s, %s", text_of(device, "name"), text_of(device, "library"));
    if (threads)
        rn_print(out, ", %lld thread%s", threads, threads == 1 ? "" : "s");
    if (bytes > 0)
        rn_print(out, ", %.1f GiB", bytes / (1 << 30));
    rn_print(out, "\n");
}

static void show_libraries(FILE *out, const json_t *libraries)
{
    if (json_array_size(libraries))
        rn_print(out, "\nLibraries\n");
    if (json_is_object(libraries))
        rn_print(out, "\nLibraries: unknown: %s\n", text_of(libraries, "error"));
    for (size_t i = 0; i < json_array_size(libraries); i++) {
        const json_t *library = json_array_get(libraries, i);
        const char *version = text_of(library, "version"), *path = text_of(library, "path");
        rn_print(out, "  %s: %s%s%s%s\n", text_of(library, "name"),
                 *path ? "" : "not found: ", *path ? version : text_of(library, "error"),
                 *version ? ", " : "", path);
    }
}

static void show_backend(FILE *out, const json_t *backend, const json_t *devices)
{
    const json_t *operators = json_object_get(backend, "operators");
    size_t column = 12;
    rn_print(out, "\nBackend: %s\n  operators:", text_of(backend, "doc"));
    for (size_t i = 0; i < json_array_size(operators); i++) {
        const char *name = json_string_value(json_array_get(operators, i));
        column += strlen(name) + 1;
        if (column > LINE_COLUMNS) {
            rn_print(out, "\n            ");
            column = 13 + strlen(name);
        }
        rn_print(out, " %s", name);
    }
    if (json_is_object(devices)) {
        rn_print(out, "\n  devices: unknown: %s\n", text_of(devices, "error"));
        return;
    }
    rn_print(out, "\n  devices:%s\n", json_array_size(devices) ? "" : " none");
    for (size_t i = 0; i < json_array_size(devices); i++)
        show_device(out, json_array_get(devices, i));
}

void rn_plugin_text_plugin(FILE *out, const json_t *plugin, const json_t *devices)
{
    const json_t *backend = json_object_get(plugin, "backend");
    const json_t *blocks = json_object_get(plugin, "blocks");
    const json_t *operators = json_object_get(plugin, "operators");
    const json_t *transport = json_object_get(plugin, "transport");
    char owner[TEXT_BYTES];
    rn_print(out, "%s %s: %s\n  file: %s\n  ABI: %s\n", text_of(plugin, "name"),
             text_of(plugin, "version"), text_of(plugin, "doc"), text_of(plugin, "path"),
             text_of(plugin, "abi"));
    snprintf(owner, sizeof owner, "%s/", text_of(plugin, "name"));
    show_libraries(out, json_object_get(plugin, "libraries"));
    if (backend)
        show_backend(out, backend, devices);
    if (transport)
        rn_print(out, "\nTransport between processes\n  library: %s\n",
                 text_of(transport, "library"));
    if (json_array_size(blocks))
        rn_print(out, "\nBlocks\n");
    for (size_t i = 0; i < json_array_size(blocks); i++)
        rn_plugin_text_block(out, json_array_get(blocks, i), owner);
    if (json_array_size(operators))
        rn_print(out, "\nOperators that blocks can call\n");
    for (size_t i = 0; i < json_array_size(operators); i++)
        show_op(out, json_array_get(operators, i), owner);
}
