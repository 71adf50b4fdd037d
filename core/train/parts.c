/* parts.c: how many images are in memory at once. */
#include "train/parts.h"

/* Images of a part. The arena grows with them; but every part reads all weights, of which
 * Winograd's are large. Batches of 16 of ResNet-18 (onednn, one thread of a busy Xeon) take the
 * same processor time in parts of 8, to 1 %; in parts of 4 the last stage takes 1.4 of its time. */
#define MOST_IMAGES 8

int32_t rn_parts_of(const rn_config *config, const rn_device *device, int64_t batch)
{
    int64_t images = MOST_IMAGES;
    if (config->backend.memory != RN_MEMORY_LEAN || !device->host_memory.size)
        return 1;
    while (batch % images)
        images--;
    return (int32_t)(batch / images);
}
