/* loader_deal.h: the batches of an epoch, and which of their samples each process makes, where
 * several take each step together. A place is an index into the order of what is dealt. */
#ifndef RN_CORE_DATA_LOADER_DEAL_H
#define RN_CORE_DATA_LOADER_DEAL_H

#include <stdbool.h>

#include "data/share.h"

/* Zero-initialise, then set the fields. */
typedef struct rn_deal {
    rn_share share;
    int64_t count;                /* places */
    int64_t batch;                /* of all processes together */
    int64_t last;                 /* samples of a smaller last batch that the caller expects */
    bool drop_last, trains, pads; /* rn_loader_params */
    bool mixes;                   /* each picture of a batch is mixed with the one before it */
} rn_deal;

/* Batches of `batch` samples. */
static inline int64_t rn_deal_whole(const rn_deal *deal)
{
    return deal->count / deal->batch;
}

/* The size of the batch that begins at a place; 0: there is none. A smaller last batch comes as two
 * if the ranks cannot share it: one that they can, and the rest. If it has another size than is
 * expected, it comes image by image, or, in training, not at all. */
int64_t rn_deal_batch(const rn_deal *deal, int64_t place);

/* The rows that this process has of the batch, of `size` samples, that begins at a place. */
rn_rows rn_deal_rows(const rn_deal *deal, int64_t place, int64_t size);

/* Whether it also makes the sample before these rows, which another process has, to mix with. */
static inline bool rn_deal_has_partner(const rn_deal *deal, int64_t size, rn_rows rows)
{
    return deal->mixes && rows.count > 0 && rows.count < size;
}

/* Samples that this process makes for a whole batch, and for all batches. */
int64_t rn_deal_stride(const rn_deal *deal);
int64_t rn_deal_own(const rn_deal *deal);

/* Their places, in the order in which they are made: of each batch the partner, then the rows. */
void rn_deal_list(const rn_deal *deal, int64_t *places);

#endif
