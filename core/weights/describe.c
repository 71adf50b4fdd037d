/* describe.c: the cfg of a network of which there are only weights. */
#include "weights/describe.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/status.h"
#include "config/record_cfg.h"

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

rn_status rn_weights_describe(rn_weights *weights, const char **cfg)
{
    if (weights->record)
        return from_record(weights, cfg);
    *cfg = weights->network;
    if (*cfg && weights->assumed)
        rn_log(RN_LOG_WARNING, "%s: assumed: %s", weights->path, weights->assumed);
    return *cfg ? RN_OK
                : rn_fail(RN_E_DATA, "%s: it does not say what network it is of; give a cfg",
                          weights->path);
}
