/* evaluation_parts.h: the parts of the page of an evaluation, below each other. */
#ifndef RN_CORE_REPORT_EVALUATION_PARTS_H
#define RN_CORE_REPORT_EVALUATION_PARTS_H

#include "report/evaluation.h"

/* The confusion matrix, or for many classes the most confused pairs; and the style of it. */
extern const char rn_page_confusion_style[];
void rn_page_confusion(FILE *out, const rn_evaluation_results *results);

/* The reliability diagram, as SVG. */
extern const char rn_page_calibration_style[];
void rn_page_calibration(FILE *out, const rn_calibration *calibration);

/* The mistakes with their pictures. */
extern const char rn_page_mistakes_style[];
void rn_page_mistakes(FILE *out, const rn_evaluation_results *results);

/* Prints the name of class k. */
void rn_page_class(FILE *out, const rn_dataset *dataset, int64_t k);

#endif
