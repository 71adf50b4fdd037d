/* packed.c: gzip files, read with zlib's inflate. Not with its gzread, which may report no error if
 * the file is truncated within the checksum. */
#include "io/packed.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include "base/status.h"
#include "io/file.h"

#define INPUT_BYTES 65536
#define GZIP_ONLY (16 + MAX_WBITS)

struct rn_packed {
    const char *path;
    int fd;
    bool is_packed;
    bool may_end;      /* between gzip members, or not gzip: the file may end here */
    uint64_t contents; /* uncompressed bytes read so far; gzip only */
    z_stream stream;
    uint8_t input[INPUT_BYTES];
};

/* Reads more input if none is left; stream.avail_in is then 0 only at the end of the file. */
static rn_status fill_input(rn_packed *p)
{
    ssize_t n = -1;
    if (p->stream.avail_in)
        return RN_OK;
    do
        n = read(p->fd, p->input, INPUT_BYTES);
    while (n < 0 && errno == EINTR);
    if (n < 0)
        return rn_fail(RN_E_IO, "%s: cannot read it: %s", p->path, strerror(errno));
    p->stream.next_in = p->input;
    p->stream.avail_in = (uInt)n;
    return RN_OK;
}

static rn_status copy_input(rn_packed *p, uint8_t *to, uint64_t size, uint64_t *got)
{
    *got = size < p->stream.avail_in ? size : p->stream.avail_in;
    memcpy(to, p->stream.next_in, (size_t)*got);
    p->stream.next_in += *got;
    p->stream.avail_in -= (uInt)*got;
    return RN_OK;
}

/* Reports inflate's `code`. gzip data may be followed by more gzip data; if inflate already rejects
 * its first two bytes, it is something else. */
static rn_status fail_inflate(const rn_packed *p, int code)
{
    const z_stream *stream = &p->stream;
    unsigned long long contents = p->contents;
    if (code == Z_MEM_ERROR)
        return rn_fail(RN_E_NOMEM, "%s: not enough memory to read it", p->path);
    if (contents && !stream->total_out && stream->total_in <= 2)
        return rn_fail(RN_E_DATA,
                       "%s: damaged: after its gzip data, which ends after %llu bytes "
                       "of contents, something else follows; expected the end of the file",
                       p->path, contents);
    if (code == Z_BUF_ERROR)
        return rn_fail(RN_E_DATA, "%s: truncated: its gzip data ends after %llu bytes of contents",
                       p->path, contents);
    return rn_fail(RN_E_DATA, "%s: damaged gzip data after %llu bytes of contents: %s", p->path,
                   contents, stream->msg ? stream->msg : "no reason given");
}

static rn_status inflate_input(rn_packed *p, uint8_t *to, uint64_t size, uint64_t *got)
{
    z_stream *stream = &p->stream;
    if (!stream->avail_in)
        return fail_inflate(p, Z_BUF_ERROR);
    if (p->may_end)
        inflateReset(stream);
    uInt capacity = size < INT32_MAX ? (uInt)size : INT32_MAX;
    stream->next_out = to;
    stream->avail_out = capacity;
    int code = inflate(stream, Z_NO_FLUSH);
    *got = capacity - stream->avail_out;
    p->contents += *got;
    p->may_end = code == Z_STREAM_END;
    return code == Z_OK || code == Z_STREAM_END ? RN_OK : fail_inflate(p, code);
}

rn_status rn_packed_read(rn_packed *p, uint8_t *to, uint64_t size, uint64_t *got)
{
    *got = 0;
    while (*got < size) {
        uint64_t n = 0;
        rn_status status = fill_input(p);
        if (status)
            return status;
        if (p->may_end && !p->stream.avail_in)
            break;
        status = p->is_packed ? inflate_input(p, to + *got, size - *got, &n)
                              : copy_input(p, to + *got, size - *got, &n);
        if (status)
            return status;
        *got += n;
    }
    return RN_OK;
}

rn_status rn_packed_open(const char *path, rn_packed **out)
{
    static const uint8_t magic[2] = { 0x1f, 0x8b };
    int fd = -1;
    *out = NULL;
    rn_status status = rn_file_open(path, &fd, NULL);
    if (status)
        return status;
    rn_packed *p = calloc(1, sizeof *p);
    if (!p || inflateInit2(&p->stream, GZIP_ONLY) != Z_OK) {
        free(p);
        close(fd);
        return rn_fail(RN_E_NOMEM, "%s: not enough memory to read it", path);
    }
    p->path = path;
    p->fd = fd;
    p->may_end = true;
    status = fill_input(p);
    if (status) {
        rn_packed_close(p);
        return status;
    }
    p->is_packed = p->stream.avail_in >= sizeof magic && !memcmp(p->input, magic, sizeof magic);
    *out = p;
    return RN_OK;
}

void rn_packed_close(rn_packed *p)
{
    if (!p)
        return;
    inflateEnd(&p->stream);
    close(p->fd);
    free(p);
}
