/* clip.h: appends the operators that look at all gradients before the first update: whether they
 * are finite, how large they are together, and limits. */
#ifndef RN_CORE_PASSES_CLIP_H
#define RN_CORE_PASSES_CLIP_H

#include "config/config.h"
#include "graph/graph.h"

/* Adds the input dag->update_scale, by which the updates divide the gradients, where the cfg, a
 * scaled loss or a sum of several batches needs it. */
rn_status rn_clip_scale(rn_dag *dag, const rn_config *config);

/* Appends check_finite where the loss is scaled; then square_sum and clip_norm, which make
 * dag->gradient_norm; or clip_value: for the gradients of the n trained parameters. */
rn_status rn_clip_append(rn_dag *dag, const rn_config *config, rn_value *const *trained, int32_t n);

/* Must the updates wait for all gradients, so that all parameters change or none, or by an equal
 * factor? */
bool rn_clip_waits(const rn_dag *dag);

#endif
