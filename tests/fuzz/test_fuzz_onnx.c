/* test_fuzz_onnx.c: broken ONNX models are read, described and loaded as a cfg, or refused. */
#define _GNU_SOURCE /* memfd_create */
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/status.h"
#include "config/config.h"
#include "fuzz/fuzz.h"
#include "support/check.h"
#include "weights/describe.h"
#include "weights/formats.h"
#include "weights/open.h"

const char *const rn_fuzz_corpus = "tests/fuzz/corpus/onnx";

static int input = -1;
static char path[64];

/* Whether every number of every tensor can be read. */
static bool can_be_read(const rn_weights *weights)
{
    uint64_t sum = 0;
    for (int64_t i = 0; i < weights->table.count; i++) {
        const rn_stored *tensor = &weights->table.tensors[i];
        uint64_t bytes = 0;
        if (!tensor->name || !*tensor->name || !rn_stored_extent(tensor, &bytes))
            return false;
        for (uint64_t k = 0; k < bytes; k++)
            sum += tensor->data[k];
    }
    return sum < UINT64_MAX;
}

/* The cfg is one that the program takes, but for lengths that a cfg does not allow. */
static bool is_right(rn_weights *weights)
{
    const char *cfg = NULL;
    rn_config *config = NULL;
    if (rn_weights_describe(weights, &cfg))
        return false;
    const rn_config_source source = { .path = path, .text = cfg };
    rn_status status = rn_config_load_source(&source, &config);
    bool is_range = status == RN_E_CONFIG && strstr(rn_fail_text(), "expected ");
    rn_config_destroy(status ? NULL : config);
    return can_be_read(weights) && (!status || is_range);
}

int rn_fuzz_one(const uint8_t *data, size_t size)
{
    rn_weights *weights = NULL;
    if (input < 0) {
        input = memfd_create("input", MFD_CLOEXEC);
        snprintf(path, sizeof path, "/proc/self/fd/%d", input);
    }
    if (input < 0 || ftruncate(input, 0) || pwrite(input, data, size, 0) != (ssize_t)size)
        return 1;
    bool right = true;
    if (rn_weights_create(path, &weights))
        return 1;
    rn_status status = rn_weights_onnx.read(weights, path, NULL);
    status = status ? status : rn_stored_sort(&weights->table, path);
    if (status)
        right = (status == RN_E_DATA || status == RN_E_IO) && !strchr(rn_fail_text(), '\n');
    else
        right = is_right(weights);
    if (!right)
        check_note("%s: %s", rn_status_name(status), rn_fail_text());
    rn_weights_close(weights);
    rn_fail_clear();
    return !right;
}
