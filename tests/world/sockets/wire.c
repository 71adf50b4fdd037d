/* wire.c: frames over sockets. */
#define _GNU_SOURCE /* accept4, ucred */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "world/sockets/sockets.h"

static rn_status fail(const rn_transport_link *link, const char *what)
{
    return link->host->fail(RN_E_DEVICE, "%s: %s", what, strerror(errno));
}

static struct sockaddr_un address_of(const char *folder, int32_t process)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    snprintf(address.sun_path, sizeof address.sun_path, "%.90s/%d", folder, process);
    return address;
}

/* The other one may not be there yet. */
static rn_status call(rn_transport_link *link, const char *folder, int32_t to)
{
    struct sockaddr_un address = address_of(folder, to);
    const struct timespec pause = { .tv_nsec = 5000000 };
    sockets_peer *peer = &link->peers[to];
    peer->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    while (connect(peer->fd, (struct sockaddr *)&address, sizeof address))
        nanosleep(&pause, NULL);
    if (write(peer->fd, &link->process, sizeof link->process) != sizeof link->process)
        return fail(link, "write");
    return RN_OK;
}

static rn_status answer(rn_transport_link *link, int listener)
{
    int32_t from = 0;
    int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
    if (fd < 0 || read(fd, &from, sizeof from) != sizeof from)
        return fail(link, "accept");
    link->peers[from].fd = fd;
    return RN_OK;
}

/* Calls the processes before this one, and is called by those after it. */
rn_status sockets_connect(rn_transport_link *link, const char *folder)
{
    struct sockaddr_un own = address_of(folder, link->process);
    int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (bind(listener, (struct sockaddr *)&own, sizeof own) || listen(listener, link->n))
        return fail(link, own.sun_path);
    rn_status status = RN_OK;
    for (int32_t i = 0; i < link->n && !status; i++)
        if (i != link->process)
            status = i < link->process ? call(link, folder, i) : answer(link, listener);
    close(listener);
    for (int32_t i = 0; i < link->n && !status; i++) {
        struct ucred other;
        socklen_t bytes = sizeof other;
        if (i == link->process)
            continue;
        if (getsockopt(link->peers[i].fd, SOL_SOCKET, SO_PEERCRED, &other, &bytes))
            return fail(link, "getsockopt");
        link->peers[i].pid = other.pid;
    }
    return status;
}

static sockets_frame *make_frame(sockets_head head)
{
    sockets_frame *frame = malloc(sizeof *frame + head.bytes);
    if (frame)
        *frame = (sockets_frame){ .head = head };
    return frame;
}

static void append(sockets_frame **list, sockets_frame *frame)
{
    while (*list)
        list = &(*list)->next;
    frame->next = NULL;
    *list = frame;
}

rn_status sockets_send(rn_transport_link *link, int32_t to, uint64_t exchange, const void *data,
                       uint64_t bytes)
{
    const sockets_head head = { exchange, bytes };
    if (sockets_misbehaves(link, "mute") ||
        (exchange == SOCKETS_NOTE && sockets_misbehaves(link, "dumb")))
        return RN_OK;
    sockets_frame *frame = make_frame(head);
    if (!frame)
        return link->host->fail(RN_E_NOMEM, "no memory for a frame");
    memcpy(frame->data, data, bytes);
    frame->from = link->process;
    append(to == link->process ? &link->arrived : &link->peers[to].out, frame);
    return RN_OK;
}

/* 0: nothing can be written or read now. */
static ssize_t judge(ssize_t bytes)
{
    return bytes < 0 && (errno == EAGAIN || errno == EINTR) ? 0 : bytes ? bytes : -1;
}

static ssize_t write_some(sockets_peer *peer, sockets_frame *frame)
{
    const uint64_t head = sizeof frame->head;
    bool in_head = frame->done < head;
    const char *from =
        in_head ? (char *)&frame->head + frame->done : frame->data + frame->done - head;
    uint64_t rest = (in_head ? head : head + frame->head.bytes) - frame->done;
    return judge(send(peer->fd, from, rest, MSG_DONTWAIT | MSG_NOSIGNAL));
}

static void write_out(sockets_peer *peer)
{
    while (peer->out) {
        sockets_frame *frame = peer->out;
        ssize_t bytes = write_some(peer, frame);
        if (bytes == 0)
            return;
        frame->done += (uint64_t)(bytes > 0 ? bytes : 0);
        if (bytes > 0 && frame->done < sizeof frame->head + frame->head.bytes)
            continue;
        peer->out = frame->next; /* written, or lost with a process that is gone */
        free(frame);
    }
}

static ssize_t read_some(sockets_peer *peer)
{
    char *to = (char *)&peer->head + peer->head_bytes;
    uint64_t rest = sizeof peer->head - peer->head_bytes;
    if (peer->in) {
        to = peer->in->data + peer->in->done;
        rest = peer->in->head.bytes - peer->in->done;
    }
    return judge(recv(peer->fd, to, rest, MSG_DONTWAIT));
}

static rn_status read_in(rn_transport_link *link, int32_t from)
{
    sockets_peer *peer = &link->peers[from];
    for (;;) {
        ssize_t bytes = read_some(peer);
        if (bytes <= 0) /* one that is gone is silent */
            return RN_OK;
        uint64_t *done = peer->in ? &peer->in->done : &peer->head_bytes;
        *done += (uint64_t)bytes;
        if (!peer->in && peer->head_bytes == sizeof peer->head) {
            peer->in = make_frame(peer->head);
            if (!peer->in)
                return link->host->fail(RN_E_NOMEM, "no memory for a frame");
            peer->in->from = from;
        } else if (peer->in && peer->in->done == peer->in->head.bytes) {
            append(&link->arrived, peer->in);
            peer->in = NULL;
            peer->head_bytes = 0;
        }
    }
}

rn_status sockets_pump(rn_transport_link *link)
{
    rn_status status = RN_OK;
    for (int32_t i = 0; i < link->n && !status; i++) {
        if (i == link->process)
            continue;
        write_out(&link->peers[i]);
        status = read_in(link, i);
    }
    return status;
}

sockets_frame *sockets_take(rn_transport_link *link, uint64_t exchange, int32_t from)
{
    for (sockets_frame **at = &link->arrived; *at; at = &(*at)->next) {
        sockets_frame *frame = *at;
        if (frame->head.exchange == exchange && (from < 0 || frame->from == from)) {
            *at = frame->next;
            return frame;
        }
    }
    return NULL;
}
