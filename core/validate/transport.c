/* transport.c: tests of transports. */
#include "validate/transport.h"

#include <sched.h>
#include <string.h>

#include "base/status.h"
#include "plugin/process_state.h"
#include "validate/guarded.h"

#define MANY 40       /* exchanges under way, notes */
#define COUNT 1000003 /* numbers of the largest exchange: more than one message of most libraries */

/* A connection of this process with itself. */
static rn_status connect(rn_checking *c, rn_transport_link **link)
{
    rn_transport_info *info = rn_guarded(sizeof *info);
    *link = NULL;
    if (!info)
        return rn_fail(RN_E_NOMEM, "no memory");
    info->size = sizeof *info;
    rn_check_at(c, "open, with a structure at the end of a page");
    rn_status status = c->plugin->transport.open(rn_host_table(), info, link);
    if (status)
        return status;
    if (!*link)
        return rn_fail(RN_E_PLUGIN, "open returns RN_OK, but no connection");
    if (info->n_processes != 1 || info->process != 0)
        return rn_fail(RN_E_PLUGIN,
                       "this is process %d of %d, expected 0 of 1; check it where no launcher has "
                       "started it",
                       info->process, info->n_processes);
    return RN_OK;
}

rn_status rn_check_link(rn_checking *c)
{
    rn_transport_link *link = NULL;
    rn_process_state *before = NULL;
    const char *library = c->plugin->transport.library();
    if (!library || !library[0])
        rn_check_found(c, "library gives no name");
    rn_status status = rn_process_state_create(&before);
    if (status)
        return status;
    status = connect(c, &link);
    if (!status)
        status = rn_process_state_keep_environment(before);
    status = rn_process_state_restore(before, "open", status);
    rn_process_state_destroy(before);
    rn_check_at(c, "close");
    if (link)
        c->plugin->transport.close(link);
    return status;
}

/* ---- Exchanges ---- */

static rn_status finish(rn_checking *c, rn_transport_link *link, rn_transport_exchange *exchange)
{
    int32_t done = 0;
    rn_status status = RN_OK;
    while (!status && !done) {
        status = c->plugin->transport.test(link, exchange, &done);
        sched_yield();
    }
    return status;
}

static const struct {
    int32_t type;
    const char *name;
    size_t bytes;
    double factor;
} types[] = { { RN_TRANSPORT_F32, "F32", 4, 0.5 },
              { RN_TRANSPORT_BF16, "BF16", 2, 0.5 },
              { RN_TRANSPORT_F64, "F64", 8, 0.5 },
              { RN_TRANSPORT_I64, "I64", 8, 1 } };
enum { N_TYPES = sizeof types / sizeof *types };

/* 3 as a number of the type, or half of it where sums are halved. */
static void store(int k, char *at, bool is_result)
{
    double value = is_result ? 3 * types[k].factor : 3;
    float single = (float)value;
    int64_t integer = (int64_t)value;
    switch (types[k].type) {
        case RN_TRANSPORT_F32: memcpy(at, &single, sizeof single); break;
        case RN_TRANSPORT_BF16: memcpy(at, (char *)&single + 2, 2); break;
        case RN_TRANSPORT_F64: memcpy(at, &value, sizeof value); break;
        default: memcpy(at, &integer, sizeof integer); break;
    }
}

static rn_status add(rn_checking *c, rn_transport_link *link, int k, uint64_t count)
{
    rn_transport_exchange *exchange = NULL;
    char expected[8], *data = rn_guarded((count * types[k].bytes + 7) / 8 * 8);
    if (!data)
        return rn_fail(RN_E_NOMEM, "no memory");
    for (uint64_t i = 0; i < count; i++)
        store(k, data + i * types[k].bytes, false);
    store(k, expected, true);
    rn_check_at(c, "all_reduce of %llu numbers, %s", (unsigned long long)count, types[k].name);
    rn_status status = c->plugin->transport.all_reduce(link, 1, types[k].type, data, count,
                                                       types[k].factor, &exchange);
    if (!status)
        status = finish(c, link, exchange);
    for (uint64_t i = 0; i < count && !status; i++)
        if (memcmp(data + i * types[k].bytes, expected, types[k].bytes) != 0) {
            rn_check_found(c, "all_reduce of 3 alone, times %g: number %llu of %llu, %s, is wrong",
                           types[k].factor, (unsigned long long)i, (unsigned long long)count,
                           types[k].name);
            return RN_OK;
        }
    return status;
}

