/* loader_worker.h: what one worker of a loader does with a sample: reads, decodes, transforms. */
#ifndef RN_CORE_DATA_LOADER_WORKER_H
#define RN_CORE_DATA_LOADER_WORKER_H

#include "data/source.h"

/* Seconds that all workers together have spent, by stage. */
typedef struct rn_loader_times {
    double read_s, decode_s, transform_s;
    double mix_s;               /* putting batches together, and mixing their pictures */
    double idle_s;              /* waiting for room in the queue */
    int64_t n_samples, n_bytes; /* read */
} rn_loader_times;

/* For one thread. */
typedef struct rn_maker rn_maker;

/* `seed` is of the transforms' random numbers. */
rn_status rn_maker_create(const rn_source *source, uint64_t seed, rn_maker **out);
void rn_maker_destroy(rn_maker *maker);

/* Read a sample: the one of this index, or the next of a stream. */
rn_status rn_maker_read(rn_maker *maker, int64_t index);
rn_status rn_maker_read_stream(rn_maker *maker, rn_stream *stream);

/* The label of the sample read last, or RN_NO_LABEL. */
int32_t rn_maker_label(const rn_maker *maker);

/* Decode the sample read last, and apply the transforms: to the network's input, to its bytes
 * (rn_source_byte_values), or, for looking at, up to where they normalise (bytes; valid until the
 * maker's next sample). */
rn_status rn_maker_make(rn_maker *maker, int64_t index, int64_t epoch, float *to);
rn_status rn_maker_make_bytes(rn_maker *maker, int64_t index, int64_t epoch, uint8_t *to);
rn_status rn_maker_show(rn_maker *maker, int64_t index, int64_t epoch, const rn_picture **out);

/* Decodes the sample read last, and applies the transforms that draw no random numbers; valid until
 * the maker's next sample. RN_E_CONFIG: its pixels are floats. */
rn_status rn_maker_make_fixed(rn_maker *maker, const rn_picture **out);

/* Decodes the sample read last, whole, without transforms; valid until the maker's next sample.
 * *format is its rn_picture_format, or 0 for stored pixels. */
rn_status rn_maker_decode(rn_maker *maker, const rn_picture **out, int32_t *format);

/* Reads a sample of the data set, past any cache, and decodes it. */
rn_status rn_maker_look(rn_maker *maker, int64_t index, const rn_picture **out);

/* The recorded message with the sample's name before it; the caller frees it. NULL: no memory. */
char *rn_maker_say_why(const rn_maker *maker, int64_t index);

/* Adds this worker's seconds to the stages of `times`. [any]: they may be a sample old. */
void rn_maker_add_times(const rn_maker *maker, rn_loader_times *times);

#endif
