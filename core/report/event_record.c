/* event_record.c: records of event files.
 *
 * Source: tensorflow/core/lib/io/record_writer.h (the frame), tensorflow/core/util/event.proto and
 * framework/summary.proto (fields, by their numbers). The few messages of scalars are encoded here
 * by hand, so that every build can write them. */
#include "report/event_record.h"

#include <string.h>

/* ---- Checksums ---- */

uint32_t rn_event_crc(const uint8_t *bytes, size_t size)
{
    const uint32_t polynomial = 0x82f63b78; /* reflected */
    uint32_t crc = ~0u;
    for (size_t i = 0; i < size; i++) {
        crc ^= bytes[i];
        for (int bit = 0; bit < 8; bit++)
            crc = crc >> 1 ^ (polynomial & -(crc & 1));
    }
    return ~crc;
}

/* A file that holds checksums of itself would have a weak one: so it is rotated and shifted. */
static uint32_t masked_crc(const uint8_t *bytes, size_t size)
{
    uint32_t crc = rn_event_crc(bytes, size);
    return (crc >> 15 | crc << 17) + 0xa282ead8;
}

/* ---- Protocol buffers ---- */

enum { VARINT = 0, FIXED64 = 1, BYTES = 2, FIXED32 = 5 }; /* how a field is encoded */

static void put_little(rn_event_record *r, uint64_t value, int n_bytes)
{
    for (int i = 0; i < n_bytes; i++)
        r->bytes[r->size++] = (uint8_t)(value >> (8 * i));
}

static void put_varint(rn_event_record *r, uint64_t value)
{
    for (; value > 0x7f; value >>= 7)
        r->bytes[r->size++] = (uint8_t)(value | 0x80);
    r->bytes[r->size++] = (uint8_t)value;
}

static void put_key(rn_event_record *r, int field, int encoding)
{
    put_varint(r, (uint64_t)field << 3 | (uint64_t)encoding);
}

static void put_bytes(rn_event_record *r, int field, const void *bytes, size_t size)
{
    put_key(r, field, BYTES);
    put_varint(r, size);
    memcpy(r->bytes + r->size, bytes, size);
    r->size += size;
}

/* ---- Records ---- */

/* A record is: length (8 bytes), checksum of it (4), data, checksum of them (4). */
enum { HEAD = 12 };

/* Begins an Event: wall_time = 1 (double), step = 2 (int64), which is left out where it is 0. */
static void begin(rn_event_record *r, double wall_time_s, int64_t step)
{
    uint64_t bits;
    memcpy(&bits, &wall_time_s, sizeof bits);
    r->size = HEAD;
    put_key(r, 1, FIXED64);
    put_little(r, bits, 8);
    if (!step)
        return;
    put_key(r, 2, VARINT);
    put_varint(r, (uint64_t)step);
}

static void finish(rn_event_record *r)
{
    size_t size = r->size - HEAD;
    uint32_t crc = masked_crc(r->bytes + HEAD, size);
    r->size = 0;
    put_little(r, size, 8);
    put_little(r, masked_crc(r->bytes, 8), 4);
    r->size = HEAD + size;
    put_little(r, crc, 4);
}

/* file_version = 3 (string) */
void rn_event_version(rn_event_record *r, double wall_time_s)
{
    static const char version[] = "brain.Event:2";
    begin(r, wall_time_s, 0);
    put_bytes(r, 3, version, sizeof version - 1);
    finish(r);
}

/* session_log = 7 { status = 1: START = 1 } */
void rn_event_restart(rn_event_record *r, double wall_time_s, int64_t step)
{
    static const uint8_t start[] = { 1 << 3 | VARINT, 1 };
    begin(r, wall_time_s, step);
    put_bytes(r, 7, start, sizeof start);
    finish(r);
}

/* summary = 5 { value = 1 { tag = 1 (string), simple_value = 2 (float) } } */
void rn_event_scalar(rn_event_record *r, double wall_time_s, int64_t step, const char *tag,
                     float value)
{
    rn_event_record inner = { .size = 0 }, summary = { .size = 0 };
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    put_bytes(&inner, 1, tag, strnlen(tag, RN_EVENT_TAG));
    put_key(&inner, 2, FIXED32);
    put_little(&inner, bits, 4);
    put_bytes(&summary, 1, inner.bytes, inner.size);
    begin(r, wall_time_s, step);
    put_bytes(r, 5, summary.bytes, summary.size);
    finish(r);
}
