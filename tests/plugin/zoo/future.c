/* future.c: a plugin of a later minor version, whose structures have more slots. */
#include <string.h>

#include "zoo.h"

typedef struct future_plugin {
    rn_plugin known;
    const char *added[2];
} future_plugin;

typedef struct future_block {
    rn_block known;
    const char *added[2];
} future_block;

static const future_block block = {
    .known = { .size = sizeof(future_block),
               .name = "block",
               .doc = "A relu.",
               .source = "none",
               .build = zoo_build },
    .added = { "x", "y" },
};
static const rn_block *const blocks[] = { &block.known };

rn_status RN_PLUGIN_ENTRY(const rn_host *host, rn_plugin *plugin)
{
    (void)host;
    future_plugin filled = { .added = { "x", "y" } };
    zoo_fill(&filled.known, "future");
    filled.known.size = sizeof filled;
    filled.known.blocks = blocks;
    memcpy(plugin, &filled, sizeof filled);
    return RN_OK;
}
