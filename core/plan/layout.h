/* layout.h: memory layouts between operators that want different ones. */
#ifndef RN_CORE_PLAN_LAYOUT_H
#define RN_CORE_PLAN_LAYOUT_H

#include "device/device.h"

/* Asks the backend in which layout it wants each operand, gives results the layout that it wants,
 * and inserts `reorder` where an input comes in another: once for each value and layout. Views and
 * values that the host reads (pinned) stay plain: value->plain is then what the host reads.
 * Operators that the backend declines are left for the plan to report. */
rn_status rn_layout_settle(rn_dag *dag, rn_device *device);

#endif
