/* check.c: checks the structures that a plugin provides and copies them into the host's. */
#include "plugin/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "config/attr.h"
#include "plugin/check_ops.h"
#include "plugin/path.h"
#include "plugin/table.h"

#define MAX_BLOCKS 1024u

static const rn_table_slot plugin_slots[] = {
    RN_TABLE_SLOT(rn_plugin, name),
    RN_TABLE_SLOT(rn_plugin, version),
    RN_TABLE_SLOT(rn_plugin, doc),
};

static const rn_table_slot block_slots[] = {
    RN_TABLE_SLOT(rn_block, name),
    RN_TABLE_SLOT(rn_block, doc),
    RN_TABLE_SLOT(rn_block, source),
    RN_TABLE_SLOT(rn_block, build),
};

static const rn_table_slot backend_slots[] = {
    RN_TABLE_SLOT(rn_backend, name),
    RN_TABLE_SLOT(rn_backend, doc),
    RN_TABLE_SLOT(rn_backend, operators),
    RN_TABLE_SLOT(rn_backend, device_count),
    RN_TABLE_SLOT(rn_backend, device_info),
    RN_TABLE_SLOT(rn_backend, open),
    RN_TABLE_SLOT(rn_backend, close),
    RN_TABLE_SLOT(rn_backend, buffer_create),
    RN_TABLE_SLOT(rn_backend, buffer_destroy),
    RN_TABLE_SLOT(rn_backend, upload),
    RN_TABLE_SLOT(rn_backend, download),
    RN_TABLE_SLOT(rn_backend, query),
    RN_TABLE_SLOT(rn_backend, prepare),
    RN_TABLE_SLOT(rn_backend, kernel_destroy),
    RN_TABLE_SLOT(rn_backend, run),
    RN_TABLE_SLOT(rn_backend, synchronize),
};

static const rn_table_slot profile_slots[] = {
    RN_TABLE_SLOT(rn_profile, start),
    RN_TABLE_SLOT(rn_profile, stop),
    RN_TABLE_SLOT(rn_profile, entry),
};

static const rn_table_slot capture_slots[] = {
    RN_TABLE_SLOT(rn_capture, begin),
    RN_TABLE_SLOT(rn_capture, end),
    RN_TABLE_SLOT(rn_capture, destroy),
    RN_TABLE_SLOT(rn_capture, launch),
};

static const rn_table_slot collective_slots[] = {
    RN_TABLE_SLOT(rn_collective, join),
    RN_TABLE_SLOT(rn_collective, interrupt),
};

static const rn_table_slot host_memory_slots[] = {
    RN_TABLE_SLOT(rn_host_memory, pointer),
    RN_TABLE_SLOT(rn_host_memory, threads),
    RN_TABLE_SLOT(rn_host_memory, parallel),
};

static const rn_table_slot pinned_memory_slots[] = {
    RN_TABLE_SLOT(rn_pinned_memory, allocate),
    RN_TABLE_SLOT(rn_pinned_memory, release),
    RN_TABLE_SLOT(rn_pinned_memory, upload),
};

static const rn_table_slot rank_sums_slots[] = {
    RN_TABLE_SLOT(rn_rank_sums, set),
};

static const rn_table_slot source_kernel_slots[] = {
    RN_TABLE_SLOT(rn_source_kernel, prepare),
};

static const rn_table_slot transport_slots[] = {
    RN_TABLE_SLOT(rn_transport, library),   RN_TABLE_SLOT(rn_transport, open),
    RN_TABLE_SLOT(rn_transport, close),     RN_TABLE_SLOT(rn_transport, abort),
    RN_TABLE_SLOT(rn_transport, broadcast), RN_TABLE_SLOT(rn_transport, all_reduce),
    RN_TABLE_SLOT(rn_transport, test),      RN_TABLE_SLOT(rn_transport, post),
    RN_TABLE_SLOT(rn_transport, poll),
};

static const rn_table plugin_table = RN_TABLE(rn_plugin, reserved, plugin_slots);
static const rn_table block_table = RN_TABLE(rn_block, build, block_slots);
static const rn_table backend_table = RN_TABLE(rn_backend, context_info, backend_slots);
static const rn_table profile_table = RN_TABLE(rn_profile, entry, profile_slots);
static const rn_table capture_table = RN_TABLE(rn_capture, launch, capture_slots);
static const rn_table collective_table = RN_TABLE(rn_collective, interrupt, collective_slots);
static const rn_table host_memory_table = RN_TABLE(rn_host_memory, parallel, host_memory_slots);
static const rn_table pinned_memory_table = RN_TABLE(rn_pinned_memory, upload, pinned_memory_slots);
static const rn_table rank_sums_table = RN_TABLE(rn_rank_sums, set, rank_sums_slots);
static const rn_table source_kernel_table =
    RN_TABLE(rn_source_kernel, prepare, source_kernel_slots);
static const rn_table transport_table = RN_TABLE(rn_transport, poll, transport_slots);

static rn_status check_backend(const rn_backend *given, const char *name, rn_loaded_plugin *out)
{
    rn_status status = rn_table_copy(&out->backend, given, &backend_table, "backend");
    if (status)
        return status;
    if (strcmp(out->backend.name, name) != 0)
        return rn_fail(RN_E_PLUGIN,
                       "its backend is named \"%s\"; it must be named \"%s\", as "
                       "the file is",
                       out->backend.name, name);
    out->plugin.backend = &out->backend;
    return RN_OK;
}

