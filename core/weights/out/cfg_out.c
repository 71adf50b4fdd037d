/* cfg_out.c: the configuration as a cfg, without the machine that it ran on. */
#include <stdlib.h>

#include "config/config_record.h"
#include "config/record_cfg.h"
#include "io/file.h"
#include "weights/out/out.h"

rn_status rn_out_cfg(const rn_out_model *model, const char *path)
{
    char *record = NULL, *cfg = NULL;
    rn_status status = rn_config_record(model->config, &record);
    if (status)
        return status;
    status = rn_record_cfg(record, model->config->path, &cfg);
    if (!status)
        status = rn_file_write_text(path, cfg);
    free(record);
    free(cfg);
    return status;
}
