/* random_graph.h: graphs that nobody would write: random operators on any values so far. */
#ifndef RN_TESTS_RANDOM_GRAPH_H
#define RN_TESTS_RANDOM_GRAPH_H

#include "graph/graph.h"

/* A training step on images (3, 4, 6, 5) with 5 classes: forward, backward, update. Deterministic
 * for a seed. Some values are pinned, with keep_all every one. NULL: out of memory. */
rn_dag *random_graph(uint32_t seed, bool keep_all);

#endif
