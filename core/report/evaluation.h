/* evaluation.h: the results of an evaluation, printed as text or JSON, or as a page. */
#ifndef RN_CORE_REPORT_EVALUATION_H
#define RN_CORE_REPORT_EVALUATION_H

#include <stdio.h>

#include "report/calibration.h"
#include "report/confusion.h"
#include "report/mistakes.h"

#define RN_EVALUATION_MAX_FILES 8

/* Zero-initialise. rn_evaluation_results_clear frees what is owned. */
typedef struct rn_evaluation_results {
    const char *weights;       /* the file or folder that they are of; borrowed */
    const rn_dataset *dataset; /* names classes and files; borrowed */
    double loss, top1, top5, images_per_s;
    int64_t n_images, n_classes;
    rn_calibration calibration;
    rn_class_score *score; /* of all classes, in their order; owned */
    rn_class_score *worst; /* n_worst that have images, the least recall first; owned */
    int64_t n_worst;
    rn_confusion *pair; /* n_pairs, the most frequent first; owned */
    int64_t n_pairs;
    uint32_t *cells;                     /* the confusion matrix; NULL: too many classes; owned */
    rn_mistakes mistakes;                /* none until they are looked for; owned */
    char *file[RN_EVALUATION_MAX_FILES]; /* that were written; owned */
    int n_files;
} rn_evaluation_results;

/* Counts the classes, pairs and bins. Sets everything from `top5` and `n_classes` on but for the
 * mistakes and the files. RN_E_NOMEM. */
rn_status rn_evaluation_count(rn_evaluation_results *results, const rn_outcomes *outcomes);
void rn_evaluation_results_clear(rn_evaluation_results *results);

/* A top-5 is told where there are more than five classes. */
static inline bool rn_evaluation_has_top5(const rn_evaluation_results *results)
{
    return results->n_classes > 5;
}

/* What class k is most often taken for; NULL: nothing. */
const rn_confusion *rn_evaluation_taken_for(const rn_evaluation_results *results, int64_t k);

/* The figures as a table; unless `quiet`, the worst classes and where the files are, too. */
void rn_evaluation_print(FILE *out, const rn_evaluation_results *results, bool quiet);

/* One JSON object. RN_E_NOMEM. */
rn_status rn_evaluation_print_json(FILE *out, const rn_evaluation_results *results);

#endif
