/* metadata.c: what the models that this program writes say beside their graph. */
#define _GNU_SOURCE /* open_memstream */
#include "weights/onnx/metadata.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "config/record_cfg.h"

static const char *find(const rn_onnx *o, const char *key)
{
    for (size_t i = 0; i < o->model->n_metadata_props; i++) {
        const Onnx__StringStringEntryProto *prop = o->model->metadata_props[i];
        if (prop->key && prop->value && strcmp(prop->key, key) == 0)
            return prop->value;
    }
    return NULL;
}

/* The configuration without the network, which the nodes tell. The caller frees it; NULL: no
 * memory. */
static char *without_network(const char *record)
{
    static const char network[] = "network.";
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    if (!out)
        return NULL;
    while (*record) {
        size_t length = strcspn(record, "\n");
        length += record[length] == '\n';
        if (strncmp(record, network, strlen(network)) != 0)
            fwrite(record, 1, length, out);
        record += length;
    }
    if (fclose(out) == 0)
        return text;
    free(text);
    return NULL;
}

rn_status rn_onnx_read_metadata(rn_onnx *o)
{
    const char *producer = o->model->producer_name, *record = find(o, RN_ONNX_CONFIG);
    if (!producer || strcmp(producer, RN_ONNX_PRODUCER) != 0 || !record)
        return RN_OK;
    o->weights->class_names = find(o, RN_ONNX_CLASS_NAMES);
    char *cfg = NULL, *rest = without_network(record);
    rn_status status = rest ? rn_record_cfg(rest, o->path, &cfg) : rn_weights_no_memory(o->weights);
    if (!status) {
        o->settings = rn_pool_text(o->weights->pool, cfg, strlen(cfg));
        status = o->settings ? RN_OK : rn_weights_no_memory(o->weights);
    }
    free(cfg);
    free(rest);
    return status;
}
