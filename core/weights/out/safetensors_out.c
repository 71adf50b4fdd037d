/* safetensors_out.c: weights as a safetensors file like those that a run leaves. */
#include <stdlib.h>

#include "config/config_record.h"
#include "weights/out/out.h"

rn_status rn_out_safetensors(const rn_out_model *model, const char *path)
{
    char *record = NULL;
    rn_status status = rn_config_record(model->config, &record);
    if (status)
        return status;
    const char *pairs[] = { "format", "pt",   "network",     model->config->name,
                            "config", record, "class_names", model->class_names };
    int64_t n_pairs = sizeof pairs / sizeof *pairs - (model->class_names ? 0 : 2);
    status = rn_safetensors_write(path, model->tensors, model->n_tensors, pairs, n_pairs);
    free(record);
    return status;
}
