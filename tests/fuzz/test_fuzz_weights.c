/* test_fuzz_weights.c: broken safetensors files, and broken JSON beside right ones, are opened as
 * weights, described, and built as a network, or refused; and opened and read as traces. */
#define _GNU_SOURCE /* memfd_create */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/status.h"
#include "compare/trace_file.h"
#include "config/config.h"
#include "fuzz/fuzz.h"
#include "graph/net.h"
#include "support/check.h"
#include "weights/describe.h"
#include "weights/open.h"

const char *const rn_fuzz_corpus = "tests/fuzz/corpus/weights";

/* A folder of folders, in which the input, a file in memory, has one name, and right files have the
 * others. */
static const struct folder {
    const char *input, *weights, *network;
} folders[] = {
    { "model.safetensors", NULL, NULL }, /* the only one whose input is not JSON */
    { "config.json", "model.safetensors", "basic" },
    { "config.json", "model.safetensors", "transformers" },
    { "preprocessor_config.json", "model.safetensors", "transformers" },
    { "model.safetensors.index.json", "shard.safetensors", "transformers" },
};
#define N_FOLDERS (sizeof folders / sizeof *folders)

static int input = -1;
static char parent[256];
static rn_registry *registry;

static const char *path_of(char path[512], size_t i, const char *name)
{
    snprintf(path, 512, "%s/%zu%s%s", parent, i, *name ? "/" : "", name);
    return path;
}

static void clean_up(void)
{
    char path[512];
    for (size_t i = 0; i < N_FOLDERS; i++) {
        unlink(path_of(path, i, folders[i].input));
        if (folders[i].weights)
            unlink(path_of(path, i, folders[i].weights));
        rmdir(path_of(path, i, ""));
    }
    rmdir(parent);
    rn_registry_destroy(registry);
}

static bool make_folder(size_t i)
{
    char path[512], target[512], source[CHECK_PATH_MAX];
    snprintf(target, sizeof target, "/proc/%d/fd/%d", (int)getpid(), input);
    if (mkdir(path_of(path, i, ""), 0700) || symlink(target, path_of(path, i, folders[i].input)))
        return false;
    if (!folders[i].weights)
        return true;
    snprintf(target, sizeof target, "%s/%s.safetensors", rn_fuzz_corpus, folders[i].network);
    char *whole = realpath(check_source(source, target), NULL);
    bool made = whole && symlink(whole, path_of(path, i, folders[i].weights)) == 0;
    free(whole);
    return made;
}

static bool make_folders(void)
{
    const char *temporary = getenv("TMPDIR");
    snprintf(parent, sizeof parent, "%.200s/resnet-fuzz-XXXXXX",
             temporary && *temporary ? temporary : "/tmp");
    input = memfd_create("input", MFD_CLOEXEC);
    if (input < 0 || !mkdtemp(parent) || atexit(clean_up) || rn_registry_create(NULL, &registry))
        return false;
    for (size_t i = 0; i < N_FOLDERS; i++)
        if (!make_folder(i))
            return false;
    return true;
}

/* Whether every byte of every tensor can be read. */
static bool can_be_read(const rn_weights *weights)
{
    volatile unsigned sum = 0;
    (void)sum;
    for (int64_t i = 0; i < weights->table.count; i++) {
        const rn_stored *tensor = &weights->table.tensors[i];
        uint64_t bytes = 0;
        if (!*tensor->name || !rn_stored_extent(tensor, &bytes))
            return false;
        for (uint64_t k = 0; k < bytes; k++)
            sum += tensor->data[k];
    }
    return true;
}

/* The cfg is one that the program takes, but for lengths that no network has. */
static bool can_be_built(const char *path, const char *cfg)
{
    const rn_config_source source = { .path = path, .text = cfg };
    rn_config *config = NULL;
    rn_dag *dag = NULL;
    rn_status status = rn_config_load_source(&source, &config);
    if (!status) {
        const rn_net_params params = {
            .config = config, .registry = registry, .batch = 1, .mask_dtype = RN_U8
        };
        status = rn_net_build(&params, &dag);
        rn_dag_destroy(status ? NULL : dag);
        rn_config_destroy(config);
    }
    return !status || (status == RN_E_CONFIG && strstr(rn_fail_text(), "expected "));
}

static bool is_refusal(rn_status status)
{
    const char *text = rn_fail_text();
    bool is_expected = status == RN_E_DATA || status == RN_E_NOMEM || status == RN_E_IO;
    return is_expected && *text && !strchr(text, '\n');
}

static bool try_folder(size_t i)
{
    char path[512];
    const char *cfg = NULL;
    rn_weights *weights = NULL;
    rn_status status = rn_weights_open(path_of(path, i, ""), NULL, &weights);
    bool right = status ? is_refusal(status) : can_be_read(weights);
    if (!status && right) {
        status = rn_weights_describe(weights, &cfg);
        right = status ? is_refusal(status) : can_be_built(path, cfg);
    }
    if (!right)
        check_note("%s of %s: %s", folders[i].input, path, rn_fail_text());
    rn_weights_close(weights);
    rn_fail_clear();
    return right;
}

/* Whether every value that a trace in full detail has can be read. */
static bool can_be_read_as_trace(rn_trace_reader *trace)
{
    bool right = true;
    for (int32_t i = 0; i < rn_trace_count(trace) && right; i++) {
        const rn_traced *tensor = rn_trace_at(trace, i, NULL);
        bool is_full = rn_trace_header_of(trace)->detail == RN_TRACE_FULL;
        float *values = is_full ? malloc((size_t)tensor->count * sizeof *values) : NULL;
        rn_status status = values ? rn_trace_read(trace, i, values) : RN_OK;
        right = (!status || is_refusal(status)) &&
                rn_trace_find(trace, tensor->kind, tensor->name) == i;
        free(values);
    }
    return right;
}

static bool try_trace(void)
{
    char path[512];
    rn_trace_reader *trace = NULL;
    rn_status status = rn_trace_open(path_of(path, 0, folders[0].input), &trace);
    bool right = status ? is_refusal(status) : can_be_read_as_trace(trace);
    if (!right)
        check_note("%s as a trace: %s", path, rn_fail_text());
    rn_trace_reader_destroy(trace);
    rn_fail_clear();
    return right;
}

int rn_fuzz_one(const uint8_t *data, size_t size)
{
    if (input < 0 && !make_folders())
        return 1;
    if (ftruncate(input, 0) || pwrite(input, data, size, 0) != (ssize_t)size)
        return 1;
    bool is_json = size > 0 && data[0] == '{', right = is_json || try_trace();
    for (size_t i = is_json; i < (is_json ? N_FOLDERS : 1) && right; i++)
        right = try_folder(i);
    return !right;
}
