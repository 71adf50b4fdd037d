/* confusion.h: which classes are taken for which others. */
#ifndef RN_CORE_REPORT_CONFUSION_H
#define RN_CORE_REPORT_CONFUSION_H

#include "data/dataset.h"
#include "report/outcomes.h"

/* Images of a class that are taken for another one. */
typedef struct rn_confusion {
    int32_t truth, predicted;
    int64_t count;
} rn_confusion;

/* All pairs of classes that occur, the most frequent first, then in the order of the classes. The
 * caller frees *pairs. RN_E_NOMEM. */
rn_status rn_confusion_pairs(const rn_outcomes *outcomes, rn_confusion **pairs, int64_t *count);

/* No matrix is made for more classes. */
#define RN_CONFUSION_MAX_CLASSES 2000

/* The matrix (truth, predicted) of counts; the caller frees *cells. RN_E_NOMEM. */
rn_status rn_confusion_matrix(const rn_outcomes *outcomes, uint32_t **cells);

/* Writes the matrix atomically: as CSV, with the names of the classes in the first row and column;
 * as a PNG, a row for each class from the top, in which a cell is the darker the larger its share
 * of the row: blue where it is right, red where it is wrong. RN_E_IO. */
rn_status rn_confusion_write_csv(const char *path, const rn_dataset *dataset, int64_t n_classes,
                                 const uint32_t *cells);
rn_status rn_confusion_write_png(const char *path, int64_t n_classes, const uint32_t *cells);

#endif
