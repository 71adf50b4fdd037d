/* zoo.h: a valid plugin; each plugin in the zoo differs from it in one respect. */
#ifndef RN_TESTS_ZOO_H
#define RN_TESTS_ZOO_H

#include <resnet/plugin.h>

static rn_value *zoo_build(rn_graph *g, const rn_attrs *attrs, rn_value *x)
{
    (void)attrs;
    return rn_relu(g, x);
}

static const rn_block zoo_block = {
    .size = sizeof(rn_block),
    .name = "block",
    .doc = "A relu.",
    .source = "none",
    .build = zoo_build,
};
static const rn_block *const zoo_blocks[] = { &zoo_block };

static inline rn_status zoo_fill(rn_plugin *plugin, const char *name)
{
    plugin->abi_minor = RN_ABI_MINOR;
    plugin->name = name;
    plugin->version = "1.0.0";
    plugin->doc = "One of the zoo.";
    plugin->blocks = zoo_blocks;
    plugin->n_blocks = 1;
    return RN_OK;
}

#endif
