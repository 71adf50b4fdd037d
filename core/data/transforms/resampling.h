/* resampling.h: the attributes that transforms which resize have in common. */
#ifndef RN_CORE_DATA_TRANSFORMS_RESAMPLING_H
#define RN_CORE_DATA_TRANSFORMS_RESAMPLING_H

#include "config/attr.h"
#include "data/resample.h"

#define RN_RESAMPLING_ROWS                                                                         \
    RN_ATTR_ROW(CHOICE, "interpolation", "bilinear", 0, 0, "", "nearest|box|bilinear|bicubic",     \
                "the filter, as Pillow has it"),                                                   \
        RN_ATTR_ROW(BOOL, "antialias", "true", 0, 0, "", NULL,                                     \
                    "widen the filter when shrinking, as Pillow always does")

/* A resample with the filter that the attributes name. */
rn_resample rn_resampling_read(const rn_attrs *attrs);

#endif
