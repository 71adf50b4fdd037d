/* report_chart.h: the differences of a comparison as charts. */
#ifndef RN_CORE_COMPARE_REPORT_CHART_H
#define RN_CORE_COMPARE_REPORT_CHART_H

#include <stdio.h>

#include "compare/comparison.h"

/* The colour of a side (plot.h). */
int rn_side_colour(int32_t side);

/* The name of each side after its colour. */
void rn_compare_legend(FILE *out, const rn_comparison *comparison);

/* The relative difference of each tensor in the order of computation, on a logarithmic axis: a chart for each kind
 * of tensor that there is. */
void rn_compare_charts(FILE *out, const rn_comparison *comparison);

/* The losses by step, with the envelope of the reference's seeds; nothing without losses. */
void rn_compare_losses(FILE *out, const rn_comparison *comparison);

#endif
