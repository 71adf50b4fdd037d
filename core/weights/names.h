/* names.h: how other programs call the tensors of a residual network. The names of torchvision are
 * those that the networks of share/models have; the others are made into them, and back, by one
 * table of patterns (pattern.h). */
#ifndef RN_CORE_WEIGHTS_NAMES_H
#define RN_CORE_WEIGHTS_NAMES_H

#include "config/tree.h"
#include "weights/weights.h"

/* A family of names: a row of the table in names.c. */
typedef struct rn_naming rn_naming;

/* Takes off the prefixes that all names of a file share and that say nothing: "module.", "model.",
 * "_orig_mod.", and drops the counter of an average of weights, "n_averaged". The tensors are then
 * to be sorted. */
void rn_naming_strip(rn_weights *weights);

/* The family whose patterns fit all the tensors; NULL where none does. The first is torchvision's. */
const rn_naming *rn_naming_find(const rn_weights *weights);

/* The family called `name`, such as "transformers"; NULL: there is none. */
const rn_naming *rn_naming_by_name(const char *name);
const char *rn_naming_name(const rn_naming *naming);

/* Whether networks of the family usually have the stride of a bottleneck on its first 1x1. */
bool rn_naming_strides_on_1x1(const rn_naming *naming);

/* Gives the tensors torchvision's names (of the book's network, those of share/models).
 * RN_E_DATA where two become the same; RN_E_NOMEM. */
rn_status rn_naming_apply(const rn_naming *naming, rn_weights *weights);

/* The family's name for the tensor that torchvision calls `name`, in memory of the pool. NULL: it
 * has none, or there is no memory. */
const char *rn_naming_reverse(const rn_naming *naming, const char *name, rn_pool *pool);

/* Renames by the patterns of a cfg, the list network.weight_names:
 *     weight_names = ( { file = "backbone.{i}.*"; network = "layer{i+1}.*"; } );
 * A name takes the first pattern that fits, and stays as it is if none does. RN_E_CONFIG gives
 * file:line of what is wrong in the list. */
rn_status rn_naming_apply_list(const rn_tree *list, rn_weights *weights);

#endif
