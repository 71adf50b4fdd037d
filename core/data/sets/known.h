/* known.h: data sets that everybody has, and the folders where they are searched for. */
#ifndef RN_CORE_DATA_SETS_KNOWN_H
#define RN_CORE_DATA_SETS_KNOWN_H

#include "data/dataset.h"

typedef struct rn_known_set {
    const char *name;     /* in a cfg */
    const char *folder;   /* the name of its folder under a data directory */
    const char *packaged; /* the folder of its Debian package, or NULL */
    const char *ending;   /* of its files as they are published: ".gz", or "" */
    const char *remedy;   /* for messages: how to get it */
} rn_known_set;

/* Finds the file `name`, or NAME.gz, in data.path, else in the first known folder that has it. The
 * caller frees its folder and path. RN_E_DATA lists the folders. */
rn_status rn_known_find(const rn_known_set *set, const rn_dataset_params *params, const char *name,
                        char **folder, char **path);

/* Sets `*out` to the path of NAME.gz or NAME in a folder; NULL if neither exists. */
rn_status rn_known_file(const char *folder, const char *name, char **out);

#endif
