/* source.h: a split of a data set as a cfg wants it: its samples, and the transforms between them
 * and the network. */
#ifndef RN_CORE_DATA_SOURCE_H
#define RN_CORE_DATA_SOURCE_H

#include "config/config.h"
#include "data/cache.h"
#include "data/dataset.h"
#include "data/decode.h"
#include "data/pipeline.h"

/* Read-only once opened: [any]. */
typedef struct rn_source {
    const rn_config *config; /* outlives the source */
    rn_dataset *dataset;
    rn_pipeline *pipeline;
    rn_decode_options decode;
    rn_split split;
    rn_cache cache; /* where its key is not NULL, pictures come from it (data/cached.h) */
} rn_source;

/* Whether samples are read one after the other, not by their index. */
static inline bool rn_source_is_stream(const rn_source *source)
{
    return source->dataset->kind->start && !source->cache.key;
}

/* Numbers of a picture for the network. */
int64_t rn_source_image(const rn_source *source);

/* What these take: as floats, or as the bytes of which they are made. */
static inline int64_t rn_source_image_bytes(const rn_source *source, bool as_bytes)
{
    return rn_source_image(source) * (as_bytes ? 1 : (int64_t)sizeof(float));
}

/* rn_pipeline_byte_values of its pictures; NULL also where these are floats. */
const float *rn_source_byte_values(const rn_source *source);

/* Opens a split; `limit` > 0: only its first samples. RN_E_CONFIG where the channels or classes of
 * the data set do not suit the network. */
rn_status rn_source_open(const rn_config *config, rn_split split, int64_t limit, rn_source **out);

/* Opens pictures without labels, made for the network as those of validation are: n `words` as in
 * rn_dataset_params.pictures, of which `limit` > 0 takes the first. */
rn_status rn_source_open_pictures(const rn_config *config, const char *const *words, int64_t n,
                                  int64_t limit, rn_source **out);

/* The same as rn_source_open, with the limit of the cfg. */
rn_status rn_source_open_split(const rn_config *config, rn_split split, rn_source **out);

/* The same samples, made into pictures of another size for the network: all but its transforms is
 * borrowed from `base`, which outlives it and whose cache, if it has one, is in use. */
rn_status rn_source_resize(const rn_source *base, rn_size size, rn_source *out);
void rn_source_resize_clear(rn_source *source);

/* The training samples with the transforms of validation, which change them least. */
rn_status rn_source_open_plain(const rn_config *config, rn_source **out);

/* Tells the system that sample `index` will be read soon. [any] */
void rn_source_read_ahead(const rn_source *source, int64_t index);

void rn_source_close(rn_source *source);

#endif
