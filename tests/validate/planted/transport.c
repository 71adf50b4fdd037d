/* transport.c: a plugin with a transport of one process, and one mistake. */
#include <resnet/transport.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "planted.h"

enum mistake {
    none,
    no_library,
    takes_a_signal,
    wrong_process,
    writes_past_the_info,
    no_connection,
    forgets_the_factor,
    adds_bf16_as_integers,
    writes_past_the_numbers,
    never_done,
    reads_old_numbers,
    cuts_notes,
    turns_notes_round,
    sees_ghosts,
    crashes_in_close
};

enum { MOST = 64 };

struct rn_transport_exchange {
    int dummy;
};
struct rn_transport_link {
    struct {
        uint32_t bytes;
        char text[RN_TRANSPORT_NOTE_BYTES];
    } notes[MOST];
    int first, n;
};

static const rn_host *host;
static rn_transport_exchange any;

static const char *library(void)
{
    return IS(no_library) ? "" : "none";
}

static rn_status open_link(const rn_host *of, rn_transport_info *info, rn_transport_link **link)
{
    host = of;
    if (IS(takes_a_signal))
        signal(SIGINT, SIG_IGN);
    info->process = 0;
    info->n_processes = IS(wrong_process) ? 2 : 1;
    if (IS(writes_past_the_info))
        (&info->reserved)[1] = 0;
    *link = IS(no_connection) ? NULL : calloc(1, sizeof **link);
    return RN_OK;
}

static void close_link(rn_transport_link *link)
{
    if (IS(crashes_in_close))
        abort();
    free(link);
}

static void abort_link(rn_transport_link *link, int32_t exit_status)
{
    (void)link;
    _Exit(exit_status);
}

static rn_status broadcast(rn_transport_link *link, int32_t from, void *data, uint64_t bytes,
                           rn_transport_exchange **exchange)
{
    (void)link, (void)from, (void)bytes;
    *exchange = &any;
    if (IS(reads_old_numbers))
        memset(data, 0, bytes);
    return RN_OK;
}

static void scale_bf16(uint16_t *number, double factor)
{
    uint32_t bits = (uint32_t)*number << 16;
    float value;
    memcpy(&value, &bits, sizeof value);
    value *= (float)factor;
    memcpy(&bits, &value, sizeof bits);
    *number = (uint16_t)(bits >> 16);
}

static rn_status all_reduce(rn_transport_link *link, int32_t group, int32_t type, void *data,
                            uint64_t count, double factor, rn_transport_exchange **exchange)
{
    (void)link, (void)group;
    *exchange = &any;
    if (IS(forgets_the_factor))
        factor = 1;
    for (uint64_t i = 0; i < count; i++)
        switch (type) {
            case RN_TRANSPORT_F32: ((float *)data)[i] *= (float)factor; break;
            case RN_TRANSPORT_F64: ((double *)data)[i] *= factor; break;
            case RN_TRANSPORT_I64: break;
            default:
                if (IS(adds_bf16_as_integers))
                    ((uint16_t *)data)[i] = (uint16_t)(((uint16_t *)data)[i] * factor);
                else
                    scale_bf16((uint16_t *)data + i, factor);
                break;
        }
    if (IS(writes_past_the_numbers) && type == RN_TRANSPORT_F64)
        ((double *)data)[count] = 0;
    return RN_OK;
}

static rn_status test(rn_transport_link *link, rn_transport_exchange *exchange, int32_t *done)
{
    (void)link, (void)exchange;
    *done = !IS(never_done);
    return RN_OK;
}

static rn_status post(rn_transport_link *link, int32_t to, const void *note, uint32_t bytes)
{
    (void)to;
    if (link->n == MOST)
        return host->fail(RN_E_NOMEM, "too many notes");
    link->notes[link->n].bytes = IS(cuts_notes) && bytes > 512 ? 512 : bytes;
    memcpy(link->notes[link->n++].text, note, bytes);
    return RN_OK;
}

static rn_status poll_notes(rn_transport_link *link, int32_t *from, void *note, uint32_t *bytes)
{
    *bytes = IS(sees_ghosts);
    if (link->first == link->n)
        return RN_OK;
    int k = IS(turns_notes_round) ? --link->n : link->first++;
    *from = 0;
    *bytes = link->notes[k].bytes;
    memcpy(note, link->notes[k].text, *bytes);
    return RN_OK;
}

static const rn_transport transport = {
    .size = sizeof transport,
    .library = library,
    .open = open_link,
    .close = close_link,
    .abort = abort_link,
    .broadcast = broadcast,
    .all_reduce = all_reduce,
    .test = test,
    .post = post,
    .poll = poll_notes,
};

static const void *extension(const char *id)
{
    return strcmp(id, RN_TRANSPORT_ID) == 0 ? &transport : NULL;
}

rn_status RN_PLUGIN_ENTRY(const rn_host *given, rn_plugin *plugin)
{
    host = given;
    if (!RN_HAS(plugin, extension))
        return host->fail(RN_E_PLUGIN, "a transport takes ABI 0.10");
    plugin->extension = extension;
    return planted_fill(plugin);
}
