/* transport.c: the slots of the transport for tests. */
#include <resnet/plugin.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "world/sockets/sockets.h"

struct rn_transport_exchange {
    uint64_t number;
    void *data;
    uint64_t bytes;
    int32_t first, n, next; /* of the processes whose data are added; which one comes next */
    int32_t type;           /* rn_transport_type; 0: a broadcast */
    double factor;
    void *sum;
};

static const rn_host *host;

bool sockets_misbehaves(const rn_transport_link *link, const char *kind)
{
    return strcmp(link->fault, kind) == 0 && link->n_started > link->fault_from;
}

static const char *library(void)
{
    return "sockets";
}

static void wait_for_ever(void)
{
    for (;;)
        pause();
}

/* "WORD:NUMBER" or "WORD:NUMBER:NUMBER". */
static char *split(const char *text, long numbers[2])
{
    char *word = strdup(text);
    char *colon = word ? strchr(word, ':') : NULL;
    if (!colon)
        return word;
    *colon = 0;
    numbers[0] = strtol(colon + 1, &colon, 10);
    numbers[1] = *colon == ':' ? strtol(colon + 1, NULL, 10) : 0;
    return word;
}

static rn_status open_link(const rn_host *of, rn_transport_info *info, rn_transport_link **out)
{
    const char *place = getenv("RESNET_SOCKETS"), *fault = getenv("RESNET_SOCKETS_FAULT");
    long numbers[2] = { 0, 1 }, from[2] = { 0 };
    rn_transport_link *link = calloc(1, sizeof *link);
    char *folder = split(place ? place : "", numbers);
    link->host = of;
    link->process = (int32_t)numbers[0];
    link->n = (int32_t)numbers[1];
    link->peers = calloc((size_t)link->n, sizeof *link->peers);
    link->fault = split(fault ? fault : "", from);
    link->fault_from = (uint64_t)from[0];
    info->process = link->process;
    info->n_processes = link->n;
    rn_status status = strcmp(link->fault, "open") == 0
                           ? of->fail(RN_E_DEVICE, "planted: the connection fails")
                           : sockets_connect(link, folder);
    free(folder);
    *out = link;
    return status;
}

static void free_frames(sockets_frame *list)
{
    while (list) {
        sockets_frame *next = list->next;
        free(list);
        list = next;
    }
}

/* What nobody has taken goes with the link: notes that came late. */
static void free_link(rn_transport_link *link)
{
    for (int32_t i = 0; i < link->n; i++) {
        if (i != link->process)
            close(link->peers[i].fd);
        free_frames(link->peers[i].out);
        free(link->peers[i].in);
    }
    free_frames(link->arrived);
    free(link->peers);
    free((void *)(uintptr_t)link->fault);
    free(link);
}

static void close_link(rn_transport_link *link)
{
    bool waits = true;
    if (strcmp(link->fault, "close") == 0)
        wait_for_ever();
    while (waits) {
        const struct timespec nap = { .tv_nsec = 1000000 };
        waits = false;
        for (int32_t i = 0; i < link->n; i++)
            waits = waits || link->peers[i].out;
        if (sockets_pump(link))
            break;
        nanosleep(&nap, NULL);
    }
    free_link(link);
}

/* As a launcher would. */
static void abort_all(rn_transport_link *link, int32_t exit_status)
{
    for (int32_t i = 0; i < link->n; i++)
        if (i != link->process && link->peers[i].pid > 0)
            kill(link->peers[i].pid, SIGKILL);
    _exit(exit_status);
}

static rn_status start(rn_transport_link *link, const rn_transport_exchange *what,
                       rn_transport_exchange **out)
{
    rn_transport_exchange *exchange = malloc(sizeof *exchange);
    *exchange = *what;
    exchange->number = link->n_started++;
    *out = exchange;
    if (sockets_misbehaves(link, "fail"))
        return host->fail(RN_E_DEVICE, "planted: the exchange fails");
    if (sockets_misbehaves(link, "hang"))
        wait_for_ever();
    rn_status status = RN_OK;
    bool sends = what->type || what->first == link->process;
    int32_t first = what->type ? what->first : 0, n = what->type ? what->n : link->n;
    for (int32_t i = first; sends && i < first + n && !status; i++)
        status = sockets_send(link, i, exchange->number, what->data, what->bytes);
    return status;
}

static rn_status broadcast(rn_transport_link *link, int32_t from, void *data, uint64_t bytes,
                           rn_transport_exchange **exchange)
{
    const rn_transport_exchange what = { .data = data, .bytes = bytes, .first = from, .n = 1 };
    return start(link, &what, exchange);
}

