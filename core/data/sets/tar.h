/* tar.h: what the files of the kind tar share: shards of WebDataset. */
#ifndef RN_CORE_DATA_SETS_TAR_H
#define RN_CORE_DATA_SETS_TAR_H

#include "data/dataset.h"
#include "data/sets/index.h"
#include "data/sets/listing.h"

/* The state of the data set. */
typedef struct rn_tar {
    rn_listing shards; /* paths */
    int64_t *ends;     /* the number of samples in the shards up to each */
    rn_index index;    /* the keys */
    int64_t shuffle_buffer;
} rn_tar;

/* The first sample of a shard, and the one after its last, of a data set that may be limited. */
static inline int64_t rn_tar_start(const rn_tar *tar, int64_t shard)
{
    return shard > 0 ? tar->ends[shard - 1] : 0;
}
static inline int64_t rn_tar_end(const rn_tar *tar, int64_t shard, int64_t count)
{
    return tar->ends[shard] < count ? tar->ends[shard] : count;
}

/* Reads the names, and the labels, of all samples: fills in tar->ends and tar->index, and the
 * classes of the data set. RN_E_DATA. */
rn_status rn_tar_scan(rn_tar *tar, rn_dataset *dataset);

/* Functions of the kind. */
rn_status rn_tar_start_stream(const rn_dataset *dataset, const int64_t *order, int64_t n,
                              int64_t first, rn_stream **out);
rn_status rn_tar_next(rn_stream *stream, rn_sample *sample);
void rn_tar_stop(rn_stream *stream);

#endif
