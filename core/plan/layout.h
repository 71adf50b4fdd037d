/* layout.h: chooses the memory layouts of values and inserts reorders between them. */
#ifndef RN_CORE_PLAN_LAYOUT_H
#define RN_CORE_PLAN_LAYOUT_H

#include "device/device.h"

/* Asks the backend which layout it wants for each operand. Results get that layout; an input that
 * has another is reordered, once for each value and layout. The base of a view is reordered to
 * plain. A pinned or shown value in another layout gets a plain copy right after it is computed,
 * value->plain, which the host reads.
 * Operators that the backend does not support stay as they are; rn_plan_create reports them. */
rn_status rn_layout_settle(rn_dag *dag, rn_device *device);

#endif
