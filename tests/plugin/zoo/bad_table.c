/* bad_table.c: a plugin with an attribute whose default is out of range. */
#include "zoo.h"

static const rn_attr attrs[] = {
    RN_ATTR_ROW(INT, "width", "0", 1, 9, "", NULL, "Too small by default."),
};
static const rn_block block = {
    .size = sizeof(rn_block),
    .n_attrs = 1,
    .name = "block",
    .doc = "A relu.",
    .source = "none",
    .attrs = attrs,
    .build = zoo_build,
};
static const rn_block *const blocks[] = { &block };

rn_status RN_PLUGIN_ENTRY(const rn_host *host, rn_plugin *plugin)
{
    (void)host;
    zoo_fill(plugin, "bad_table");
    plugin->blocks = blocks;
    return RN_OK;
}
