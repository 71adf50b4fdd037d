/* pipelines.h: makes pipelines of lists of transforms, for tests. */
#ifndef RN_TESTS_PIPELINES_H
#define RN_TESTS_PIPELINES_H

#include "data/pipeline.h"

/* Settings of data.mean and data.std. */
extern const char *const pipelines_imagenet[2];

/* The pipeline of data.transforms.train = `list`, for a network of that input. */
rn_status pipelines_try(const char *list, rn_size input, int64_t channels,
                        const char *const normal[2], rn_pipeline **out);

/* The same without mean and deviation; must succeed. */
rn_pipeline *pipelines_make(const char *list, rn_size input, int64_t channels);

/* The same, but for making pictures of another size. */
rn_pipeline *pipelines_make_for(const char *list, rn_size input, int64_t channels, rn_size size);

#endif
