/* data_dump.h: writes what the network would get. */
#ifndef RN_CORE_COMMANDS_DATA_DUMP_H
#define RN_CORE_COMMANDS_DATA_DUMP_H

#include "data/source.h"

/* Writes the first `count` samples of a source, in its order, as safetensors: `images` (N,C,H,W),
 * F32, or U8 where nothing normalises; `labels` (N), I32; `targets`
 * (N,K), F32, where the transforms mix pictures; in the metadata `paths` and `class_names`,
 * JSON arrays. Random transforms draw as in the first epoch. Samples that cannot be read are left
 * out if data.on_error is "skip". */
rn_status rn_data_dump(const rn_source *source, int64_t count, const char *path);

#endif
