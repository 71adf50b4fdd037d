/* tree.h: a cfg as a tree of typed values, each with the file and line where it was written. */
#ifndef RN_CORE_CONFIG_TREE_H
#define RN_CORE_CONFIG_TREE_H

#include <resnet/status.h>
#include <stdbool.h>
#include <stdint.h>

typedef enum rn_tree_type {
    RN_TREE_GROUP = 1, /* named children */
    RN_TREE_LIST,      /* ( … ), unnamed children of any type */
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
    int line;          /* 0: none, as for --set */
    int64_t int_value; /* INT and BOOL */
    double float_value;
    char *text_value; /* STRING; for a number or a bool of --set, what was typed */
    struct rn_tree **children;
    int n_children;
} rn_tree;

/* Reads a cfg with libconfig and merges it into the cfg that it `extends`, whose path is
 * relative to the extending file. `@include` takes files of the cfg's folder. "-" is standard
 * input, whose folder is the working directory. RN_E_CONFIG gives file:line. */
rn_status rn_tree_load(const char *path, rn_tree **out);

/* The same from memory; `path` serves for messages. A text of somebody else's file may not reach
 * for others: it neither includes nor extends any. */
rn_status rn_tree_load_text(const char *path, const char *text, rn_tree **out);

/* The name of a cfg in messages: "stdin" if `path` is "-", else `path`. */
const char *rn_tree_source(const char *path);

/* Applies one assignment "key.path=value" of the command line. The value is read as in a cfg; what
 * libconfig does not accept as a value is a string. */
rn_status rn_tree_set(rn_tree *root, const char *assignment);

/* Merges the tree into the group `network` of the model that network.arch names: "resnet50" is the
 * file resnet50.cfg in $RESNET_MODELS_PATH (ignored in a privileged process), or else in the
 * installed share/models. Does nothing without network.arch. On failure, too, *root is valid. */
rn_status rn_tree_arch(rn_tree **root);

/* Sets a string child of a group; replaces a child of the same key. */
rn_status rn_tree_put(rn_tree *group, const char *key, const char *text);

/* Fails with RN_E_CONFIG, "FILE:LINE: message", the line being the node's. */
rn_status rn_tree_fail(const rn_tree *node, const char *format, ...) RN_PRINTF(2, 3);

/* Prepends "FILE:LINE: " to the message of a failure, and returns its status. */
rn_status rn_tree_fail_at(rn_status status, const rn_tree *node);

/* Merges the group `over` into the group `base`: groups merge, anything else replaces. Consumes
 * `over`, on failure too. */
rn_status rn_tree_merge(rn_tree *base, rn_tree *over);

/* The child of a group by key; NULL if there is none, or `group` is NULL. */
const rn_tree *rn_tree_get(const rn_tree *group, const char *key);

rn_tree *rn_tree_copy(const rn_tree *tree);
void rn_tree_destroy(rn_tree *tree);

/* Fails with RN_E_NOMEM. */
rn_status rn_tree_no_memory(void);

/* "an integer", "a list", … for messages. */
const char *rn_tree_type_name(rn_tree_type type);

#endif