/* Those that were started first are tested last. */
static rn_status cross(rn_checking *c, rn_transport_link *link)
{
    rn_transport_exchange *exchanges[MANY] = { 0 };
    static double numbers[MANY];
    rn_status status = RN_OK;
    rn_check_at(c, "%d exchanges under way, of which the last is tested first", MANY);
    for (int i = 0; i < MANY && !status; i++) {
        numbers[i] = i;
        status = i % 2 ? c->plugin->transport.broadcast(link, 0, &numbers[i], sizeof numbers[i],
                                                        &exchanges[i])
                       : c->plugin->transport.all_reduce(link, 1, RN_TRANSPORT_F64, &numbers[i], 1,
                                                         1, &exchanges[i]);
    }
    for (int i = MANY - 1; i >= 0 && !status; i--)
        status = finish(c, link, exchanges[i]);
    for (int i = 0; i < MANY && !status; i++)
        if (numbers[i] != i)
            rn_check_found(c, "exchange %d of %d has changed %d to %g", i, MANY, i, numbers[i]);
    return status;
}

rn_status rn_check_exchanges(rn_checking *c)
{
    static const uint64_t counts[] = { 1, 3, 1000, COUNT };
    rn_transport_link *link = NULL;
    rn_status status = connect(c, &link);
    for (int k = 0; k < N_TYPES; k++)
        for (size_t i = 0; i < sizeof counts / sizeof *counts && !status; i++)
            status = add(c, link, k, counts[i]);
    if (!status)
        status = cross(c, link);
    if (!status)
        c->plugin->transport.close(link);
    return status;
}

/* ---- Notes ---- */

/* Note i has 1 byte, or as many as a note can. */
static uint32_t note_bytes(int i)
{
    return i % 2 ? RN_TRANSPORT_NOTE_BYTES : 1;
}

static rn_status take(rn_checking *c, rn_transport_link *link, int i)
{
    char *note = rn_guarded(RN_TRANSPORT_NOTE_BYTES);
    uint32_t bytes = 0;
    int32_t from = -1;
    rn_status status = note ? RN_OK : rn_fail(RN_E_NOMEM, "no memory");
    while (!status && !bytes) {
        status = c->plugin->transport.poll(link, &from, note, &bytes);
        sched_yield();
    }
    if (!status && (from != 0 || bytes != note_bytes(i) || note[0] != i || note[bytes - 1] != i))
        rn_check_found(c,
                       "note %d of %d, %u bytes from process 0: poll gives %u bytes from process "
                       "%d, and they begin with %d",
                       i, MANY, note_bytes(i), bytes, from, note[0]);
    return status;
}

rn_status rn_check_notes(rn_checking *c)
{
    char note[RN_TRANSPORT_NOTE_BYTES];
    rn_transport_link *link = NULL;
    uint32_t bytes = 1;
    int32_t from;
    rn_status status = connect(c, &link);
    rn_check_at(c, "poll, where there is no note");
    if (!status)
        status = c->plugin->transport.poll(link, &from, note, &bytes);
    if (!status && bytes)
        rn_check_found(c, "poll gives a note that nobody has posted");
    rn_check_at(c, "%d notes to itself", MANY);
    for (int i = 0; i < MANY && !status; i++) {
        memset(note, i, sizeof note);
        status = c->plugin->transport.post(link, 0, note, note_bytes(i));
    }
    for (int i = 0; i < MANY && !status && !c->n_found; i++)
        status = take(c, link, i);
    if (!status)
        c->plugin->transport.close(link);
    return status;
}