static rn_status all_reduce(rn_transport_link *link, int32_t group, int32_t type, void *data,
                            uint64_t count, double factor, rn_transport_exchange **exchange)
{
    static const uint64_t sizes[] = { 0, 4, 2, 8, 8 };
    const rn_transport_exchange what = { .data = data,
                                         .bytes = count * sizes[type],
                                         .first = link->process / group * group,
                                         .n = group,
                                         .type = type,
                                         .factor = factor };
    return start(link, &what, exchange);
}

/* Sums are in double precision, in the order of processes, rounded at the end. */
static double read_number(int32_t type, const void *data, uint64_t i)
{
    uint32_t bits = (uint32_t)((const uint16_t *)data)[type == RN_TRANSPORT_BF16 ? i : 0] << 16;
    float wide;
    memcpy(&wide, &bits, sizeof wide);
    return type == RN_TRANSPORT_BF16  ? (double)wide
           : type == RN_TRANSPORT_F32 ? (double)((const float *)data)[i]
                                      : ((const double *)data)[i];
}

static void write_number(int32_t type, void *data, uint64_t i, double value)
{
    float narrow = (float)value;
    uint32_t bits;
    memcpy(&bits, &narrow, sizeof bits);
    if (type == RN_TRANSPORT_BF16)
        ((uint16_t *)data)[i] = (uint16_t)((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
    else if (type == RN_TRANSPORT_F32)
        ((float *)data)[i] = narrow;
    else
        ((double *)data)[i] = value;
}

static void add(rn_transport_exchange *e, const void *data)
{
    static const uint64_t sizes[] = { 1, 4, 2, 8, 8 };
    uint64_t count = e->bytes / sizes[e->type];
    double *sum = e->sum;
    for (uint64_t i = 0; i < count; i++)
        if (e->type == RN_TRANSPORT_I64)
            ((int64_t *)e->sum)[i] += ((const int64_t *)data)[i];
        else
            sum[i] += read_number(e->type, data, i);
    if (e->next < e->n)
        return;
    for (uint64_t i = 0; i < count; i++)
        if (e->type == RN_TRANSPORT_I64)
            ((int64_t *)e->data)[i] = ((const int64_t *)e->sum)[i];
        else
            write_number(e->type, e->data, i, sum[i] * e->factor);
}

static rn_status test(rn_transport_link *link, rn_transport_exchange *e, int32_t *done)
{
    rn_status status = sockets_pump(link);
    sockets_frame *frame;
    *done = 0;
    while (!status && e->next < e->n &&
           (frame = sockets_take(link, e->number, e->first + e->next))) {
        e->next++;
        if (!e->sum)
            e->sum = calloc(e->bytes + 1, sizeof(double));
        if (e->type)
            add(e, frame->data);
        else
            memcpy(e->data, frame->data, e->bytes);
        free(frame);
    }
    *done = !status && e->next == e->n;
    if (*done) {
        free(e->sum);
        free(e);
    }
    return status;
}

static rn_status post(rn_transport_link *link, int32_t to, const void *note, uint32_t bytes)
{
    return sockets_send(link, to, SOCKETS_NOTE, note, bytes);
}

static rn_status poll(rn_transport_link *link, int32_t *from, void *note, uint32_t *bytes)
{
    rn_status status = sockets_pump(link);
    sockets_frame *frame = status ? NULL : sockets_take(link, SOCKETS_NOTE, -1);
    *bytes = frame ? (uint32_t)frame->head.bytes : 0;
    if (frame) {
        *from = frame->from;
        memcpy(note, frame->data, *bytes);
    }
    free(frame);
    return status;
}

static const rn_transport transport = { .size = sizeof transport,
                                        .library = library,
                                        .open = open_link,
                                        .close = close_link,
                                        .abort = abort_all,
                                        .broadcast = broadcast,
                                        .all_reduce = all_reduce,
                                        .test = test,
                                        .post = post,
                                        .poll = poll };

static const void *find_extension(const char *id)
{
    return strcmp(id, RN_TRANSPORT_ID) == 0 ? &transport : NULL;
}

rn_status RN_PLUGIN_ENTRY(const rn_host *of, rn_plugin *plugin)
{
    host = of;
    plugin->abi_minor = RN_ABI_MINOR;
    plugin->name = "sockets";
    plugin->version = "0";
    plugin->doc = "Connects the processes of one machine, for tests.";
    plugin->extension = find_extension;
    return RN_OK;
}