static rn_status check_attr_names(const rn_block *block, const char *owner)
{
    for (uint32_t i = 0; i < block->n_attrs; i++)
        for (const char *const *key = rn_attr_entry_keys; *key; key++)
            if (strcmp(rn_attr_row(block->attrs, i)->name, *key) == 0)
                return rn_fail(RN_E_PLUGIN,
                               "%s: an attribute is called \"%s\", which is a key of every layer; "
                               "give it another name",
                               owner, *key);
    return RN_OK;
}

static rn_status check_block(const rn_block *given, const char *plugin, rn_block *out)
{
    char owner[256];
    if (!given)
        return rn_fail(RN_E_PLUGIN, "one of its blocks is NULL");
    rn_status status = rn_table_copy(out, given, &block_table, "block");
    if (status)
        return status;
    if (!rn_plugin_path_is_name(out->name))
        return rn_fail(RN_E_PLUGIN,
                       "its block \"%s\" has a wrong name: only a-z, 0-9 and _ are "
                       "allowed",
                       out->name);
    snprintf(owner, sizeof owner, "block %s/%s", plugin, out->name);
    if (out->n_attrs > RN_MAX_ATTRS || (out->n_attrs && !out->attrs))
        return rn_fail(RN_E_PLUGIN, "%s: n_attrs is %u, but there %s", owner, out->n_attrs,
                       out->attrs ? "can be 256 at most" : "is no table");
    status = rn_attr_table_check(out->attrs, out->n_attrs, owner);
    return status ? status : check_attr_names(out, owner);
}

static rn_status check_blocks(const char *name, rn_loaded_plugin *out)
{
    uint32_t count = out->plugin.n_blocks;
    if (count > MAX_BLOCKS || !out->plugin.blocks)
        return rn_fail(RN_E_PLUGIN, "its n_blocks is %u, but there %s", count,
                       out->plugin.blocks ? "can be 1024 at most" : "is no list");
    out->blocks = calloc(count, sizeof *out->blocks);
    if (!out->blocks)
        return rn_fail(RN_E_NOMEM, "no memory for its blocks");
    for (uint32_t i = 0; i < count; i++) {
        rn_status status = check_block(out->plugin.blocks[i], name, &out->blocks[i]);
        if (status)
            return status;
        for (uint32_t k = 0; k < i; k++)
            if (strcmp(out->blocks[i].name, out->blocks[k].name) == 0)
                return rn_fail(RN_E_PLUGIN, "it has two blocks called \"%s\"", out->blocks[i].name);
    }
    return RN_OK;
}

/* Each kind that the plugin provides. */
static rn_status check_provided(const rn_plugin_extensions *extensions, const char *name,
                                rn_loaded_plugin *out)
{
    rn_status status = RN_OK;
    if (out->plugin.backend)
        status = check_backend(out->plugin.backend, name, out);
    if (!status && out->plugin.n_blocks)
        status = check_blocks(name, out);
    if (!status && extensions->ops)
        status = rn_plugin_check_ops(extensions->ops, out);
    if (!status && extensions->transport)
        status = rn_table_copy(&out->transport, extensions->transport, &transport_table,
                               "extension \"" RN_TRANSPORT_ID "\"");
    return status;
}

rn_status rn_plugin_check(const rn_plugin *given, const rn_plugin_extensions *extensions,
                          const char *name, rn_loaded_plugin *out)
{
    rn_status status = rn_table_copy(&out->plugin, given, &plugin_table, "plugin");
    if (status)
        return status;
    if (strcmp(out->plugin.name, name) != 0)
        return rn_fail(RN_E_PLUGIN,
                       "its name is \"%s\", but its file is named \"%s\"; rename the "
                       "file to %s.so",
                       out->plugin.name, name, out->plugin.name);
    if (!out->plugin.version[0])
        return rn_fail(RN_E_PLUGIN, "its version is empty; give one, such as \"1.0\"");
    if (!out->plugin.backend && !out->plugin.n_blocks && !extensions->ops && !extensions->transport)
        return rn_fail(RN_E_PLUGIN,
                       "it provides neither a backend nor blocks, operators or a transport");
    return check_provided(extensions, name, out);
}

rn_status rn_plugin_check_profile(const rn_profile *given, rn_profile *out)
{
    return rn_table_copy(out, given, &profile_table, "extension \"" RN_PROFILE_ID "\"");
}

rn_status rn_plugin_check_capture(const rn_capture *given, rn_capture *out)
{
    return rn_table_copy(out, given, &capture_table, "extension \"" RN_CAPTURE_ID "\"");
}

rn_status rn_plugin_check_collective(const rn_collective *given, rn_collective *out)
{
    return rn_table_copy(out, given, &collective_table, "extension \"" RN_COLLECTIVE_ID "\"");
}

rn_status rn_plugin_check_host_memory(const rn_host_memory *given, rn_host_memory *out)
{
    return rn_table_copy(out, given, &host_memory_table, "extension \"" RN_HOST_MEMORY_ID "\"");
}

rn_status rn_plugin_check_pinned_memory(const rn_pinned_memory *given, rn_pinned_memory *out)
{
    return rn_table_copy(out, given, &pinned_memory_table, "extension \"" RN_PINNED_MEMORY_ID "\"");
}

rn_status rn_plugin_check_rank_sums(const rn_rank_sums *given, rn_rank_sums *out)
{
    return rn_table_copy(out, given, &rank_sums_table, "extension \"" RN_RANK_SUMS_ID "\"");
}

rn_status rn_plugin_check_source_kernel(const rn_source_kernel *given, rn_source_kernel *out)
{
    return rn_table_copy(out, given, &source_kernel_table, "extension \"" RN_SOURCE_KERNEL_ID "\"");
}
