/* trace_file_write.c: writing traces. The data follow a header whose size is known at the end: room
 * is left for it, and where that does not suffice, the data are moved. */
#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

#include "base/status.h"
#include "compare/trace_file.h"
#include "compare/trace_file_parts.h"
#include "io/element.h"
#include "io/file.h"
#include "io/temporary.h"

/* A tensor takes about 250 bytes of the header: this is enough for all of ResNet-152's training
 * step. Traces of less detail are small, and are moved. */
#define ROOM_BYTES (1u << 20)
#define CHUNK_BYTES (1u << 20)

struct rn_trace_writer {
    char *path; /* for messages, if the file is without a name */
    bool is_named;
    rn_file *file;
    rn_trace_header header; /* its texts are in `metadata` */
    json_t *entries;        /* the header of the file, which owns `metadata` */
    json_t *metadata;
    json_t *tensors; /* what the metadata say of each */
    int64_t n_tensors;
    uint64_t room, size; /* bytes before the data, and of the data */
    float *drawn;        /* room for what is stored of one tensor */
};

static rn_status no_memory(const rn_trace_writer *w)
{
    return rn_fail(RN_E_NOMEM, "%s: not enough memory to write it", w->path);
}

static rn_status cannot(const rn_trace_writer *w, const char *action)
{
    return rn_fail(RN_E_IO, "%s: cannot %s it: %s", w->path, action, strerror(errno ? errno : EIO));
}

/* ---- Beginning ---- */

/* Sets the metadata, and points the writer's header at them. */
static rn_status set_metadata(rn_trace_writer *w, const rn_trace_header *header)
{
    char number[24];
    bool set = !json_object_set_new(w->metadata, "format", json_string(RN_TRACE_FORMAT));
    for (const rn_trace_field *f = rn_trace_fields; f->key && set; f++) {
        const void *from = rn_trace_field_of(header, f);
        snprintf(number, sizeof number, "%" PRId64, f->is_number ? *(const int64_t *)from : 0);
        const char *text = f->is_number ? number : *(const char *const *)from;
        set = !json_object_set_new(w->metadata, f->key, json_string(text));
        if (set && !f->is_number)
            *(const char **)rn_trace_field_of(&w->header, f) =
                json_string_value(json_object_get(w->metadata, f->key));
    }
    for (const rn_word *word = rn_trace_details; word->text && set; word++)
        if (word->value == (int32_t)header->detail)
            set = !json_object_set_new(w->metadata, "detail", json_string(word->text));
    if (set)
        return RN_OK;
    return rn_fail(RN_E_NOMEM, "%s: cannot write its metadata: not UTF-8, or not enough memory",
                   w->path);
}

/* Leaves room for the header. */
static rn_status begin(rn_trace_writer *w)
{
    w->room = w->header.detail == RN_TRACE_FULL ? ROOM_BYTES : 0;
    rn_status status = rn_file_create_unnamed(w->path, &w->file);
    if (status)
        return status;
    return fseeko(rn_file_stream(w->file), (off_t)w->room, SEEK_SET) ? cannot(w, "write") : RN_OK;
}

rn_status rn_trace_create(const char *path, const rn_trace_header *header, rn_trace_writer **out)
{
    rn_status status;
    rn_trace_writer *w = calloc(1, sizeof *w);
    *out = NULL;
    if (!w)
        return rn_fail(RN_E_NOMEM, "no memory for a trace");
    w->header = *header;
    w->is_named = path;
    w->path = path ? strdup(path) : rn_temporary_path("resnet-trace");
    w->entries = json_object();
    w->metadata = json_object();
    w->tensors = json_object();
    if (!w->path || !w->tensors || json_object_set(w->entries, "__metadata__", w->metadata)) {
        status = rn_fail(RN_E_NOMEM, "no memory for a trace");
        goto done;
    }
    status = set_metadata(w, header);
    if (status)
        goto done;
    status = begin(w);
    if (status)
        goto done;
    *out = w;
    w = NULL;
done:
    rn_trace_writer_destroy(w);
    return status;
}

void rn_trace_writer_destroy(rn_trace_writer *w)
{
    if (!w)
        return;
    rn_file_discard(w->file);
    json_decref(w->entries);
    json_decref(w->metadata);
    json_decref(w->tensors);
    free(w->drawn);
    free(w->path);
    free(w);
}

/* ---- Tensors ---- */

static json_t *make_shape(int32_t rank, const int64_t *shape)
{
    json_t *array = json_array();
    for (int32_t i = 0; i < rank; i++)
        if (json_array_append_new(array, json_integer(shape[i]))) {
            json_decref(array);
            return NULL;
        }
    return array;
}

