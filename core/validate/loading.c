/* loading.c: tests of how a plugin is loaded. That it leaves the process as it is, and that its
 * tables are right, is checked by the loader at each start (core/plugin). */
#include "validate/loading.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "base/status.h"
#include "validate/entry.h"
#include "validate/guarded.h"
#include "validate/hooks.h"

/* The size of a structure that ends with slot `last`. */
#define END_OF(type, last) (offsetof(type, last) + sizeof(((type *)0)->last))

/* Those of the first minor version of this ABI. */
#define OLDEST_MINOR 6
#define OLDEST_HOST END_OF(rn_host, is_trusted)
#define OLDEST_PLUGIN END_OF(rn_plugin, reserved)

#define MOST_ALLOCATIONS 1000

/* A backend without a device here cannot be tested. */
static bool has_device(rn_checking *c)
{
    int32_t count = 0;
    if (!c->plugin->plugin.backend)
        return false;
    rn_status status = c->plugin->backend.device_count(&count);
    if (status || count <= 0)
        rn_check_skip(c, "its backend has no device here, so it is not tested%s%s",
                      status ? ": " : "", status ? rn_fail_text() : "");
    return !status && count > 0;
}

rn_status rn_check_loads(rn_checking *c)
{
    rn_check_has(c, RN_CHECK_LOADING, 1);
    rn_check_has(c, RN_CHECK_BLOCK, c->plugin->plugin.n_blocks);
    rn_check_has(c, RN_CHECK_OPERATOR, c->plugin->n_ops);
    rn_check_has(c, RN_CHECK_BACKEND, has_device(c));
    rn_check_has(c, RN_CHECK_TRANSPORT, c->plugin->transport.size);
    return RN_OK;
}

/* ---- A second call ---- */

static bool same_text(const char *a, const char *b)
{
    return a == b || (a && b && strcmp(a, b) == 0);
}

static void compare(rn_checking *c, const rn_plugin *again)
{
    const rn_plugin *first = &c->plugin->plugin;
    if (!same_text(first->name, again->name) || !same_text(first->version, again->version) ||
        !same_text(first->doc, again->doc))
        rn_check_found(c, "a second call of its entry gives other texts");
    if (first->n_blocks != again->n_blocks || !first->backend != !again->backend)
        rn_check_found(c, "a second call of its entry gives other blocks or another backend");
    else
        for (uint32_t i = 0; i < first->n_blocks; i++)
            if (!again->blocks || !again->blocks[i] ||
                !same_text(first->blocks[i]->name, again->blocks[i]->name) ||
                first->blocks[i]->build != again->blocks[i]->build)
                rn_check_found(c, "a second call of its entry gives another block %s",
                               first->blocks[i]->name);
}

rn_status rn_check_twice(rn_checking *c)
{
    rn_plugin_entry *entry = NULL;
    rn_status status = rn_entry_find(c->path, &entry);
    rn_plugin *again = rn_guarded(sizeof *again);
    if (status || !again)
        return status ? status : rn_fail(RN_E_NOMEM, "no memory");
    again->size = sizeof *again;
    status = entry(rn_host_table(), again);
    if (status)
        return rn_fail_at(status, "its entry fails when it is called a second time");
    compare(c, again);
    return RN_OK;
}

/* ---- An older program ---- */

/* Code that keeps the table is run, too. */
static void use_backend(const rn_checking *c)
{
    const rn_backend *backend = c->plugin->plugin.backend;
    const rn_open_params params = { .size = sizeof params,
                                    .precision = RN_PRECISION_FP32,
                                    .device = "no device has this name" };
    rn_context *context = NULL;
    if (backend && backend->open(&params, &context) == RN_OK && context)
        backend->close(context);
    rn_fail_clear();
}

rn_status rn_check_older(rn_checking *c)
{
    rn_plugin_entry *entry = NULL;
    rn_status status = rn_entry_find(c->path, &entry);
    rn_host *host = rn_guarded_copy(rn_host_table(), OLDEST_HOST);
    rn_plugin *plugin = rn_guarded(OLDEST_PLUGIN);
    if (status || !host || !plugin)
        return status ? status : rn_fail(RN_E_NOMEM, "no memory");
    host->size = OLDEST_HOST;
    host->abi_minor = OLDEST_MINOR;
    plugin->size = OLDEST_PLUGIN;
    rn_check_at(c, "its entry with the shorter tables of ABI %d.%d, whose size it has to heed",
                RN_ABI_MAJOR, OLDEST_MINOR);
    rn_fail_clear();
    status = entry(host, plugin);
    if (status && !rn_fail_text()[0])
        rn_check_found(c, "its entry refuses a program of ABI %d.%d without a reason", RN_ABI_MAJOR,
                       OLDEST_MINOR);
    rn_check_at(c, "its functions with the shorter host table of ABI %d.%d", RN_ABI_MAJOR,
                OLDEST_MINOR);
    if (!status)
        use_backend(c);
    return RN_OK;
}

/* ---- No memory ---- */

rn_status rn_check_entry_memory(rn_checking *c)
{
    rn_plugin_entry *entry = NULL;
    rn_status status = rn_entry_find(c->path, &entry);
    if (!status)
        status = rn_hooks_install(c->path);
    if (status == RN_E_UNSUPPORTED) {
        rn_check_skip(c, "%s", rn_fail_text());
        return RN_OK;
    }
    for (int64_t i = 1; i < MOST_ALLOCATIONS && !status; i++) {
        rn_plugin given = { .size = sizeof given };
        rn_check_at(c, "its entry, whose allocation %lld fails", (long long)i);
        rn_fail_clear();
        rn_hooks_fail_at(i);
        rn_status found = entry(rn_host_table(), &given);
        bool has_failed = rn_hooks_calls() >= i;
        rn_hooks_fail_at(0);
        if (!has_failed)
            break;
        if (found && found != RN_E_NOMEM)
            rn_check_found(c, "where allocation %lld fails, its entry returns %s, not RN_E_NOMEM",
                           (long long)i, rn_status_name(found));
    }
    return status;
}
