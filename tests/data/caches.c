/* caches.c: opens sources with a cache, and compares them with sources that have none. */
#include "data/caches.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "data/set_files.h"
#include "io/file.h"

void caches_write_set(void)
{
    static const char *const files[] = { "411.jpg",         "444.jpg",  "exif6.jpg", "grey.jpg",
                                         "progressive.jpg", "cmyk.jpg", "rgb.png",   "palette.png",
                                         "rgb16.png",       "grey8.png" };
    char path[CHECK_PATH_MAX], name[128];
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        uint8_t *data = NULL;
        uint64_t size = 0;
        snprintf(name, sizeof name, "tests/fuzz/corpus/decode/%s", files[i]);
        CU_ASSERT_EQUAL_FATAL(rn_file_read(check_source(path, name), &data, &size), RN_OK);
        snprintf(name, sizeof name, "set/train/%s/%s", i % 2 ? "odd" : "even", files[i]);
        set_files_write(name, data, (size_t)size);
        if (strcmp(files[i], "444.jpg") == 0)
            set_files_write("set/train/even/truncated.jpg", data, (size_t)size / 2);
        free(data);
    }
    set_files_text("set/train/odd/text.jpg", "not a picture");
}

/* Sets a flag, and calls the test's function. */
static void making(void *context, int64_t n_done, int64_t count)
{
    caches_trial *trial = context;
    trial->is_made = true;
    if (trial->making)
        trial->making(NULL, n_done, count);
}

static rn_config *load_config(const caches_params *p)
{
    char cfg[CHECK_PATH_MAX], path[CHECK_PATH_MAX], cache[CHECK_PATH_MAX] = "none";
    char text[5][CHECK_PATH_MAX + 64];
    rn_config *config = NULL;
    if (p->cache)
        snprintf(cache, sizeof cache, "%s", p->cache);
    if (p->cache && strcmp(p->cache, "memory") != 0 && strcmp(p->cache, "none") != 0)
        check_scratch(cache, p->cache);
    snprintf(text[0], sizeof text[0], "data.dataset=\"%s\"", p->kind ? p->kind : "folder");
    snprintf(text[1], sizeof text[1], "data.path=\"%s\"",
             check_scratch(path, p->path ? p->path : "set"));
    snprintf(text[2], sizeof text[2], "data.train=\"%s\"", p->train ? p->train : "");
    snprintf(text[3], sizeof text[3], "data.cache=\"%s\"", cache);
    snprintf(text[4], sizeof text[4], "network.input.channels=%d",
             p->channels ? (int)p->channels : 3);
    const char *settings[12] = { text[0],
                                 text[1],
                                 text[2],
                                 text[3],
                                 text[4],
                                 "network.input.height=20",
                                 "network.input.width=20",
                                 "data.on_error=\"skip\"",
                                 "data.mean=0.4",
                                 "network.classes=200" };
    int n = 10;
    char list[1024];
    snprintf(list, sizeof list, "data.transforms.train=%s", p->transforms ? p->transforms : "");
    if (p->transforms)
        settings[n++] = list;
    if (p->more)
        settings[n++] = p->more;
    if (rn_config_load(check_source(cfg, "tests/config/good/tiny.cfg"), settings, n, &config))
        check_note("%s", rn_fail_text());
    CU_ASSERT_PTR_NOT_NULL_FATAL(config);
    return config;
}

caches_trial caches_open(const caches_params *params)
{
    caches_trial trial = { .config = load_config(params), .making = params->making };
    if (rn_source_open(trial.config, RN_SPLIT_TRAIN, params->limit, &trial.source))
        check_note("%s", rn_fail_text());
    CU_ASSERT_PTR_NOT_NULL_FATAL(trial.source);
    trial.status = rn_source_use_cache(trial.source, making, &trial);
    return trial;
}

void caches_close(caches_trial *trial)
{
    rn_source_close(trial->source);
    rn_config_destroy(trial->config);
}

