/* pipelines.c: pipelines of tests/config/good/tiny.cfg with other settings. */
#include "data/pipelines.h"

#include <stdio.h>

#include "support/check.h"

const char *const pipelines_imagenet[2] = { "data.mean=[0.485, 0.456, 0.406]",
                                            "data.std=[0.229, 0.224, 0.225]" };

static rn_status make(const char *list, rn_size input, int64_t channels,
                      const char *const normal[2], rn_size size, rn_pipeline **out)
{
    char path[CHECK_PATH_MAX], text[4][1024];
    const char *settings[6] = { text[0], text[1], text[2], text[3], normal[0], normal[1] };
    rn_config *config = NULL;
    snprintf(text[0], sizeof text[0], "network.input.height=%d", (int)input.height);
    snprintf(text[1], sizeof text[1], "network.input.width=%d", (int)input.width);
    snprintf(text[2], sizeof text[2], "network.input.channels=%d", (int)channels);
    snprintf(text[3], sizeof text[3], "data.transforms.train=%s", list);
    check_source(path, "tests/config/good/tiny.cfg");
    rn_status status = rn_config_load(path, settings, 6, &config);
    if (!status)
        status =
            rn_pipeline_create_for(config, RN_SPLIT_TRAIN, channels, (rn_size){ 0, 0 }, size, out);
    rn_config_destroy(config);
    return status;
}

rn_status pipelines_try(const char *list, rn_size input, int64_t channels,
                        const char *const normal[2], rn_pipeline **out)
{
    return make(list, input, channels, normal, input, out);
}

rn_pipeline *pipelines_make_for(const char *list, rn_size input, int64_t channels, rn_size size)
{
    static const char *const none[] = { "data.mean=0", "data.std=1" };
    rn_pipeline *pipeline = NULL;
    CU_ASSERT_EQUAL_FATAL(make(list, input, channels, none, size, &pipeline), RN_OK);
    return pipeline;
}

rn_pipeline *pipelines_make(const char *list, rn_size input, int64_t channels)
{
    return pipelines_make_for(list, input, channels, input);
}
