/* trace_hash.c: hashes of weights, input and cfg. */
#include "compare/trace_hash.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "graph/graph.h"

#define HASHED (1u << RN_ROLE_PARAM | 1u << RN_ROLE_STATE)

/* "NAME 64 3 7 7\n", then the numbers as they lie in memory: little-endian. */
static void add_tensor(rn_sha256 *hash, const char *name, const rn_tensor_desc *desc,
                       const void *data)
{
    char length[24];
    rn_sha256_add(hash, name, strlen(name));
    for (int32_t i = 0; i < desc->rank; i++) {
        int n = snprintf(length, sizeof length, " %" PRId64, desc->shape[i]);
        rn_sha256_add(hash, length, (size_t)n);
    }
    rn_sha256_add(hash, "\n", 1);
    rn_sha256_add(hash, data, (size_t)desc->size_bytes);
}

rn_status rn_trace_hash_weights(rn_store *store, char text[RN_SHA256_TEXT])
{
    rn_sha256 hash;
    rn_status status = RN_OK;
    void *values = malloc((size_t)rn_store_largest_bytes(store) + 1);
    if (!values)
        return rn_fail(RN_E_NOMEM, "no memory for a copy of a parameter");
    rn_sha256_start(&hash);
    for (int32_t i = 0; i < store->n_entries && !status; i++) {
        const rn_store_entry *entry = store->by_name[i];
        if (!(HASHED & 1u << entry->role))
            continue;
        status = rn_store_download(store, entry, values);
        if (!status)
            add_tensor(&hash, entry->name, &entry->desc, values);
    }
    rn_sha256_finish(&hash, text);
    free(values);
    return status;
}

void rn_trace_hash_input(const rn_config *config, const rn_batch *batch, char text[RN_SHA256_TEXT])
{
    const int64_t shape[4] = { batch->count, config->network.channels, config->network.height,
                               config->network.width };
    const rn_tensor_desc images = rn_desc_make(RN_F32, 4, shape);
    const rn_tensor_desc labels = rn_desc_make(RN_I32, 1, shape);
    rn_sha256 hash;
    rn_sha256_start(&hash);
    add_tensor(&hash, "images", &images, batch->images);
    add_tensor(&hash, "labels", &labels, batch->labels);
    rn_sha256_finish(&hash, text);
}

void rn_trace_hash_cfg(const char *record, char text[RN_SHA256_TEXT])
{
    static const char backend[] = "backend.";
    rn_sha256 hash;
    rn_sha256_start(&hash);
    while (*record) {
        size_t length = strcspn(record, "\n");
        length += record[length] == '\n';
        if (strncmp(record, backend, sizeof backend - 1) != 0)
            rn_sha256_add(&hash, record, length);
        record += length;
    }
    rn_sha256_finish(&hash, text);
}
