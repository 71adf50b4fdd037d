/* block.h: what a block plugin gives: a name, a table of attributes, and a function that composes
 * operators. A block has no kernel and no gradient: it runs on every backend, and the core
 * differentiates it.
 *
 * Tables and strings are static: they belong to the plugin and live as long as it. The core copies
 * the structure once, when the plugin is loaded; what is missing or wrong refuses the plugin. */
#ifndef RESNET_BLOCK_H
#define RESNET_BLOCK_H

#include <resnet/graph.h>

/* Static data of the plugin. Every slot is required, but `attrs` where n_attrs is 0. */
typedef struct rn_block {
    uint32_t size;
    uint32_t n_attrs;   /* rows of attrs; 256 at most */
    const char *name;   /* lower snake case; a cfg writes `block = "plugin/name"`, or "plugin" for a
                           block named as its plugin */
    const char *doc;    /* one sentence */
    const char *source; /* paper and section that it follows, and each departure from it */
    const rn_attr *attrs; /* what a cfg may set, in the order of the manual */

    /* Composes the block on x and returns its output, both the graph's. `attrs` holds a value for
     * every row of the table, checked; it and `g` are valid during the call only. NULL after
     * g->fail or where an operator failed. Pure: the same attributes and shape give the same graph;
     * no files, no state, no clock. Several threads may each build a graph of their own. [setup] */
    rn_value *(*build)(rn_graph *g, const rn_attrs *attrs, rn_value *x);
} rn_block;

#endif
