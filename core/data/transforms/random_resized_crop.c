/* random_resized_crop.c: cuts a random part out and resizes it, as torchvision's
 * RandomResizedCrop. */
#include <math.h>

#include "data/transforms/kind.h"
#include "data/transforms/random_area.h"
#include "data/transforms/resampling.h"

#define TRIES 10

struct random_resized_crop {
    rn_resample how;
    rn_size size;
    rn_random_area area; /* ratio: width / height */
};

static const rn_transform_array arrays[] = {
    { RN_ATTR_ROW(FLOAT, "scale", "[0.08, 1.0]", 1e-6, 1, "share of 1", NULL,
                  "least and largest area of the part"),
      2 },
    { RN_ATTR_ROW(FLOAT, "ratio", "[0.75, 1.3333]", 0.01, 100, "", NULL,
                  "least and largest width / height of the part"),
      2 },
};

static rn_status init(void *state, const rn_attrs *attrs, const rn_transform_site *site)
{
    struct random_resized_crop *random = state;
    random->how = rn_resampling_read(attrs);
    random->size = rn_transform_read_size(attrs, site);
    random->area = (rn_random_area){ .share = { 0.08, 1.0 }, .ratio = { 3.0 / 4.0, 4.0 / 3.0 } };
    return rn_random_area_read(site, arrays, &random->area);
}

static void resize(void *state, rn_size size)
{
    struct random_resized_crop *random = state;
    random->size = size;
}

static rn_size size(const void *state, rn_size from)
{
    (void)from;
    const struct random_resized_crop *random = state;
    return random->size;
}

/* The largest part in the middle whose ratio is allowed. */
static rn_window middle(const double ratio[2], rn_size from)
{
    double found = (double)from.width / (double)from.height;
    rn_window part = rn_window_all(from);
    if (found < ratio[0])
        part.height = (int64_t)rint((double)from.width / ratio[0]);
    else if (found > ratio[1])
        part.width = (int64_t)rint((double)from.height * ratio[1]);
    /* Of a picture with a side of few pixels. */
    part.height = part.height < 1 ? 1 : part.height;
    part.width = part.width < 1 ? 1 : part.width;
    part.top = (from.height - part.height) / 2;
    part.left = (from.width - part.width) / 2;
    return part;
}

static rn_window draw_part(const struct random_resized_crop *random, rn_draw draw, rn_size from)
{
    for (int i = 0; i < TRIES; i++) {
        rn_size part;
        rn_random_area_draw(&random->area, &draw, from, &part.width, &part.height);
        if (part.width > 0 && part.width <= from.width && part.height > 0 &&
            part.height <= from.height)
            return rn_random_area_place(&draw, from, part);
    }
    return middle(random->area.ratio, from);
}

static rn_resample draw_resample(const void *state, rn_draw draw, rn_size from)
{
    const struct random_resized_crop *random = state;
    rn_resample resample = random->how;
    resample.source = draw_part(random, draw, from);
    resample.to = random->size;
    return resample;
}

static rn_window needs(const void *state, rn_draw draw, rn_size from, rn_window wanted)
{
    rn_resample resample = draw_resample(state, draw, from);
    return rn_resample_needs(&resample, wanted);
}

static rn_status apply(const void *state, rn_draw draw, rn_window wanted, rn_picture *picture,
                       rn_picture *spare)
{
    rn_resample resample = draw_resample(state, draw, rn_picture_size(picture));
    rn_status status = rn_resample_run(&resample, wanted, picture, spare);
    if (!status)
        rn_picture_swap(picture, spare);
    return status;
}

static const rn_attr attrs[] = {
    RN_ATTR_ROW(PAIR, "size", "0", 0, 16384, "pixels", NULL,
                "height and width of the result; 0: those of the network's input"),
    RN_RESAMPLING_ROWS,
};

const rn_transform_kind rn_transform_random_resized_crop = {
    .name = "random_resized_crop",
    .help = "cuts a part of random area and ratio out, and resizes it",
    .attrs = attrs,
    .n_attrs = sizeof attrs / sizeof *attrs,
    .arrays = arrays,
    .n_arrays = sizeof arrays / sizeof *arrays,
    .types = RN_PICTURE_U8,
    .keeps_input = true,
    .takes_shrunk = true,
    .state_size = sizeof(struct random_resized_crop),
    .init = init,
    .resize = resize,
    .size = size,
    .needs = needs,
    .apply = apply,
};