/* Appends the data, and an entry to the file's header. Takes `shape`. */
static rn_status append(rn_trace_writer *w, const char *name, int32_t dtype, json_t *shape,
                        const void *data, int64_t count)
{
    const rn_element *type = rn_element_by_dtype(dtype);
    uint64_t bytes = (uint64_t)count * type->size;
    if (json_object_get(w->entries, name)) {
        json_decref(shape);
        return rn_fail(RN_E_DATA, "%s: two tensors are named \"%s\"", w->path, name);
    }
    json_t *entry = json_pack("{s:s, s:o, s:[I, I]}", "dtype", type->text, "shape", shape,
                              "data_offsets", (json_int_t)w->size, (json_int_t)(w->size + bytes));
    if (json_object_set_new(w->entries, name, entry))
        return rn_fail(RN_E_DATA,
                       "%s: cannot write a tensor named \"%s\": not UTF-8, or not enough memory",
                       w->path, name);
    w->size += bytes;
    return rn_file_write(w->file, data, bytes);
}

rn_status rn_trace_write_input(rn_trace_writer *w, const float *images, const int64_t shape[4],
                               const int32_t *labels)
{
    if (w->header.detail != RN_TRACE_FULL)
        return RN_OK;
    rn_status status = append(w, RN_TRACE_IMAGES, RN_F32, make_shape(4, shape), images,
                              shape[0] * shape[1] * shape[2] * shape[3]);
    return status ? status
                  : append(w, RN_TRACE_LABELS, RN_I32, make_shape(1, shape), labels, shape[0]);
}

/* What the metadata say of a tensor. */
static rn_status describe(rn_trace_writer *w, const char *name, const rn_traced *tensor)
{
    json_t *about =
        json_pack("{s:s, s:s, s:I, s:I}", "op", tensor->op, "layer", tensor->layer, "sum_length",
                  (json_int_t)tensor->sum_length, "index", (json_int_t)w->n_tensors);
    bool failed = !about;
    if (w->header.detail != RN_TRACE_FULL)
        failed =
            failed || json_object_set_new(about, "shape", make_shape(tensor->rank, tensor->shape));
    failed = json_object_set_new(w->tensors, name, about) || failed;
    return failed ? no_memory(w) : RN_OK;
}

/* Appends what a trace of less than full detail has of a tensor. */
static rn_status append_drawn(rn_trace_writer *w, const char *name, const rn_traced *tensor)
{
    int64_t n = rn_trace_drawn(w->header.detail, tensor->count);
    float *drawn = realloc(w->drawn, (size_t)n * sizeof *drawn);
    if (!drawn)
        return no_memory(w);
    w->drawn = drawn;
    rn_trace_draw(&w->header, tensor->values, tensor->count, drawn);
    return append(w, name, RN_F32, make_shape(1, &n), drawn, n);
}

rn_status rn_trace_write(rn_trace_writer *w, const rn_traced *tensor)
{
    char *name = rn_trace_name(tensor->kind, tensor->name);
    if (!name)
        return no_memory(w);
    rn_status status = w->header.detail == RN_TRACE_FULL
                           ? append(w, name, RN_F32, make_shape(tensor->rank, tensor->shape),
                                    tensor->values, tensor->count)
                           : append_drawn(w, name, tensor);
    if (!status)
        status = describe(w, name, tensor);
    w->n_tensors++;
    free(name);
    return status;
}

rn_status rn_trace_set_noise(rn_trace_writer *w, rn_traced_kind kind, const char *name,
                             const double noise[RN_N_COMPARE_MODES])
{
    char *key = rn_trace_name(kind, name);
    json_t *list = json_array();
    bool failed = !key;
    for (int mode = 0; mode < RN_N_COMPARE_MODES; mode++) /* JSON has no infinity, and no NaN */
        failed = json_array_append_new(list, isfinite(noise[mode]) ? json_real(noise[mode])
                                                                   : json_null()) ||
                 failed;
    failed =
        json_object_set_new(key ? json_object_get(w->tensors, key) : NULL, "noise", list) || failed;
    free(key);
    return failed ? no_memory(w) : RN_OK;
}

/* ---- What was written, again ---- */

static rn_status read_back(const rn_trace_writer *w, void *to, uint64_t bytes, uint64_t at)
{
    int fd = fileno(rn_file_stream(w->file));
    errno = 0;
    for (uint64_t done = 0; done < bytes;) {
        ssize_t n = pread(fd, (char *)to + done, (size_t)(bytes - done), (off_t)(at + done));
        if (n <= 0 && errno != EINTR)
            return cannot(w, "read");
        done += n > 0 ? (uint64_t)n : 0;
    }
    return RN_OK;
}

