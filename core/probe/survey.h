/* survey.h: every plugin file of the search path: loaded, refused or shadowed. */
#ifndef RN_CORE_PROBE_SURVEY_H
#define RN_CORE_PROBE_SURVEY_H

#include "probe/inspect.h"

/* One file. */
typedef struct rn_surveyed {
    char *path;
    char *name;
    const char *shadowed_by; /* the file of this name that is found first, borrowed; NULL: none */
    rn_inspection found;     /* unless it is shadowed */
} rn_surveyed;

typedef struct rn_survey {
    char **folders; /* in the order of the search; ends with NULL */
    rn_surveyed *files;
    int n_files;
} rn_survey;

/* Loads each in a child process of its own, which may take `seconds`. A refused file is no
 * failure. */
rn_status rn_survey_create(const char *plugin_path, double seconds, rn_survey **out);
void rn_survey_destroy(rn_survey *survey);

#endif
