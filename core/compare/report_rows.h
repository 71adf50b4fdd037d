/* report_rows.h: which tensors a report shows first. */
#ifndef RN_CORE_COMPARE_REPORT_ROWS_H
#define RN_CORE_COMPARE_REPORT_ROWS_H

#include "compare/comparison.h"

/* A tensor of a side in a mode. */
typedef struct rn_place {
    int32_t row, side;
    rn_compare_mode mode;
} rn_place;

const rn_compared *rn_place_of(const rn_comparison *comparison, rn_place place);

/* The RMS of the differences over that of the reference. */
double rn_compared_relative(const rn_compared *compared);

/* The first `most` or fewer of a side, from the worst on: by verdict, then by how far beyond
 * what is allowed. Returns their number. */
int32_t rn_places_worst(const rn_comparison *comparison, int32_t side, int32_t most,
                        rn_place *places);

/* How many tensors of a side have a verdict that fails, in any mode. */
int32_t rn_places_failing(const rn_comparison *comparison, int32_t side);

/* What a side's whole is, in words: its sentence, or else its verdict's. */
const char *rn_side_sentence(const rn_comparison *comparison, int32_t side);

/* "grad.layer1.0.conv1.weight", escaped as in text.h */
#define RN_PLACE_NAME 256
void rn_traced_full_name(const rn_traced *tensor, char name[RN_PLACE_NAME]);

#endif
