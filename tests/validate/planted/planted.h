/* planted.h: one mistake at a time. A plugin is compiled with -DMISTAKE=NAME, a word of its
 * list, and -DPLANT_NAME. */
#ifndef RN_TESTS_PLANTED_H
#define RN_TESTS_PLANTED_H

#include <resnet/plugin.h>

#define IS(mistake) (MISTAKE == (mistake))

static inline rn_status planted_fill(rn_plugin *plugin)
{
    plugin->abi_minor = RN_ABI_MINOR;
    plugin->name = "planted";
    plugin->version = "1.0.0";
    plugin->doc = "A plugin with one mistake.";
    return RN_OK;
}

#endif
