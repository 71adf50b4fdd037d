/* describe.c: the cfg of a network of which there are only weights. */
#include "weights/describe.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/status.h"
#include "config/record_cfg.h"
#include "weights/form.h"
#include "weights/names.h"

static rn_status from_record(rn_weights *weights, const char **cfg)
{
    char *text = NULL;
    rn_status status = rn_record_cfg(weights->record, weights->path, &text);
    if (status)
        return status;
    *cfg = rn_pool_text(weights->pool, text, strlen(text));
    free(text);
    return *cfg ? RN_OK : rn_weights_no_memory(weights);
}

/* Gives the tensors torchvision's names, and reads the form. */
static rn_status read_form(rn_weights *weights, rn_form *form)
{
    const rn_naming *naming = rn_naming_find(weights);
    if (!naming && weights->table.count == 0)
        return rn_fail(RN_E_DATA, "%s: it has no tensors", weights->path);
    if (!naming)
        return rn_fail(RN_E_DATA,
                       "%s: names such as \"%s\" are of no network that is known here; give a cfg, "
                       "with network.weight_names where its names differ, or export the network as "
                       "ONNX and give that",
                       weights->path, weights->table.tensors[0].name);
    rn_status status = rn_naming_apply(naming, weights);
    if (!status)
        status = rn_form_read(weights, form);
    if (!status && !form->knows_strides)
        form->stride_on_1x1 = rn_naming_strides_on_1x1(naming);
    return status;
}

static rn_status from_form(rn_weights *weights, const char **cfg)
{
    rn_form form;
    rn_status status = read_form(weights, &form);
    if (status)
        return status;
    const char *assumed = rn_form_assumed(&form, weights->pool);
    if (!assumed)
        return rn_weights_no_memory(weights);
    if (*assumed)
        rn_log(RN_LOG_WARNING, "%s: nothing in it tells, so this is assumed: %s", weights->path,
               assumed);
    weights->class_names = form.class_names;
    return rn_form_write(&form, weights->pool, cfg);
}

rn_status rn_weights_describe(rn_weights *weights, const char **cfg)
{
    if (weights->record)
        return from_record(weights, cfg);
    *cfg = weights->network;
    if (*cfg && weights->assumed)
        rn_log(RN_LOG_WARNING, "%s: assumed: %s", weights->path, weights->assumed);
    return *cfg ? RN_OK : from_form(weights, cfg);
}
