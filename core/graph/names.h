/* names.h: the table of names in a graph: their users, and the numbers given to repeated names. */
#ifndef RN_CORE_GRAPH_NAMES_H
#define RN_CORE_GRAPH_NAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct rn_name {
    uint64_t hash;
    struct rn_value *value;       /* the first value of this name, or NULL */
    struct rn_value *layer;       /* the result of the layer of this name, or NULL */
    bool is_node;                 /* a node has, or had, this name */
    bool is_path;                 /* a node has, or had, this name or one that begins NAME. */
    int node_number, path_number; /* the last appended to tell nodes or layers apart */
    char text[];
} rn_name;

typedef struct rn_names {
    rn_name **slots;   /* NULL if empty */
    size_t n_slots, n; /* n_slots is a power of two */
} rn_names;

/* The entry of a name, or NULL. It stays at its address. */
rn_name *rn_names_find(const rn_names *names, const char *text);

/* The entry of a name, which is added if it is missing. NULL if there is no memory. */
rn_name *rn_names_add(rn_names *names, const char *text);

/* Adds a node's name and each prefix of it that ends before a dot. False if there is no memory. */
bool rn_names_add_node(rn_names *names, const char *text);

/* Whether a node has, or had, this name. */
bool rn_names_has_node(const rn_names *names, const char *text);

void rn_names_clear(rn_names *names);

#endif
