/* tone_ops.c: tables of 256 bytes, one per channel, and what they are made from. */
#include "data/transforms/tone_ops.h"

#include "data/transforms/pixel.h"

#define LEVELS 256
#define MAX_CHANNELS 3

typedef struct table {
    uint8_t to[MAX_CHANNELS][LEVELS];
} table;

typedef struct histogram {
    int64_t count[LEVELS];
} histogram;

static void apply(const table *t, rn_picture *picture)
{
    size_t count = rn_picture_count(picture), channels = (size_t)picture->channels;
    uint8_t *bytes = picture->bytes;
    for (size_t i = 0; i < count; i += channels)
        for (size_t c = 0; c < channels; c++)
            bytes[i + c] = t->to[c][bytes[i + c]];
}

/* The same table for every channel: a blend of `from` and the byte. */
static void apply_blend(rn_picture *picture, int from, double factor)
{
    table t;
    for (int c = 0; c < MAX_CHANNELS; c++)
        for (int i = 0; i < LEVELS; i++)
            t.to[c][i] = rn_pixel_blend(from, i, (float)factor);
    apply(&t, picture);
}

void rn_tone_brightness(rn_picture *picture, double factor)
{
    apply_blend(picture, 0, factor);
}

/* Rounded as ImageEnhance.Contrast does. */
static int mean_grey(const rn_picture *picture)
{
    size_t count = rn_picture_count(picture), channels = (size_t)picture->channels;
    int64_t sum = 0;
    for (size_t i = 0; i < count; i += channels)
        sum += channels == 3 ? rn_pixel_luma(picture->bytes + i) : picture->bytes[i];
    return (int)((double)sum / (double)(count / channels) + 0.5);
}

void rn_tone_contrast(rn_picture *picture, double factor)
{
    apply_blend(picture, mean_grey(picture), factor);
}

void rn_tone_posterize(rn_picture *picture, int bits)
{
    table t;
    for (int c = 0; c < MAX_CHANNELS; c++)
        for (int i = 0; i < LEVELS; i++)
            t.to[c][i] = (uint8_t)(i & ~((1 << (8 - bits)) - 1));
    apply(&t, picture);
}

void rn_tone_solarize(rn_picture *picture, double threshold)
{
    table t;
    for (int c = 0; c < MAX_CHANNELS; c++)
        for (int i = 0; i < LEVELS; i++)
            t.to[c][i] = (uint8_t)(i < threshold ? i : 255 - i);
    apply(&t, picture);
}

static void count_levels(const rn_picture *picture, histogram *levels)
{
    size_t count = rn_picture_count(picture), channels = (size_t)picture->channels;
    for (size_t i = 0; i < count; i += channels)
        for (size_t c = 0; c < channels; c++)
            levels[c].count[picture->bytes[i + c]]++;
}

static void fill_identity(uint8_t *to)
{
    for (int i = 0; i < LEVELS; i++)
        to[i] = (uint8_t)i;
}

static void fill_stretch(const histogram *levels, uint8_t *to)
{
    int low = 0, high = LEVELS - 1;
    while (low < LEVELS - 1 && levels->count[low] == 0)
        low++;
    while (high > 0 && levels->count[high] == 0)
        high--;
    if (high <= low) {
        fill_identity(to);
        return;
    }
    double scale = 255.0 / (high - low), offset = -low * scale;
    for (int i = 0; i < LEVELS; i++) {
        double value = i * scale + offset;
        value = value < 0 ? 0 : value;
        to[i] = (uint8_t)(value > 255 ? 255 : value);
    }
}

void rn_tone_autocontrast(rn_picture *picture)
{
    histogram levels[MAX_CHANNELS] = { 0 };
    table t;
    count_levels(picture, levels);
    for (int64_t c = 0; c < picture->channels; c++)
        fill_stretch(&levels[c], t.to[c]);
    apply(&t, picture);
}

static void fill_flat(const histogram *levels, uint8_t *to)
{
    int64_t total = 0, last = 0;
    for (int i = 0; i < LEVELS; i++) {
        total += levels->count[i];
        if (levels->count[i] > 0)
            last = levels->count[i];
    }
    int64_t step = (total - last) / 255;
    if (step == 0) {
        fill_identity(to);
        return;
    }
    int64_t below = step / 2;
    for (int i = 0; i < LEVELS; i++) {
        int64_t level = below / step;
        to[i] = (uint8_t)(level > 255 ? 255 : level);
        below += levels->count[i];
    }
}

void rn_tone_equalize(rn_picture *picture)
{
    histogram levels[MAX_CHANNELS] = { 0 };
    table t;
    count_levels(picture, levels);
    for (int64_t c = 0; c < picture->channels; c++)
        fill_flat(&levels[c], t.to[c]);
    apply(&t, picture);
}
