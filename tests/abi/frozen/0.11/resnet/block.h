/* block.h: what a block plugin provides: a name, a table of attributes, and a function that
 * composes operators. A block has no kernel and no gradient: it runs on every backend, and the core
 * differentiates it.
 *
 * Tables and strings are static: they belong to the plugin and live as long as it does. The core
 * copies the structure once, when it loads the plugin, and refuses a plugin in which a slot is
 * missing or wrong. */
#ifndef RESNET_BLOCK_H
#define RESNET_BLOCK_H

#include <resnet/graph.h>

/* Static data of the plugin. Every slot is required, except `attrs` if n_attrs is 0. */
typedef struct rn_block {
    uint32_t size;
    uint32_t n_attrs;   /* rows of attrs; at most 256 */
    const char *name;   /* lower snake case; a cfg writes `block = "plugin/name"`, or "plugin" for a
                           block with its plugin's name */
    const char *doc;    /* one sentence */
    const char *source; /* paper and section that it follows, and each departure from it */
    const rn_attr *attrs; /* what a cfg may set */

    /* Composes the block on x and returns its output; both belong to the graph. `attrs` has a
     * checked value for every row of the table; it and `g` are valid during the call only. Returns
     * NULL after g->fail or if an operator failed. Must be pure: the same attributes and shape give
     * the same graph; no files, no state, no clock. Several threads may build a graph each.
     * [setup] */
    rn_value *(*build)(rn_graph *g, const rn_attrs *attrs, rn_value *x);
} rn_block;

#endif
