/* ranking.h: the classes of an image by their probabilities. Among equal ones the first counts as
 * more likely. */
#ifndef RN_CORE_REPORT_RANKING_H
#define RN_CORE_REPORT_RANKING_H

#include <stdbool.h>
#include <stdint.h>

/* The most likely of the n classes. */
int64_t rn_ranking_first(const float *probabilities, int64_t n_classes);

/* Whether fewer than five classes are more likely than this one. */
bool rn_ranking_in_top5(const float *probabilities, int64_t n_classes, int64_t k);

#endif
