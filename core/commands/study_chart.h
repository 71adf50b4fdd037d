/* study_chart.h: the curves of a study's variants: the mean of the runs, and a band from the
 * smallest to the largest. */
#ifndef RN_CORE_COMMANDS_STUDY_CHART_H
#define RN_CORE_COMMANDS_STUDY_CHART_H

#include <stdio.h>

#include "commands/study_plan.h"

/* The style of the charts beside that of plot.h, without <style>. */
extern const char rn_study_chart_style[];

/* Draws series s as SVG; nothing if no run has a value. */
void rn_study_chart(FILE *out, const rn_study *study, int s);

/* The values of the complete runs as dots, a row for each variant, with mean and standard deviation
 * behind them; nothing if no run is complete. */
void rn_study_dots(FILE *out, const rn_study *study);

#endif
