/* runs.h: updates of many small tensors as one operator. */
#ifndef RN_CORE_PASSES_RUNS_H
#define RN_CORE_PASSES_RUNS_H

#include "device/device.h"

/* Merges operators after the first n nodes that update small tensors, each element by itself
 * (n_elementwise in graph/op.h), and that differ in nothing but these tensors: their tensors become
 * runs (rn_dag_run), up to 4 MiB of parameters in each, and one operator goes through a run. Every
 * element gets the bits that it would get otherwise. A run that the backend declines stays as it
 * was. Updates of later layers, whose gradients are known first, come first; those of averages
 * last. */
rn_status rn_runs_merge(rn_dag *dag, int32_t n, rn_device *device);

#endif
