/* npy.c: reading .npy files. Nothing in the file is trusted. The format is described at
 * https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html */
#include "io/npy.h"

#include <inttypes.h>
#include <stdbool.h>
#include <string.h>

#include "base/status.h"

#define MAGIC "\x93NUMPY"

/* The header: a Python dictionary of three keys, of which `at` is not read yet. */
struct header {
    const char *path;
    const char *at, *end;
};

static void skip_space(struct header *header)
{
    while (header->at < header->end && (*header->at == ' ' || *header->at == '\n'))
        header->at++;
}

/* Skips `text`, and space around it; false if something else is there. */
static bool skip(struct header *header, const char *text)
{
    size_t length = strlen(text);
    skip_space(header);
    if ((size_t)(header->end - header->at) < length || memcmp(header->at, text, length) != 0)
        return false;
    header->at += length;
    skip_space(header);
    return true;
}

static rn_status fail_header(const struct header *header, const char *expected)
{
    size_t left = (size_t)(header->end - header->at);
    return rn_fail(RN_E_DATA, "%s: damaged header: found \"%.*s\", expected %s", header->path,
                   (int)(left < 20 ? left : 20), header->at, expected);
}

/* Reads '|u1' and the like. */
static rn_status read_type(struct header *header, rn_npy *npy)
{
    if (!skip(header, "'"))
        return fail_header(header, "the type of the elements, such as '|u1'");
    const char *type = header->at;
    const char *quote = memchr(type, '\'', (size_t)(header->end - type));
    int length = quote ? (int)(quote - type) : 0;
    if (length != 3 || !memchr("<|", type[0], 2) || !memchr("uif", type[1], 3) ||
        !memchr("1248", type[2], 4))
        return rn_fail(RN_E_DATA,
                       "%s: elements of type '%.*s', expected little-endian integers or floats "
                       "of 1 to 8 bytes, such as '|u1' or '<f4'",
                       header->path, length < 20 ? length : 20, type);
    npy->type = type[1];
    npy->size = type[2] - '0';
    header->at = quote + 1;
    return RN_OK;
}

static rn_status read_number(struct header *header, int64_t *number)
{
    *number = 0;
    if (header->at == header->end || *header->at < '0' || *header->at > '9')
        return fail_header(header, "a length");
    while (header->at < header->end && *header->at >= '0' && *header->at <= '9')
        if (__builtin_mul_overflow(*number, 10, number) ||
            __builtin_add_overflow(*number, *header->at++ - '0', number))
            return fail_header(header, "a length of fewer digits");
    return RN_OK;
}

/* Reads (2, 3), (2,) or (). */
static rn_status read_shape(struct header *header, rn_npy *npy)
{
    if (!skip(header, "("))
        return fail_header(header, "a shape, such as (2, 3)");
    bool ends = skip(header, ")");
    for (npy->rank = 0; !ends; npy->rank++) {
        if (npy->rank == RN_NPY_MAX_RANK)
            return rn_fail(RN_E_DATA, "%s: more than %d dimensions", header->path, RN_NPY_MAX_RANK);
        rn_status status = read_number(header, &npy->shape[npy->rank]);
        if (status)
            return status;
        bool goes_on = skip(header, ",");
        ends = skip(header, ")");
        if (!goes_on && !ends)
            return fail_header(header, "a comma or )");
    }
    return RN_OK;
}

static rn_status read_order(struct header *header)
{
    if (skip(header, "True"))
        return rn_fail(RN_E_DATA,
                       "%s: an array in Fortran's order, expected C's; save it again with "
                       "numpy.ascontiguousarray",
                       header->path);
    return skip(header, "False") ? RN_OK : fail_header(header, "True or False");
}

static rn_status read_header(struct header *header, rn_npy *npy)
{
    bool has_type = false, has_order = false, has_shape = false;
    if (!skip(header, "{"))
        return fail_header(header, "{");
    while (!skip(header, "}")) {
        rn_status status;
        if (!has_type && (has_type = skip(header, "'descr':")))
            status = read_type(header, npy);
        else if (!has_order && (has_order = skip(header, "'fortran_order':")))
            status = read_order(header);
        else if (!has_shape && (has_shape = skip(header, "'shape':")))
            status = read_shape(header, npy);
        else
            status = fail_header(header, "'descr', 'fortran_order' or 'shape', each once");
        if (status)
            return status;
        skip(header, ",");
    }
    return has_type && has_order && has_shape
               ? RN_OK
               : fail_header(header, "'descr', 'fortran_order' and 'shape'");
}

static rn_status check_size(const char *path, const rn_npy *npy, uint64_t have)
{
    int64_t bytes = npy->size;
    bool fits = true;
    for (int32_t i = 0; i < npy->rank; i++)
        fits = fits && !__builtin_mul_overflow(bytes, npy->shape[i], &bytes);
    if (!fits || (uint64_t)bytes != have)
        return rn_fail(RN_E_DATA,
                       "%s: %s: %" PRIu64 " bytes of data, expected %" PRId64 " for its shape",
                       path, !fits || (uint64_t)bytes > have ? "truncated" : "too long", have,
                       fits ? bytes : INT64_MAX);
    return RN_OK;
}

static rn_status read_file(const char *path, rn_npy *npy)
{
    const uint8_t *file = npy->map.data;
    uint64_t size = npy->map.size, start = 10, length;
    if (size < 12 || memcmp(file, MAGIC, strlen(MAGIC)) != 0)
        return rn_fail(RN_E_DATA, "%s: not a .npy file: it does not start with \\x93NUMPY", path);
    if (file[6] < 1 || file[6] > 3 || file[7] != 0)
        return rn_fail(RN_E_DATA, "%s: format %d.%d of .npy, expected 1.0, 2.0 or 3.0", path,
                       file[6], file[7]);
    length = file[8] | (uint64_t)file[9] << 8;
    if (file[6] > 1) {
        length |= (uint64_t)file[10] << 16 | (uint64_t)file[11] << 24;
        start = 12;
    }
    if (length > size - start)
        return rn_fail(RN_E_DATA,
                       "%s: truncated: it announces a header of %" PRIu64 " bytes, and %" PRIu64
                       " follow",
                       path, length, size - start);
    struct header header = { path, (const char *)file + start,
                             (const char *)file + start + length };
    rn_status status = read_header(&header, npy);
    if (status)
        return status;
    npy->data = file + start + length;
    return check_size(path, npy, size - start - length);
}

rn_status rn_npy_open(const char *path, rn_npy *npy)
{
    rn_status status = rn_map_open(path, &npy->map);
    if (status)
        return status;
    status = read_file(path, npy);
    if (status)
        rn_npy_close(npy);
    return status;
}

void rn_npy_close(rn_npy *npy)
{
    rn_map_close(&npy->map);
    *npy = (rn_npy){ 0 };
}
