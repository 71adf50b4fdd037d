/* grouped_rows.h: grouped convolutions and their gradients of data, row by row. */
#ifndef BACKENDS_ONEDNN_CONV2D_GROUPED_ROWS_H
#define BACKENDS_ONEDNN_CONV2D_GROUPED_ROWS_H

#include "onednn/conv2d/grouped_plan.h"

/* Completes the plan. */
void onednn_grouped_rows_plan(onednn_grouped_plan *plan);
void onednn_grouped_rows_run(const onednn_grouped_call *call);

#endif
