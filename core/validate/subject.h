/* subject.h: a block with values for its attributes, on an input that it takes. */
#ifndef RN_CORE_VALIDATE_SUBJECT_H
#define RN_CORE_VALIDATE_SUBJECT_H

#include "config/config.h"
#include "graph/graph.h"
#include "validate/check.h"

#define RN_SUBJECT_MOST_ATTRS 256
#define RN_SUBJECT_VALUE 64

/* Zero-initialise it. */
typedef struct rn_subject {
    rn_checking *checking;
    const rn_block *block;
    char name[160];                                       /* "plugin/block" */
    char values[RN_SUBJECT_MOST_ATTRS][RN_SUBJECT_VALUE]; /* as in a cfg; "": the default */
    int64_t shape[4];                                     /* of the input: images */
    bool training;
    bool reads[RN_SUBJECT_MOST_ATTRS]; /* attributes that builds so far have asked for */
    void (*prepare)(rn_graph *g);      /* called before a build; NULL: not */
} rn_subject;

/* What a build has made. */
typedef struct rn_built {
    rn_dag *dag;
    rn_value *y; /* the block's result */
} rn_built;

/* Builds the block alone. The caller destroys `built->dag`, which is NULL after a failure. */
rn_status rn_subject_build(rn_subject *s, rn_built *built);

/* Finds an input, and values for the attributes that a cfg has to give, with which the block
 * builds; where there is none, the last failure. */
rn_status rn_subject_find(rn_checking *c, const rn_block *block, rn_subject *s);

/* Says that it is left out, and returns true, if the block computes too much to be trained here. */
bool rn_subject_is_large(rn_subject *s);

/* "on (2, 8, 6, 5) with channels = 8" */
#define RN_SUBJECT_TEXT 1024
const char *rn_subject_text(const rn_subject *s, char text[RN_SUBJECT_TEXT]);

/* A cfg of a network around the block: a convolution before it, through which its input has a
 * gradient that training shows, and a linear layer after it. The caller destroys it. */
rn_status rn_subject_config(const rn_subject *s, const char *backend, rn_config **out);

/* Calls `check` for each block of the plugin, with values and an input that it takes, and again
 * with each other value of each attribute that has few of them (bools and choices), where that
 * builds: `most` times for a block at most; then `after`, unless it is NULL. A block that never
 * builds is left to block.builds. */
typedef rn_status rn_subject_check(rn_subject *s);
rn_status rn_subject_each(rn_checking *c, int most, rn_subject_check *check,
                          rn_subject_check *after);

#endif
