/* shard.c: reads shards with libarchive. */
#include "data/sets/shard.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/status.h"
#include "data/sets/libarchive.h"

#define BLOCK_BYTES (1 << 18)
#define FIRST_BYTES (1 << 20) /* of a file: a false header cannot request terabytes */

struct rn_shard {
    const char *path;
    const rn_libarchive *lib;
    struct archive *archive;
    struct archive_entry *entry;
};

static const char *reason(const rn_shard *shard)
{
    const char *text = shard->lib->archive_error_string(shard->archive);
    return text ? text : "no reason given";
}

/* Something is wrong in the file of which the header was read last. */
static rn_status fail(const rn_shard *shard, const char *what)
{
    return rn_fail(RN_E_DATA, "%s: %s: %s, in or after the file at byte %" PRId64, shard->path,
                   what, reason(shard),
                   (int64_t)shard->lib->archive_read_header_position(shard->archive));
}

rn_status rn_shard_open(const char *path, rn_shard **out)
{
    const rn_libarchive *lib = NULL;
    *out = NULL;
    rn_status status = rn_libarchive_load(&lib);
    if (status)
        return status;
    rn_shard *shard = calloc(1, sizeof *shard);
    struct archive *archive = lib->archive_read_new();
    if (!shard || !archive) {
        free(shard);
        lib->archive_read_free(archive);
        return rn_fail(RN_E_NOMEM, "%s: not enough memory", path);
    }
    *shard = (rn_shard){ .path = path, .lib = lib, .archive = archive };
    /* One by one: some of the others run programs. */
    lib->archive_read_support_filter_gzip(archive);
    lib->archive_read_support_filter_bzip2(archive);
    lib->archive_read_support_filter_xz(archive);
    lib->archive_read_support_filter_zstd(archive);
    lib->archive_read_support_format_tar(archive);
    if (lib->archive_read_open_filename(archive, path, BLOCK_BYTES) != ARCHIVE_OK) {
        status = rn_fail(RN_E_DATA, "%s: cannot open it: %s", path, reason(shard));
        rn_shard_close(shard);
        return status;
    }
    *out = shard;
    return RN_OK;
}

static rn_member_type type_of(const char *ending)
{
    static const char *const pictures[] = { "jpg", "jpeg", "png", "webp", "img" };
    for (size_t i = 0; i < sizeof pictures / sizeof *pictures; i++)
        if (strcasecmp(ending, pictures[i]) == 0)
            return RN_MEMBER_PICTURE;
    if (strcasecmp(ending, "cls") == 0)
        return RN_MEMBER_CLASS;
    return strcasecmp(ending, "json") == 0 ? RN_MEMBER_JSON : RN_MEMBER_OTHER;
}

/* False if the file belongs to no sample. WebDataset passes over the same: names that begin with a
 * dot or have none, and names in underscores, which describe the shard. */
static bool split_name(const char *name, rn_member *member)
{
    const char *slash = strrchr(name, '/');
    const char *file = slash ? slash + 1 : name;
    const char *dot = strchr(file, '.');
    if (!dot || dot == file || strncmp(file, "__", 2) == 0)
        return false;
    *member = (rn_member){ type_of(dot + 1), name, (size_t)(dot - name) };
    return true;
}

rn_status rn_shard_next(rn_shard *shard, rn_member *member)
{
    *member = (rn_member){ RN_MEMBER_END, NULL, 0 };
    for (;;) {
        int code = shard->lib->archive_read_next_header(shard->archive, &shard->entry);
        if (code == ARCHIVE_EOF)
            return RN_OK;
        if (code < ARCHIVE_WARN)
            return fail(shard, "cannot read it as a tar file");
        /* The first is NULL for names that the locale cannot write. */
        const char *name = shard->lib->archive_entry_pathname(shard->entry);
        if (!name)
            name = shard->lib->archive_entry_pathname_utf8(shard->entry);
        if (name && shard->lib->archive_entry_filetype(shard->entry) == AE_IFREG &&
            split_name(name, member))
            return RN_OK;
    }
}

static rn_status make_room(const rn_shard *shard, rn_member_data *data, size_t size)
{
    if (size <= data->capacity)
        return RN_OK;
    uint8_t *grown = realloc(data->bytes, size);
    if (!grown)
        return rn_fail(RN_E_NOMEM, "%s: not enough memory for a file of %zu bytes", shard->path,
                       size);
    data->bytes = grown;
    data->capacity = size;
    return RN_OK;
}

rn_status rn_shard_read(rn_shard *shard, rn_member_data *data)
{
    int64_t size = shard->lib->archive_entry_size(shard->entry);
    data->size = 0;
    while ((int64_t)data->size < size) {
        int64_t wanted = data->size ? 2 * (int64_t)data->size : FIRST_BYTES;
        rn_status status = make_room(shard, data, (size_t)(wanted < size ? wanted : size));
        if (status)
            return status;
        la_ssize_t n = shard->lib->archive_read_data(shard->archive, data->bytes + data->size,
                                                     data->capacity - data->size);
        if (n < 0)
            return fail(shard, "truncated or damaged");
        if (n == 0)
            return rn_fail(RN_E_DATA,
                           "%s: truncated: a file in it has %zu bytes, expected %" PRId64,
                           shard->path, data->size, size);
        data->size += (size_t)n;
    }
    return RN_OK;
}

void rn_shard_close(rn_shard *shard)
{
    if (!shard)
        return;
    shard->lib->archive_read_free(shard->archive);
    free(shard);
}
