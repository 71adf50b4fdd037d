/* tree.h: a configuration as a tree of typed values, each with the place where it was written. */
#ifndef RN_CORE_TREE_H
#define RN_CORE_TREE_H

#include <stdbool.h>
#include <stdint.h>
#include <resnet/status.h>

typedef enum rn_tree_type {
    RN_TREE_GROUP = 1, /* named children */
    RN_TREE_LIST,      /* ( … ), children of any type, without names */
    RN_TREE_ARRAY,     /* [ … ], scalars of one type */
    RN_TREE_INT,
    RN_TREE_FLOAT,
    RN_TREE_BOOL,
    RN_TREE_STRING
} rn_tree_type;

typedef struct rn_tree {
    rn_tree_type type;
    char *key;  /* NULL in lists and arrays */
    char *file; /* where it was written: a path, or "--set" */
    int line;   /* 0 where there is none */
    int64_t int_value; /* INT and BOOL */
    double float_value;
    char *text_value;
    struct rn_tree **children;
    int n_children;
} rn_tree;

/* Reads a cfg with libconfig; resolves `extends` (a path relative to the file) and `network.arch` (a
 * name under share/models) by deep merge: groups merge, everything else replaces. `@include` works
 * inside the cfg's own directory. RN_E_CONFIG with file:line. */
rn_status rn_tree_load(const char *path, rn_tree **out);

/* Applies one "key.path=value" of the command line. The value is read as libconfig would; a bare
 * word is a string. */
rn_status rn_tree_set(rn_tree *root, const char *assignment);

/* The child of a group by name, or NULL. */
const rn_tree *rn_tree_get(const rn_tree *group, const char *key);

rn_tree *rn_tree_copy(const rn_tree *tree);
void rn_tree_destroy(rn_tree *tree);

/* "integer", "list", … for messages. */
const char *rn_tree_type_name(rn_tree_type type);

#endif
