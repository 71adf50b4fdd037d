/* only.c: a backend that computes with reference.so (whose path is REFERENCE) those operators that
 * ONLY names in the environment, between blanks, and declines all others by name. Epilogues are
 * declined, too, so that a network asks for each operator by itself. */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "zoo.h"

typedef rn_status entry_function(const rn_host *host, rn_plugin *plugin);

static rn_backend inner, outer;
static const rn_host *host_table;

static int has_epilogue(const rn_op_desc *op)
{
    if (strcmp(op->op, "conv2d") == 0)
        return ((const rn_conv2d_attrs *)op->attrs)->epilogue != 0;
    if (strcmp(op->op, "batch_norm") == 0)
        return ((const rn_batch_norm_attrs *)op->attrs)->epilogue != 0;
    return 0;
}

static rn_status query_named(rn_context *context, const rn_op_desc *op, rn_op_answer *answer)
{
    char word[128];
    const char *names = getenv("ONLY");
    snprintf(word, sizeof word, " %s ", op->op);
    if (!names || !strstr(names, word))
        return host_table->fail(RN_E_UNSUPPORTED, "only has no %s", op->op);
    if (has_epilogue(op))
        return host_table->fail(RN_E_UNSUPPORTED, "only has no epilogues");
    return inner.query(context, op, answer);
}

rn_status RN_PLUGIN_ENTRY(const rn_host *host, rn_plugin *plugin)
{
    rn_plugin behind = { .size = sizeof behind };
    void *library = dlopen(REFERENCE, RTLD_NOW | RTLD_LOCAL);
    entry_function *enter = library ? (entry_function *)dlsym(library, RN_PLUGIN_ENTRY_NAME) : NULL;
    if (!enter)
        return host->fail(RN_E_PLUGIN, "%s", dlerror());
    rn_status status = enter(host, &behind);
    if (status)
        return status;
    host_table = host;
    outer = inner = *behind.backend;
    outer.name = "only";
    outer.query = query_named;
    zoo_fill(plugin, "only");
    plugin->backend = &outer;
    return RN_OK;
}
