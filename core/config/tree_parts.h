/* tree_parts.h: what the files tree*.c offer to each other alone. */
#ifndef RN_CORE_CONFIG_TREE_PARTS_H
#define RN_CORE_CONFIG_TREE_PARTS_H

#include "config/tree.h"

struct config_setting_t;

/* A node without value or children; NULL: no memory. `key` may be NULL. */
rn_tree *rn_tree_new(rn_tree_type type, const char *key, const char *file, int line);

/* Appends a child. Consumes it, on failure too. */
rn_status rn_tree_append(rn_tree *parent, rn_tree *child);

/* Reads the text of a cfg, from a file or from standard input; in the latter case `path` serves for
 * messages only. The caller frees *text. RN_E_CONFIG if it is missing, too large or binary. */
rn_status rn_tree_read(const char *path, bool is_input, char **text);

/* Checks a cfg's text, and all files that it includes, for what libconfig accepts wrongly or
 * crashes on: an included folder or binary file, an include outside the cfg's folder, brackets
 * that do not match or nest too deeply, integers that would wrap, numbers without digits. */
rn_status rn_tree_scan(const char *path, const char *text);

/* The same for a value of the command line, which may not include files; `name` serves for
 * messages. */
rn_status rn_tree_scan_value(const char *name, const char *text);

/* Converts a libconfig setting of the cfg at `path`. */
rn_status rn_tree_convert(const struct config_setting_t *setting, const char *path, rn_tree **out);

/* The path of `name` relative to the folder of the file `beside`; NULL: no memory. */
char *rn_tree_path_beside(const char *beside, const char *name);

#endif
