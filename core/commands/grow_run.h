/* grow_run.h: the command grow: weights of a larger network that computes what a trained one
 * does. */
#ifndef RN_CORE_COMMANDS_GROW_RUN_H
#define RN_CORE_COMMANDS_GROW_RUN_H

#include "train/run.h"

#define RN_GROWN_FILE "grown.safetensors"

/* Writes grown.safetensors into the folder of the run of `larger`, from the weights of run->model,
 * which are of `config`. Both networks compute the same images first: RN_E_MISMATCH where the
 * probabilities differ, RN_E_CONFIG where the larger one cannot be grown from the other. */
rn_status rn_grow_run(const rn_config *config, const rn_config *larger, rn_registry *registry,
                      const rn_run_options *run);

#endif
