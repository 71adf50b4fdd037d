/* random_graph.h: graphs that nobody would write: any operator on any values made before. */
#ifndef RN_TESTS_RANDOM_GRAPH_H
#define RN_TESTS_RANDOM_GRAPH_H

#include "graph/graph.h"

/* A training step on images (3, 4, 6, 5) of 5 classes: forward, backward, update. The same graph
 * for the same seed. Some values are pinned, or with keep_all every one. NULL: no memory. */
rn_dag *random_graph(uint32_t seed, bool keep_all);

#endif
