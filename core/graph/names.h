/* names.h: the names in a graph: what has them, and which numbers have been given away. */
#ifndef RN_CORE_GRAPH_NAMES_H
#define RN_CORE_GRAPH_NAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct rn_name {
    uint64_t hash;
    struct rn_value *value;       /* the first of this name; NULL: none */
    bool is_node;                 /* a node is, or was, called so */
    bool is_path;                 /* or its name begins so, up to a dot */
    int node_number, path_number; /* the last that was added to tell nodes or layers apart */
    char text[];
} rn_name;

typedef struct rn_names {
    rn_name **slots; /* a power of two; NULL: empty */
    size_t n_slots, n;
} rn_names;

/* NULL: there is none. It stays where it is. */
rn_name *rn_names_find(const rn_names *names, const char *text);

/* The same, which is added where there is none. NULL: no memory. */
rn_name *rn_names_add(rn_names *names, const char *text);

/* Adds a node's name and each beginning of it that ends before a dot. False: no memory. */
bool rn_names_add_node(rn_names *names, const char *text);

void rn_names_clear(rn_names *names);

#endif
