/* block.h: what a block plugin gives: a name, a table of attributes, and a function that composes
 * operators. A block has no kernel and no gradient: it runs on every backend, and the core
 * differentiates it. */
#ifndef RESNET_BLOCK_H
#define RESNET_BLOCK_H

#include <resnet/graph.h>

/* Static data of the plugin. */
typedef struct rn_block {
    uint32_t size;
    uint32_t n_attrs;
    const char *name;   /* lower snake case; a cfg writes `block = "plugin/name"`, or "plugin" for a
                           block named as its plugin */
    const char *doc;    /* one sentence */
    const char *source; /* paper and section that it follows, and each departure from it */
    const rn_attr *attrs;

    /* Composes the block on x and returns its output; NULL after g->fail or where an operator
     * failed. Pure: the same attributes and shape give the same graph. [setup] */
    rn_value *(*build)(rn_graph *g, const rn_attrs *attrs, rn_value *x);
} rn_block;

#endif
