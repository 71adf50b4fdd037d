/* check_channels.c: what transforms of colours can work on. */
#include "data/transforms/check_channels.h"

#include <inttypes.h>

rn_status rn_transform_check_channels(const rn_transform_site *site, const char *name)
{
    if (site->channels == 1 || site->channels == 3)
        return RN_OK;
    return rn_tree_fail(site->node,
                        "%s: the pictures have %" PRId64
                        " channels, expected 1 (grey) or 3 (RGB); remove it from the list",
                        name, site->channels);
}