/* All that an epoch gives. */
struct epoch {
    int64_t count;
    float *images;
    int32_t *labels;
    int64_t *samples;
    char skipped[8192];
};

static rn_status skipped(void *context, const char *name, const char *reason)
{
    struct epoch *epoch = context;
    size_t used = strlen(epoch->skipped);
    snprintf(epoch->skipped + used, sizeof epoch->skipped - used, "%s: %s\n", name, reason);
    return RN_OK;
}

static void read_epoch(const rn_source *source, int64_t number, struct epoch *epoch)
{
    const rn_config *config = source->config;
    size_t image =
        (size_t)(config->network.channels * config->network.height * config->network.width);
    const rn_loader_params params = { .source = source,
                                      .batch = 4,
                                      .shuffle = true,
                                      .seed = 3,
                                      .epoch = number,
                                      .workers = 3,
                                      .skipped = skipped,
                                      .context = epoch };
    size_t most = (size_t)source->dataset->count;
    rn_loader *loader = NULL;
    rn_batch batch;
    *epoch = (struct epoch){ .images = calloc(most * image, sizeof(float)),
                             .labels = calloc(most, sizeof(int32_t)),
                             .samples = calloc(most, sizeof(int64_t)) };
    CU_ASSERT_EQUAL_FATAL(rn_loader_create(&params, &loader), RN_OK);
    for (;;) {
        CU_ASSERT_EQUAL_FATAL(rn_loader_next(loader, &batch), RN_OK);
        if (batch.count == 0)
            break;
        size_t at = (size_t)epoch->count, n = (size_t)batch.count;
        memcpy(epoch->images + at * image, batch.images, n * image * sizeof(float));
        memcpy(epoch->labels + at, batch.labels, n * sizeof(int32_t));
        memcpy(epoch->samples + at, batch.samples, n * sizeof(int64_t));
        epoch->count += batch.count;
    }
    rn_loader_destroy(loader);
}

static void free_epoch(struct epoch *epoch)
{
    free(epoch->images);
    free(epoch->labels);
    free(epoch->samples);
}

/* `tolerance` is of 255. */
static bool same_images(const float *a, const float *b, size_t count, float tolerance)
{
    bool same = true;
    for (size_t i = 0; i < count; i++)
        same = same && 255 * fabsf(a[i] - b[i]) <= tolerance;
    return same;
}

static bool same_epochs(const rn_source *a, const rn_source *b, int64_t number, float tolerance)
{
    size_t image = (size_t)(a->config->network.channels * a->config->network.height *
                            a->config->network.width);
    struct epoch x, y;
    read_epoch(a, number, &x);
    read_epoch(b, number, &y);
    size_t n = (size_t)x.count;
    bool same = x.count > 0 && x.count == y.count && strcmp(x.skipped, y.skipped) == 0 &&
                memcmp(x.labels, y.labels, n * sizeof *x.labels) == 0 &&
                memcmp(x.samples, y.samples, n * sizeof *x.samples) == 0 &&
                same_images(x.images, y.images, n * image, tolerance);
    if (!same)
        check_note("%d and %d samples; left out:\n%s---\n%s", (int)x.count, (int)y.count, x.skipped,
                   y.skipped);
    free_epoch(&x);
    free_epoch(&y);
    return same;
}

bool caches_same(const caches_params *params, const rn_source *source)
{
    caches_params without = *params;
    without.cache = "none";
    caches_trial plain = caches_open(&without);
    bool same = same_epochs(plain.source, source, 0, params->tolerance) &&
                same_epochs(plain.source, source, 1, params->tolerance);
    caches_close(&plain);
    return same;
}

void caches_check(const caches_params *params, bool made)
{
    caches_trial trial = caches_open(params);
    CU_ASSERT_EQUAL(trial.status, RN_OK);
    if (trial.status)
        check_note("%s", rn_fail_text());
    CU_ASSERT_EQUAL(trial.is_made, made);
    CU_ASSERT(!trial.status && caches_same(params, trial.source));
    caches_close(&trial);
}
