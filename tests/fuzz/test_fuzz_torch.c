/* test_fuzz_torch.c: broken files of PyTorch are read, or refused. */
#define _GNU_SOURCE /* memfd_create */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/status.h"
#include "fuzz/fuzz.h"
#include "weights/open.h"

const char *const rn_fuzz_corpus = "tests/fuzz/corpus/torch";

/* The input, as a file in memory. */
static int input = -1;

/* Whether every element that the strides reach can be read: the first and the last tell. */
static bool is_readable(const rn_stored *tensor)
{
    uint64_t bytes = 0;
    int64_t count = 0;
    volatile unsigned sum = 0;
    (void)sum;
    if (!rn_stored_extent(tensor, &bytes) || rn_stored_count(tensor, "", &count))
        return false;
    for (uint64_t i = 0; i < bytes; i++)
        sum += tensor->data[i];
    return strlen(tensor->name) > 0;
}

/* In the order of their names, each once. */
static bool is_right(const rn_weights *weights)
{
    const rn_stored_table *table = &weights->table;
    bool right = table->count > 0;
    for (int64_t i = 0; i < table->count && right; i++)
        right = is_readable(&table->tensors[i]) &&
                rn_stored_find(table, table->tensors[i].name) == &table->tensors[i];
    return right;
}

static bool try_open(const char *path, const char *key)
{
    rn_weights *weights = NULL;
    rn_status status = rn_weights_open(path, key, &weights);
    bool is_expected = status == RN_E_DATA || status == RN_E_NOMEM;
    bool right = status ? is_expected && *rn_fail_text() && !strchr(rn_fail_text(), '\n')
                        : is_right(weights);
    rn_weights_close(weights);
    rn_fail_clear();
    return right;
}

int rn_fuzz_one(const uint8_t *data, size_t size)
{
    char path[64];
    if (size == 0)
        return 0;
    if (input < 0)
        input = memfd_create("input", MFD_CLOEXEC);
    if (input < 0 || ftruncate(input, 0) || pwrite(input, data, size, 0) != (ssize_t)size)
        return 1;
    snprintf(path, sizeof path, "/proc/self/fd/%d", input);
    return !(try_open(path, NULL) && try_open(path, "model_ema"));
}
