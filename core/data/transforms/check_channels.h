/* check_channels.h: refuses pictures that are neither grey nor RGB, for transforms of colours. */
#ifndef RN_CORE_DATA_TRANSFORMS_CHECK_CHANNELS_H
#define RN_CORE_DATA_TRANSFORMS_CHECK_CHANNELS_H

#include "data/transforms/kind.h"

/* RN_E_CONFIG at site->node. */
rn_status rn_transform_check_channels(const rn_transform_site *site, const char *name);

#endif
