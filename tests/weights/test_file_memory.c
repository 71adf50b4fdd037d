/* test_file_memory.c: what a file of weights takes in memory, beside its own size, is limited,
 * whatever it says. */
#define _GNU_SOURCE /* wait4 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/status.h"
#include "support/check.h"
#include "weights/open.h"
#include "weights/torch_files.h"

#define MB (1 << 20)
#define LIMIT_MB 256 /* share/doc/using.md */
#define FILE_MB 8

/* A file: `begin`, then `part` again and again, then `end`. */
typedef struct hostile {
    const char *name;
    torch_bytes begin, part, end;
} hostile;

#define ROW(name, begin, part, end)                                                                \
    {                                                                                              \
        name, TORCH_BYTES(begin), TORCH_BYTES(part), TORCH_BYTES(end)                              \
    }

static const hostile files[] = {
    ROW("model.safetensors", "{\"a\":[", "[],", "0]}"),
    ROW("model.safetensors", "{\"a\":[", "{},", "0]}"),
    ROW("model.safetensors", "{\"a\":[", "\"\",", "0]}"),
    ROW("model.safetensors", "{\"__metadata__\":{\"config\":\"", "a = 1;\\n", "\"}}"),
    ROW("model.safetensors.index.json", "{\"weight_map\":{\"a\":[", "[],", "0]}}"),
    ROW("lists.pth", "](", "]", "e."),
    ROW("dicts.pth", "](", "}", "e."),
    ROW("nested.pth", "]", "]", "."),
    ROW("marks.pth", "N", "(", "."),
    ROW("tuples.pth", ")", "\x85", "."),
    ROW("doubled.pth", "]", "q\0h\0h\0\x86", "."),
    ROW("tensors.pth", TORCH_TENSOR "q\0(", "h\0", "l."),
};

/* Room for the length of a safetensors header, which stands before it. */
static size_t length_bytes(const hostile *file)
{
    return strcmp(file->name, "model.safetensors") == 0 ? 8 : 0;
}

static size_t append(char *to, size_t used, torch_bytes more)
{
    memcpy(to + used, more.bytes, more.size);
    return used + more.size;
}

/* The file's bytes, or the pickle of one; freed by the caller. */
static char *make_bytes(const hostile *file, size_t *size)
{
    char *to = malloc(FILE_MB * MB);
    size_t before = length_bytes(file), used = before;
    CU_ASSERT_PTR_NOT_NULL_FATAL(to);
    used = append(to, used, file->begin);
    while (used + file->part.size + file->end.size <= FILE_MB * MB)
        used = append(to, used, file->part);
    used = append(to, used, file->end);
    for (size_t i = 0; i < before; i++)
        to[i] = (char)((used - before) >> 8 * i);
    *size = used;
    return to;
}

static void make_file(const hostile *file, const char *path)
{
    size_t size = 0;
    char *bytes = make_bytes(file, &size);
    if (strstr(file->name, ".pth")) {
        const torch_bytes pickle = { bytes, size };
        char *zip = torch_zip(&pickle, 1, &size);
        free(bytes);
        bytes = zip;
    }
    FILE *stream = fopen(path, "wb");
    CU_ASSERT_PTR_NOT_NULL_FATAL(stream);
    CU_ASSERT_EQUAL(fwrite(bytes, 1, size, stream), size);
    fclose(stream);
    free(bytes);
}

static _Noreturn void open_in_child(const char *path)
{
    rn_weights *weights = NULL;
    rn_status status = rn_weights_open(path, NULL, &weights);
    rn_weights_close(weights);
    _exit(status != RN_OK && status != RN_E_DATA && status != RN_E_NOMEM);
}

/* What a process that opens the file has at most, in MB; -1 if it fails otherwise than by refusing
 * the file. */
static long measure(const char *path)
{
    struct rusage used;
    int state = 0;
    pid_t child = fork();
    if (child == 0)
        open_in_child(path);
    return wait4(child, &state, 0, &used) == child && state == 0 ? used.ru_maxrss >> 10 : -1;
}

static void test_limit(void)
{
    char path[CHECK_PATH_MAX];
#ifdef __SANITIZE_ADDRESS__
    check_skip("AddressSanitizer takes memory of its own");
    return;
#endif
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        make_file(&files[i], check_scratch(path, files[i].name));
        long found = measure(path);
        bool fits = found >= 0 && found <= FILE_MB + LIMIT_MB;
        CU_ASSERT(fits);
        if (!fits)
            check_note("row %zu, %s: %ld MB", i, files[i].name, found);
    }
}

int main(void)
{
    static const CU_TestInfo tests[] = {
        { "hostile files", test_limit },
        CU_TEST_INFO_NULL,
    };
    return check_run("weights/memory", tests);
}
