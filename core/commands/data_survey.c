/* data_survey.c: decodes every sample and adds up what it is. */
#include "commands/data_survey.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/processors.h"
#include "base/status.h"

/* Sums over one picture. */
typedef struct sums {
    uint64_t sum[RN_SURVEY_CHANNELS], square[RN_SURVEY_CHANNELS];
    double sum_f32[RN_SURVEY_CHANNELS], square_f32[RN_SURVEY_CHANNELS];
} sums;

static void add_bytes(const rn_picture *picture, int64_t n_channels, sums *s)
{
    int64_t n = picture->window.height * picture->window.width;
    for (int64_t i = 0; i < n; i++)
        for (int64_t c = 0; c < n_channels; c++) {
            uint64_t value = picture->bytes[i * picture->channels + c];
            s->sum[c] += value;
            s->square[c] += value * value;
        }
}

static void add_values(const rn_picture *picture, int64_t n_channels, sums *s)
{
    int64_t n = picture->window.height * picture->window.width;
    for (int64_t c = 0; c < n_channels; c++)
        for (int64_t i = 0; i < n; i++) {
            double value = (double)picture->values[c * n + i];
            s->sum_f32[c] += value;
            s->square_f32[c] += value * value;
        }
}

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static int64_t most(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

static void add_picture(rn_survey *survey, const rn_picture *picture, int32_t format, int32_t label)
{
    const rn_size size = { picture->window.height, picture->window.width };
    int64_t n_channels = least(picture->channels, RN_SURVEY_CHANNELS);
    sums s = { 0 };
    if (picture->type == RN_PICTURE_U8)
        add_bytes(picture, n_channels, &s);
    else
        add_values(picture, n_channels, &s);
    pthread_mutex_lock(&survey->lock);
    bool is_first = survey->n_pixels == 0;
    survey->by_class[label]++;
    survey->by_format[format]++;
    survey->n_pixels += size.height * size.width;
    survey->channels = picture->channels;
    survey->smallest.height = is_first ? size.height : least(survey->smallest.height, size.height);
    survey->smallest.width = is_first ? size.width : least(survey->smallest.width, size.width);
    survey->largest.height = most(survey->largest.height, size.height);
    survey->largest.width = most(survey->largest.width, size.width);
    for (int64_t c = 0; c < n_channels; c++) {
        survey->sums[c] += s.sum[c];
        survey->squares[c] += s.square[c];
        survey->sums_f32[c] += s.sum_f32[c];
        survey->squares_f32[c] += s.square_f32[c];
    }
    pthread_mutex_unlock(&survey->lock);
}

static rn_status add_broken(rn_survey *survey, rn_maker *maker, int64_t index)
{
    rn_status status = RN_OK;
    char *why = rn_maker_say_why(maker, index);
    pthread_mutex_lock(&survey->lock);
    if (survey->n_broken == survey->broken_capacity) {
        int64_t capacity = survey->broken_capacity ? 2 * survey->broken_capacity : 64;
        rn_broken *grown = realloc(survey->broken, (size_t)capacity * sizeof *grown);
        if (grown) {
            survey->broken = grown;
            survey->broken_capacity = capacity;
        }
    }
    if (survey->n_broken < survey->broken_capacity && why)
        survey->broken[survey->n_broken++] = (rn_broken){ index, why };
    else
        status = RN_E_NOMEM;
    pthread_mutex_unlock(&survey->lock);
    if (!status)
        return RN_OK;
    free(why);
    return rn_fail(RN_E_NOMEM, "no memory for the list of broken samples");
}

static rn_status look(void *context, rn_maker *maker, int64_t index, rn_status read)
{
    rn_survey *survey = context;
    const rn_picture *picture = NULL;
    int32_t format = 0;
    rn_status status = read ? read : rn_maker_decode(maker, &picture, &format);
    if (status == RN_E_NOMEM)
        return status;
    if (status)
        return add_broken(survey, maker, index);
    add_picture(survey, picture, format, rn_maker_label(maker));
    return RN_OK;
}

static void show_progress(void *context, int64_t n_done)
{
    rn_survey *survey = context;
    rn_progress_update(&survey->progress, n_done, NAN, 0);
}

static int by_index(const void *a, const void *b)
{
    int64_t x = ((const rn_broken *)a)->index, y = ((const rn_broken *)b)->index;
    return (x > y) - (x < y);
}

static void finish(rn_survey *survey)
{
    double n = (double)survey->n_pixels;
    for (int c = 0; c < RN_SURVEY_CHANNELS && n > 0; c++) {
        double mean = ((double)survey->sums[c] / 255 + survey->sums_f32[c]) / n;
        double square = ((double)survey->squares[c] / (255.0 * 255) + survey->squares_f32[c]) / n;
        survey->mean[c] = mean;
        survey->std[c] = square > mean * mean ? sqrt(square - mean * mean) : 0;
    }
    if (survey->n_broken)
        qsort(survey->broken, (size_t)survey->n_broken, sizeof *survey->broken, by_index);
}

rn_status rn_survey_take(const rn_source *source, int64_t count, bool quiet, rn_survey *survey)
{
    const rn_each_params params = { .source = source,
                                    .count = count,
                                    .workers = source->config->data.workers
                                                   ? source->config->data.workers
                                                   : rn_processors(),
                                    .sample = look,
                                    .context = survey,
                                    .progress = show_progress };
    *survey = (rn_survey){ .source = source, .n_samples = count };
    pthread_mutex_init(&survey->lock, NULL);
    survey->by_class = calloc((size_t)source->dataset->n_classes + 1, sizeof *survey->by_class);
    if (!survey->by_class)
        return rn_fail(RN_E_NOMEM, "no memory for %" PRId64 " classes", source->dataset->n_classes);
    rn_progress_start(&survey->progress, stderr, quiet, "decoding", count);
    rn_status status = rn_each(&params);
    rn_progress_finish(&survey->progress);
    finish(survey);
    return status;
}

void rn_survey_clear(rn_survey *survey)
{
    for (int64_t i = 0; i < survey->n_broken; i++)
        free(survey->broken[i].why);
    free(survey->broken);
    free(survey->by_class);
    if (survey->source)
        pthread_mutex_destroy(&survey->lock);
}
