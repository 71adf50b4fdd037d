/* entry.h: an entry of network.layers: a layer, or a stage of equal blocks. */
#ifndef RN_CORE_GRAPH_ENTRY_H
#define RN_CORE_GRAPH_ENTRY_H

#include "config/attr.h"
#include "plugin/registry.h"

/* Texts are borrowed from the tree; "" where it has none. */
typedef struct rn_entry {
    const rn_tree *tree;
    const char *block_name, *name, *stage;
    int64_t repeat; /* 1 for a layer */
    const rn_block *block;
} rn_entry;

/* Checks an entry's own keys and finds its block. RN_E_CONFIG and what the registry fails with give
 * the cfg's line. */
rn_status rn_entry_read(const rn_tree *tree, rn_registry *registry, rn_entry *entry);

/* The attributes of block i of a stage, or of a layer (i = 0), which the caller destroys. */
rn_status rn_entry_attrs(const rn_entry *entry, int64_t i, rn_attrs **out);

#endif
