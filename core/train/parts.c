/* parts.c: how many images are in memory at once. */
#include "train/parts.h"

/* Images of a part. An image of a ResNet-18 takes 30 to 34 ms in batches of 4, 32 to 40 in those of
 * 8 and 32 to 37 in those of 16 (two threads of a busy Xeon, onednn, the best steps of each turn);
 * the arena is as large as the batch. */
#define MOST_IMAGES 4

int32_t rn_parts_of(const rn_config *config, const rn_device *device, int64_t batch)
{
    int64_t images = MOST_IMAGES;
    if (config->backend.memory != RN_MEMORY_LEAN || !device->host_memory.size)
        return 1;
    while (batch % images)
        images--;
    return (int32_t)(batch / images);
}
