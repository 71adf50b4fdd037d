/* random_graph.h: graphs that nobody would write: random operators on any values so far. */
#ifndef RN_TESTS_RANDOM_GRAPH_H
#define RN_TESTS_RANDOM_GRAPH_H

#include "device/device.h"
#include "graph/graph.h"

/* Accepts every operator and can compute none. */
extern rn_device random_graph_device;

/* A training step on images (3, 4, 6, 5) with 5 classes: forward, backward, update. Deterministic
 * for a seed. Some values are pinned, with keep_all every one. Updates are merged as far as the
 * device accepts it; NULL: they are not. Returns NULL if out of memory. */
rn_dag *random_graph(uint32_t seed, bool keep_all, rn_device *device);

#endif
