/* check.c: checks the structures that a plugin provides and copies them into the host's. */
#include "plugin/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "config/attr.h"
#include "plugin/path.h"

#define MAX_STRUCT_BYTES 65536u /* a larger size is garbage */
#define MAX_BLOCKS 1024u
#define MAX_ATTRS 256u

/* The size of a structure that ends with slot `last`. */
#define END_OF(type, last) ((uint32_t)(offsetof(type, last) + sizeof(((type *)0)->last)))

/* A required slot: not NULL. */
typedef struct slot {
    const char *name;
    size_t offset;
} slot;

/* A structure of the ABI. */
typedef struct layout {
    const char *name;
    uint32_t first_size; /* in the first minor version of this ABI */
    uint32_t host_size;  /* in this program's version */
    const slot *slots;
    size_t n_slots;
} layout;

#define SLOT(type, member)                                                                         \
    {                                                                                              \
#member, offsetof(type, member)                                                            \
    }
#define LAYOUT(type, last, slots)                                                                  \
    {                                                                                              \
#type, END_OF(type, last), sizeof(type), slots, sizeof slots / sizeof slots[0]             \
    }

static const slot plugin_slots[] = {
    SLOT(rn_plugin, name),
    SLOT(rn_plugin, version),
    SLOT(rn_plugin, doc),
};

static const slot block_slots[] = {
    SLOT(rn_block, name),
    SLOT(rn_block, doc),
    SLOT(rn_block, source),
    SLOT(rn_block, build),
};

static const slot backend_slots[] = {
    SLOT(rn_backend, name),
    SLOT(rn_backend, doc),
    SLOT(rn_backend, operators),
    SLOT(rn_backend, device_count),
    SLOT(rn_backend, device_info),
    SLOT(rn_backend, open),
    SLOT(rn_backend, close),
    SLOT(rn_backend, buffer_create),
    SLOT(rn_backend, buffer_destroy),
    SLOT(rn_backend, upload),
    SLOT(rn_backend, download),
    SLOT(rn_backend, query),
    SLOT(rn_backend, prepare),
    SLOT(rn_backend, kernel_destroy),
    SLOT(rn_backend, run),
    SLOT(rn_backend, synchronize),
};

static const slot profile_slots[] = {
    SLOT(rn_profile, start),
    SLOT(rn_profile, stop),
    SLOT(rn_profile, entry),
};

static const slot capture_slots[] = {
    SLOT(rn_capture, begin),
    SLOT(rn_capture, end),
    SLOT(rn_capture, destroy),
    SLOT(rn_capture, launch),
};

static const slot collective_slots[] = {
    SLOT(rn_collective, join),
    SLOT(rn_collective, interrupt),
};

static const layout plugin_layout = LAYOUT(rn_plugin, reserved, plugin_slots);
static const layout block_layout = LAYOUT(rn_block, build, block_slots);
static const layout backend_layout = LAYOUT(rn_backend, context_info, backend_slots);
static const layout profile_layout = LAYOUT(rn_profile, entry, profile_slots);
static const layout capture_layout = LAYOUT(rn_capture, launch, capture_slots);
static const layout collective_layout = LAYOUT(rn_collective, interrupt, collective_slots);

/* Copies as much as both versions of the structure have into `to`, zeroes the rest, and checks the
 * required slots. */
static rn_status copy_checked(void *to, const void *from, const layout *as, const char *what)
{
    uint32_t given;
    memcpy(&given, from, sizeof given);
    if (given < as->first_size || given > MAX_STRUCT_BYTES)
        return rn_fail(RN_E_PLUGIN,
                       "%s: the size of its %s is %u, but should be %u; set it to "
                       "sizeof(%s)",
                       what, as->name, given, as->host_size, as->name);
    memset(to, 0, as->host_size);
    memcpy(to, from, given < as->host_size ? given : as->host_size);
    for (size_t i = 0; i < as->n_slots; i++) {
        void *value;
        memcpy(&value, (const char *)to + as->slots[i].offset, sizeof value);
        if (!value)
            return rn_fail(RN_E_PLUGIN, "%s: slot \"%s\" of its %s is missing", what,
                           as->slots[i].name, as->name);
    }
    return RN_OK;
}

static rn_status check_backend(const rn_backend *given, const char *name, rn_loaded_plugin *out)
{
    rn_status status = copy_checked(&out->backend, given, &backend_layout, "backend");
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

static rn_status check_block(const rn_block *given, const char *plugin, rn_block *out)
{
    char owner[256];
    if (!given)
        return rn_fail(RN_E_PLUGIN, "one of its blocks is NULL");
    rn_status status = copy_checked(out, given, &block_layout, "block");
    if (status)
        return status;
    if (!rn_plugin_path_is_name(out->name))
        return rn_fail(RN_E_PLUGIN,
                       "its block \"%s\" has a wrong name: only a-z, 0-9 and _ are "
                       "allowed",
                       out->name);
    snprintf(owner, sizeof owner, "block %s/%s", plugin, out->name);
    if (out->n_attrs > MAX_ATTRS || (out->n_attrs && !out->attrs))
        return rn_fail(RN_E_PLUGIN, "%s: n_attrs is %u, but there %s", owner, out->n_attrs,
                       out->attrs ? "can be 256 at most" : "is no table");
    return rn_attr_table_check(out->attrs, out->n_attrs, owner);
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

rn_status rn_plugin_check(const rn_plugin *given, const char *name, rn_loaded_plugin *out)
{
    rn_status status = copy_checked(&out->plugin, given, &plugin_layout, "plugin");
    if (status)
        return status;
    if (strcmp(out->plugin.name, name) != 0)
        return rn_fail(RN_E_PLUGIN,
                       "its name is \"%s\", but its file is named \"%s\"; rename the "
                       "file to %s.so",
                       out->plugin.name, name, out->plugin.name);
    if (!out->plugin.backend && !out->plugin.n_blocks)
        return rn_fail(RN_E_PLUGIN, "it provides neither a backend nor blocks");
    if (out->plugin.backend) {
        status = check_backend(out->plugin.backend, name, out);
        if (status)
            return status;
    }
    return out->plugin.n_blocks ? check_blocks(name, out) : RN_OK;
}

rn_status rn_plugin_check_profile(const rn_profile *given, rn_profile *out)
{
    return copy_checked(out, given, &profile_layout, "extension \"" RN_PROFILE_ID "\"");
}

rn_status rn_plugin_check_capture(const rn_capture *given, rn_capture *out)
{
    return copy_checked(out, given, &capture_layout, "extension \"" RN_CAPTURE_ID "\"");
}

rn_status rn_plugin_check_collective(const rn_collective *given, rn_collective *out)
{
    return copy_checked(out, given, &collective_layout, "extension \"" RN_COLLECTIVE_ID "\"");
}
