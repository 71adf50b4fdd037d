/* events.h: the metrics of epochs as an event file of TensorBoard. */
#ifndef RN_CORE_REPORT_EVENTS_H
#define RN_CORE_REPORT_EVENTS_H

#include <resnet/status.h>

#include "report/metrics.h"

typedef struct rn_events rn_events;

/* Begins a new file in the folder. Events from `step` on that other files of the folder hold are
 * void, so that a resumed run counts none twice. RN_E_IO. */
rn_status rn_events_open(const char *folder, int64_t step, rn_events **out);

/* Adds the metrics that have a tag and are known, at the row's step; they are on disk when it
 * returns. RN_E_IO. */
rn_status rn_events_add(rn_events *events, const rn_epoch_metrics *row);

/* `events` may be NULL. */
void rn_events_close(rn_events *events);

/* Removes the event files of a folder. RN_E_IO. */
rn_status rn_events_clear(const char *folder);

#endif
