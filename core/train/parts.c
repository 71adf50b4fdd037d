/* parts.c: how many images are in memory at once. */
#include "train/parts.h"

/* Images of a part. An image of a ResNet-18 takes 30 to 34 ms in batches of 4, 32 to 40 in those of
 * 8 and 32 to 37 in those of 16 (two threads of a busy Xeon, onednn, the best steps of each turn);
 * the arena is as large as the batch. */
#define MOST_IMAGES 4

static bool may_part(const rn_session *session)
{
    bool shows = session->show_all || session->unmerged || session->n_outputs;
    return session->config->backend.memory == RN_MEMORY_LEAN && !shows && !session->resident &&
           session->shared.all == 1 && session->ranks[0].device->host_memory.size &&
           !rn_pass_is_training(session->passes[0].pass);
}

int32_t rn_parts_of(const rn_session *session, int64_t batch)
{
    int64_t images = MOST_IMAGES;
    if (!may_part(session))
        return 1;
    while (batch % images)
        images--;
    return (int32_t)(batch / images);
}
