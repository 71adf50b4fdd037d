/* births.h: when the parameters of a network that grows got their present shapes. The tensors that
 * an optimizer keeps for a parameter start then, and their corrections (adamw, lamb) count the
 * updates from there. */
#ifndef RN_CORE_TRAIN_BIRTHS_H
#define RN_CORE_TRAIN_BIRTHS_H

#include "config/config.h"
#include "graph/graph.h"
#include "plan/store.h"

typedef struct rn_births rn_births;

/* Of the network after n growths of this cfg (train.grow). */
rn_status rn_births_open(const rn_config *config, int32_t n, rn_registry *registry,
                         rn_births **out);
void rn_births_close(rn_births *births);

/* Sets the generation of each parameter of a graph: the growths after which it has its shape.
 * `births` may be NULL: all are 0. */
void rn_births_mark(const rn_births *births, rn_dag *dag);

/* A network to look at: its graph, for inference; or the names and shapes of what it keeps. */
rn_status rn_births_graph(const rn_config *config, rn_registry *registry, rn_dag **out);
rn_status rn_births_network(const rn_config *config, rn_registry *registry, rn_store **out);

#endif
