/* changed.c: a plugin ZOO_NAME that is valid but for one statement: ZOO_EARLY runs in its
 * constructor, ZOO_ENTRY at the end of its entry, ZOO_BUILD in its block's build; ZOO_ROW is the
 * row of its block's attribute table; ZOO_TRANSPORT gives it a transport, too, and runs after. */
#include <fenv.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "zoo.h"

#ifndef ZOO_EARLY
#define ZOO_EARLY
#endif
#ifndef ZOO_ENTRY
#define ZOO_ENTRY
#endif
#ifndef ZOO_BUILD
#define ZOO_BUILD
#endif
#ifndef ZOO_ROW
#define ZOO_ROW RN_ATTR_ROW(INT, "width", "1", 1, 9, "", NULL, "Of nothing.")
#endif

static rn_value *build(rn_graph *g, const rn_attrs *attrs, rn_value *x)
{
    (void)attrs;
    ZOO_BUILD;
    return rn_relu(g, x);
}

static rn_attr rows[] = { ZOO_ROW };
static rn_block block = {
    .size = sizeof(rn_block),
    .name = "block",
    .doc = "A relu.",
    .source = "none",
    .attrs = rows,
    .n_attrs = 1,
    .build = build,
};
static const rn_block *blocks[] = { &block, &block };

#ifdef ZOO_TRANSPORT
#include <resnet/transport.h>

static const char *library(void)
{
    return "none";
}

static void nothing(void)
{
}

/* Its functions are never called. */
static rn_transport transport = {
    .size = sizeof(rn_transport),
    .library = library,
    .open = (void *)nothing,
    .close = (void *)nothing,
    .abort = (void *)nothing,
    .broadcast = (void *)nothing,
    .all_reduce = (void *)nothing,
    .test = (void *)nothing,
    .post = (void *)nothing,
    .poll = (void *)nothing,
};

static const void *extension(const char *id)
{
    return strcmp(id, RN_TRANSPORT_ID) == 0 ? &transport : NULL;
}
#endif

__attribute__((unused)) static volatile int zero;

/* Uses more stack than there is. */
__attribute__((unused, noinline)) static int recurse(int depth)
{
    volatile char much[1 << 16];
    much[0] = (char)depth;
    return zero ? depth : recurse(depth + 1) + much[0];
}

__attribute__((constructor)) static void begin(void)
{
    ZOO_EARLY;
}

rn_status RN_PLUGIN_ENTRY(const rn_host *host, rn_plugin *plugin)
{
    (void)host;
    zoo_fill(plugin, ZOO_NAME);
    plugin->blocks = blocks;
#ifdef ZOO_TRANSPORT
    plugin->extension = extension;
    ZOO_TRANSPORT;
#endif
    ZOO_ENTRY;
    return RN_OK;
}
