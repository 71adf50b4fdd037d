/* pipeline.h: the list of transforms of a cfg: from a decoded picture to the network's input. */
#ifndef RN_CORE_DATA_PIPELINE_H
#define RN_CORE_DATA_PIPELINE_H

#include "config/config.h"
#include "data/dataset.h"
#include "data/draw.h"
#include "data/picture.h"

/* Read-only once created: [any]. */
typedef struct rn_pipeline rn_pipeline;

/* Makes the list of a split: data.transforms, or, where the cfg has none, a resize of both sides to
 * the network's input. Normalising by data.mean and data.std comes last, unless the list says
 * where. `pictures` is the size of every picture, or 0 and 0. RN_E_CONFIG gives file:line, and also
 * where the sizes that the list makes are known and are not the network's. */
rn_status rn_pipeline_create(const rn_config *config, rn_split split, int64_t channels,
                             rn_size pictures, rn_pipeline **out);

/* The same for pictures of another size than network.input: what the list makes is resized before
 * it is normalised. Where a random_resized_crop is the last that changes the size, it makes this
 * one. */
rn_status rn_pipeline_create_for(const rn_config *config, rn_split split, int64_t channels,
                                 rn_size pictures, rn_size size, rn_pipeline **out);
void rn_pipeline_destroy(rn_pipeline *pipeline);

/* What the list looks at of a picture of size `from`, and how many times smaller (1, 2, 4, 8) it
 * may be decoded with data.fast_decode. `draw` names the sample. */
rn_window rn_pipeline_needs(const rn_pipeline *pipeline, const rn_draw *draw, rn_size from,
                            int32_t *shrink);

/* Runs the list on a picture, or on at least the part that it needs, and writes the network's input
 * (channels, height, width). Both pictures are scratch afterwards. RN_E_DATA: the result has
 * another size than the network's input. */
rn_status rn_pipeline_run(const rn_pipeline *pipeline, const rn_draw *draw, rn_picture *picture,
                          rn_picture *spare, float *to);

/* Where nothing but bytes is computed before the last step of the list, which normalises: the
 * number of each byte, (channels, 256). The input is then known by its bytes. NULL: it is not. */
const float *rn_pipeline_byte_values(const rn_pipeline *pipeline);

/* The same as rn_pipeline_run, of a picture of bytes, but for the last step: writes the bytes of
 * the network's input (height, width, channels). */
rn_status rn_pipeline_run_bytes(const rn_pipeline *pipeline, const rn_draw *draw,
                                rn_picture *picture, rn_picture *spare, uint8_t *to);

/* The same up to where the list normalises: for looking at. Leaves the result in `picture`: whole,
 * bytes. */
rn_status rn_pipeline_show(const rn_pipeline *pipeline, const rn_draw *draw, rn_picture *picture,
                           rn_picture *spare);

/* The transforms at the beginning of the list that draw no random numbers, whose results
 * data.cache keeps. As the functions above, for these alone; the result is in `picture`: whole,
 * bytes. */
rn_window rn_pipeline_fixed_needs(const rn_pipeline *pipeline, rn_size from, int32_t *shrink);
rn_status rn_pipeline_run_fixed(const rn_pipeline *pipeline, rn_picture *picture,
                                rn_picture *spare);

/* These transforms as text, which is the same where they are. */
const char *rn_pipeline_fixed_text(const rn_pipeline *pipeline);

/* From now on the functions above get pictures that these transforms have made. [setup] */
void rn_pipeline_skip_fixed(rn_pipeline *pipeline);

/* The size of the pictures that it makes. */
rn_size rn_pipeline_result(const rn_pipeline *pipeline);

/* Whether anything normalises: else the input is bytes / 255. */
bool rn_pipeline_normalises(const rn_pipeline *pipeline);

/* Whether the list mixes pictures of a batch, so that labels are shares of several classes. */
bool rn_pipeline_mixes(const rn_pipeline *pipeline);

/* Mixes a batch in place, by one of the steps that mix: images (count, channels, height, width),
 * labels (count) → targets (count, n_classes). `draw` names the batch. */
void rn_pipeline_mix(const rn_pipeline *pipeline, const rn_draw *draw, float *images,
                     const int32_t *labels, int64_t count, int64_t n_classes, float *targets);

#endif
