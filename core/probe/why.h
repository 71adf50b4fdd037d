/* why.h: the stages by which a plugin is found and loaded, and the verdict on each. */
#ifndef RN_CORE_PROBE_WHY_H
#define RN_CORE_PROBE_WHY_H

#include <resnet/status.h>
#include <stdbool.h>

typedef enum rn_why_verdict {
    RN_WHY_PASSED = 1,
    RN_WHY_FAILED,
    RN_WHY_NOT_REACHED, /* an earlier stage has failed */
} rn_why_verdict;

typedef struct rn_why_stage {
    const char *name;
    rn_why_verdict verdict;
    char *detail; /* what is so; of a stage that failed, the reason; "" if it was not reached */
} rn_why_stage;

/* A file of the plugin's name in the search path. */
typedef struct rn_why_file {
    char *path; /* which need not exist */
    bool has_folder, exists;
} rn_why_file;

#define RN_WHY_MAX_STAGES 16

typedef struct rn_why {
    char *name;          /* of the plugin */
    char *path;          /* the file that is loaded; NULL: none is found */
    rn_why_file *places; /* n_places, in the order of the search; none for a path */
    int n_places;
    rn_why_stage stages[RN_WHY_MAX_STAGES];
    int n_stages;
    char *printed;    /* what its code wrote by itself, the head; or "" */
    rn_status status; /* RN_OK: every stage has passed */
} rn_why;

/* Tries the plugin NAME, that of "NAME/BLOCK", or a file by its path, in a child process that may
 * take `seconds`. A plugin that is refused is no failure. */
rn_status rn_why_create(const char *plugin_path, const char *name, double seconds, rn_why **out);
void rn_why_destroy(rn_why *why);

#endif
