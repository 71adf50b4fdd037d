/* event_record.h: the format of TensorBoard's event files: records of TensorFlow (length, data, and
 * a checksum of each), whose data are protocol buffers of the type Event. */
#ifndef RN_CORE_REPORT_EVENT_RECORD_H
#define RN_CORE_REPORT_EVENT_RECORD_H

#include <stddef.h>
#include <stdint.h>

#define RN_EVENT_MAX 512 /* bytes of a record */

/* A record that is being made; once it is finished, `bytes` is what the file gets. */
typedef struct rn_event_record {
    uint8_t bytes[RN_EVENT_MAX];
    size_t size;
} rn_event_record;

/* Make one record: the version of the format, which every file begins with; "what has this step or
 * a later one in other files is void"; a value of a chart. A tag of more than RN_EVENT_TAG bytes is
 * cut. */
#define RN_EVENT_TAG 200
void rn_event_version(rn_event_record *record, double wall_time_s);
void rn_event_restart(rn_event_record *record, double wall_time_s, int64_t step);
void rn_event_scalar(rn_event_record *record, double wall_time_s, int64_t step, const char *tag,
                     float value);

/* CRC-32C (Castagnoli), as in RFC 3720. */
uint32_t rn_event_crc(const uint8_t *bytes, size_t size);

#endif
