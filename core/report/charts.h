/* charts.h: every metric by epoch, as small charts of a page (html.h): one for each CHART of the
 * metrics' tags, with a line for each of its metrics. */
#ifndef RN_CORE_REPORT_CHARTS_H
#define RN_CORE_REPORT_CHARTS_H

#include <stdio.h>

#include "report/metrics.h"

extern const char rn_charts_style[];

/* Draws the charts that have a value; nothing without rows. */
void rn_charts_print(FILE *out, const rn_epoch_metrics *rows, int64_t count);

/* Prints a value as charts label it: "0.9123", "12.3 k", "1.5 G". */
#define RN_CHARTS_TEXT 32
void rn_charts_value(double value, char text[RN_CHARTS_TEXT]);

#endif
