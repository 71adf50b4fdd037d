/* labels.h: prints what a network says about pictures: a table to read, CSV or lines of JSON. */
#ifndef RN_CORE_REPORT_LABELS_H
#define RN_CORE_REPORT_LABELS_H

#include <stdbool.h>
#include <stdio.h>

#include "data/dataset.h"

#define RN_LABELS_WORDS(WORD)                                                                      \
    WORD("table", RN_LABELS_TABLE, "to read")                                                      \
    WORD("csv", RN_LABELS_CSV, "a row for each class of a picture")                                \
    WORD("jsonl", RN_LABELS_JSONL, "a JSON object for each picture, in a line")

enum { RN_LABELS_TABLE, RN_LABELS_CSV, RN_LABELS_JSONL };

/* How and where. */
typedef struct rn_labels {
    FILE *stream;
    int32_t format;            /* RN_LABELS_… */
    const rn_dataset *dataset; /* whose classes have names, and whose pictures may be files */
    int64_t n_classes;         /* of the network: at least those of the data set */
    int64_t n_top;             /* classes of a picture to print, at most n_classes */
    bool has_labels;           /* the pictures' classes are known */
    int name_width;            /* columns for the names of files */
    int64_t *top;              /* n_top; owned */
} rn_labels;

/* A picture and what the network gives for it. */
typedef struct rn_labelled {
    int64_t index;       /* of the picture */
    const char *file;    /* its name; NULL: it is not a file */
    int32_t truth;       /* its class; ignored unless has_labels */
    const float *values; /* the probabilities of the classes; or features, n_features of them */
    int64_t n_features;  /* 0: probabilities */
    const rn_picture *picture; /* drawn beside the table; NULL: not drawn */
} rn_labelled;

/* Whether the pictures of a data set are drawn: grey ones that fit into a terminal. */
bool rn_labels_draws(const rn_dataset *dataset);

/* Prepares printing; the fields above `name_width` are given. Finds the width of the names. A CSV
 * gets its header; `n_features` 0: of probabilities. RN_E_NOMEM. */
rn_status rn_labels_begin(rn_labels *labels, int64_t n_features);

rn_status rn_labels_print(const rn_labels *labels, const rn_labelled *image);

void rn_labels_end(rn_labels *labels);

#endif