rn_status rn_trace_reread(rn_trace_writer *w, rn_traced_kind kind, const char *name, int64_t count,
                          float *values)
{
    char *key = rn_trace_name(kind, name);
    json_int_t begin = 0, end = 0;
    uint64_t bytes = (uint64_t)count * sizeof *values;
    if (!key)
        return no_memory(w);
    json_t *entry = json_object_get(w->entries, key);
    free(key);
    if (w->header.detail != RN_TRACE_FULL ||
        json_unpack(entry, "{s:[I, I]}", "data_offsets", &begin, &end) ||
        (uint64_t)(end - begin) != bytes)
        return rn_fail(RN_E_UNSUPPORTED, "%s: it has no tensor \"%s\" of %" PRId64 " values",
                       w->path, name, count);
    errno = 0;
    if (fflush(rn_file_stream(w->file)))
        return cannot(w, "write");
    return read_back(w, values, bytes, w->room + (uint64_t)begin);
}

/* ---- Completing ---- */

/* Moves the data towards the end of the file, the last bytes first. */
static rn_status move_data(rn_trace_writer *w, uint64_t room)
{
    char *chunk = malloc(CHUNK_BYTES);
    rn_status status = chunk ? RN_OK : no_memory(w);
    for (uint64_t left = w->size; left > 0 && !status;) {
        uint64_t bytes = left < CHUNK_BYTES ? left : CHUNK_BYTES;
        left -= bytes;
        status = read_back(w, chunk, bytes, w->room + left);
        if (!status && fseeko(rn_file_stream(w->file), (off_t)(room + left), SEEK_SET))
            status = cannot(w, "write");
        if (!status)
            status = rn_file_write(w->file, chunk, bytes);
        if (!status && fflush(rn_file_stream(w->file)))
            status = cannot(w, "write");
    }
    w->room = room;
    free(chunk);
    return status;
}

/* Writes the header into the room before the data, filled up with spaces. */
static rn_status write_header(rn_trace_writer *w, const char *text)
{
    uint8_t head[8];
    uint64_t length = strlen(text), least = (8 + length + 7) / 8 * 8;
    FILE *stream = rn_file_stream(w->file);
    rn_status status = RN_OK;
    errno = 0;
    if (fflush(stream))
        return cannot(w, "write");
    if (least > w->room)
        status = move_data(w, least);
    if (status)
        return status;
    if (fseeko(stream, 0, SEEK_SET))
        return cannot(w, "write");
    for (int i = 0; i < 8; i++)
        head[i] = (uint8_t)((w->room - 8) >> (8 * i));
    status = rn_file_write(w->file, head, 8);
    if (!status)
        status = rn_file_write(w->file, text, length);
    for (uint64_t i = 8 + length; i < w->room && !status; i++)
        status = rn_file_write(w->file, " ", 1);
    return status;
}

static rn_status complete(rn_trace_writer *w)
{
    char *text = json_dumps(w->tensors, JSON_COMPACT);
    bool set = text && !json_object_set_new(w->metadata, "tensors", json_string(text));
    free(text);
    text = set ? json_dumps(w->entries, JSON_COMPACT) : NULL;
    rn_status status = text ? write_header(w, text) : no_memory(w);
    free(text);
    return status;
}

/* Gives the complete file its name. */
static rn_status commit(rn_trace_writer *w)
{
    rn_file *file = w->file;
    w->file = NULL;
    return rn_file_commit(file);
}

rn_status rn_trace_finish(rn_trace_writer *w)
{
    rn_status status = complete(w);
    if (!status)
        status = commit(w);
    rn_trace_writer_destroy(w);
    return status;
}

/* Opens the complete file by its descriptor. */
static rn_status open_unnamed(rn_trace_writer *w, rn_trace_reader **out)
{
    char path[64];
    FILE *stream = rn_file_stream(w->file);
    errno = 0;
    if (fflush(stream))
        return cannot(w, "write");
    snprintf(path, sizeof path, "/proc/self/fd/%d", fileno(stream));
    return rn_trace_open(path, out);
}

rn_status rn_trace_reopen(rn_trace_writer *w, rn_trace_reader **out)
{
    *out = NULL;
    rn_status status = complete(w);
    if (!status && w->is_named)
        status = commit(w);
    if (!status)
        status = w->is_named ? rn_trace_open(w->path, out) : open_unnamed(w, out);
    rn_trace_writer_destroy(w);
    return status;
}
