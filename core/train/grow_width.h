/* grow_width.h: widening by the rule of Net2Net (Chen et al. 2016, arXiv:1511.05641, section 2.2):
 * added channels are copies of those that there are, in their order, and what reads them divides
 * its weights among the copies. */
#ifndef RN_CORE_TRAIN_GROW_WIDTH_H
#define RN_CORE_TRAIN_GROW_WIDTH_H

#include "io/safetensors.h"
#include "plan/store.h"

/* Follows the channels through a graph for inference, whose layers with skips[i] compute their
 * input. RN_E_CONFIG names the operator whose added channels are not copies for what reads them:
 * the network would compute something else. */
rn_status rn_grow_width(const rn_dag *dag, const rn_store *before, const bool *skips);

/* Fills `to`, of the shape of `desc`, from a tensor of the smaller network. The shares of the
 * copies are random, a function of seed and name, so that copies learn different things. */
void rn_grow_widen(const rn_named_tensor *from, const rn_tensor_desc *desc, uint64_t seed,
                   float *to);

#endif
