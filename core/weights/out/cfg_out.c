/* cfg_out.c: the configuration as a cfg, without the machine that it ran on. */
#define _GNU_SOURCE /* asprintf */
#include <stdio.h>
#include <stdlib.h>

#include "base/status.h"
#include "config/config_record.h"
#include "config/record_cfg.h"
#include "io/file.h"
#include "weights/out/out.h"

/* What models do not record, because they record the names themselves. */
static char *with_class_names(char *record, const rn_config *config)
{
    char *text = NULL;
    if (!*config->network.class_names)
        return record;
    if (asprintf(&text, "%snetwork.class_names = \"%s\"\n", record, config->network.class_names) <
        0)
        text = NULL;
    free(record);
    return text;
}

rn_status rn_out_cfg(const rn_out_model *model, const char *path)
{
    char *record = NULL, *cfg = NULL;
    rn_status status = rn_config_record(model->config, &record);
    if (status)
        return status;
    record = with_class_names(record, model->config);
    if (!record)
        return rn_fail(RN_E_NOMEM, "no memory for the cfg");
    status = rn_record_cfg(record, model->config->path, &cfg);
    if (!status)
        status = rn_file_write_text(path, cfg);
    free(record);
    free(cfg);
    return status;
}
