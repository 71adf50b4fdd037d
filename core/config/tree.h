/* tree.h: a configuration as a tree of typed values, each with the place where it was written. */
#ifndef RN_CORE_CONFIG_TREE_H
#define RN_CORE_CONFIG_TREE_H

#include <resnet/status.h>
#include <stdbool.h>
#include <stdint.h>

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
    char *key;         /* NULL in lists and arrays */
    char *file;        /* where it was written: a path, or "--set" */
    int line;          /* 0 where there is none */
    int64_t int_value; /* INT and BOOL */
    double float_value;
    char *text_value; /* STRING; of a number or a bool of --set: as it was typed */
    struct rn_tree **children;
    int n_children;
} rn_tree;

/* Reads a cfg with libconfig and lays it over what it `extends` (a path relative to the file that
 * says it): groups merge, everything else replaces. `@include` works inside the cfg's own folder.
 * "-" is standard input, whose folder is the working directory. RN_E_CONFIG with file:line. */
rn_status rn_tree_load(const char *path, rn_tree **out);

/* What messages call the cfg that is given as `path`: "stdin" for "-". */
const char *rn_tree_source(const char *path);

/* Applies one "key.path=value" of the command line. The value is read as libconfig would; a bare
 * word is a string. */
rn_status rn_tree_set(rn_tree *root, const char *assignment);

/* Lays the tree over the group `network` of the model that network.arch names: "resnet50" is
 * resnet50.cfg of the folder $RESNET_MODELS_PATH (not in a privileged process) or of the installed
 * share/models. Does nothing without network.arch. *root is valid afterwards in any case. */
rn_status rn_tree_arch(rn_tree **root);

/* Gives a group a string child, in place of one of the same key. */
rn_status rn_tree_put(rn_tree *group, const char *key, const char *text);

/* Fails with RN_E_CONFIG: "FILE:LINE: message", the place being where `node` was written. */
rn_status rn_tree_fail(const rn_tree *node, const char *format, ...) RN_PRINTF(2, 3);

/* Lays the group `over` on the group `base`: groups merge, everything else replaces. Takes `over`,
 * also on failure. */
rn_status rn_tree_merge(rn_tree *base, rn_tree *over);

/* The child of a group by name, or NULL. */
const rn_tree *rn_tree_get(const rn_tree *group, const char *key);

rn_tree *rn_tree_copy(const rn_tree *tree);
void rn_tree_destroy(rn_tree *tree);

/* Fails with RN_E_NOMEM. */
rn_status rn_tree_no_memory(void);

/* "an integer", "a list", … for messages. */
const char *rn_tree_type_name(rn_tree_type type);

#endif
