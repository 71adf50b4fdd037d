/* tree_parts.h: what the tree*.c files share; nobody else needs it. */
#ifndef RN_CORE_CONFIG_TREE_PARTS_H
#define RN_CORE_CONFIG_TREE_PARTS_H

#include "config/tree.h"

struct config_setting_t;

/* A node without value or children; NULL where there is no memory. `key` may be NULL. */
rn_tree *rn_tree_new(rn_tree_type type, const char *key, const char *file, int line);

/* Appends a child; takes it, also on failure. */
rn_status rn_tree_append(rn_tree *parent, rn_tree *child);

/* The text of a cfg, freed by the caller: a file's, or standard input's, for which `path` is only a
 * name. RN_E_CONFIG where there is none, or it is too large or binary. */
rn_status rn_tree_read(const char *path, bool is_input, char **text);

/* Looks through a cfg's text and all that it includes for what libconfig accepts wrongly or dies
 * of: a folder or a binary file, an include outside of the cfg's own directory, brackets that do
 * not match or nest too deeply, numbers that would wrap or are none. */
rn_status rn_tree_scan(const char *path, const char *text);

/* The same for a value of the command line, which includes nothing; `name` stands for the file. */
rn_status rn_tree_scan_value(const char *name, const char *text);

/* The tree of a libconfig setting. `path` is the cfg's. */
rn_status rn_tree_convert(const struct config_setting_t *setting, const char *path, rn_tree **out);

/* FOLDER/NAME, where FOLDER is that of the file `beside`; NULL where there is no memory. */
char *rn_tree_path_beside(const char *beside, const char *name);

#endif
