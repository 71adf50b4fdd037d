/* resampling.c: reads the attributes of resampling.h. */
#include "data/transforms/resampling.h"

#include <string.h>

rn_resample rn_resampling_read(const rn_attrs *attrs)
{
    const char *word = rn_attrs_find(attrs, "interpolation")->text_value;
    rn_resample resample = { .filter = RN_FILTER_BILINEAR,
                             .antialias = rn_attrs_find(attrs, "antialias")->int_value[0] != 0 };
    if (!strcmp(word, "nearest"))
        resample.filter = RN_FILTER_NEAREST;
    else if (!strcmp(word, "box"))
        resample.filter = RN_FILTER_BOX;
    else if (!strcmp(word, "bicubic"))
        resample.filter = RN_FILTER_BICUBIC;
    return resample;
}
