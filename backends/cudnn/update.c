/* update.c: the texts that programs for updates begin with. */
#include "gpu/update.h"

extern const char GPU_TEXT(finite)[], GPU_TEXT(update)[], GPU_TEXT(joint)[];

const char *const gpu_update_texts[GPU_UPDATE_TEXTS] = { GPU_TEXT(finite), GPU_TEXT(update),
                                                         GPU_TEXT(joint) };
