/* augment_ops.c: torchvision's table of magnitudes (transforms/autoaugment.py), and which function
 * each operation is. */
#include "data/transforms/augment_ops.h"

#include <math.h>

#include "data/transforms/affine_ops.h"
#include "data/transforms/colour_ops.h"
#include "data/transforms/sharpen.h"
#include "data/transforms/tone_ops.h"

#define LAST_BIN (RN_AUGMENT_BINS - 1)

/* The magnitudes rise from 0 to `last`, by the space. */
typedef struct op_row {
    double last[2];
    bool is_signed, is_pointwise;
} op_row;

static const op_row rows[RN_AUGMENT_OPS] = {
    [RN_AUGMENT_IDENTITY] = { .is_pointwise = true },
    [RN_AUGMENT_SHEAR_X] = { { 0.3, 0.99 }, .is_signed = true },
    [RN_AUGMENT_SHEAR_Y] = { { 0.3, 0.99 }, .is_signed = true },
    [RN_AUGMENT_TRANSLATE_X] = { { 150.0 / 331.0, 32.0 }, .is_signed = true },
    [RN_AUGMENT_TRANSLATE_Y] = { { 150.0 / 331.0, 32.0 }, .is_signed = true },
    [RN_AUGMENT_ROTATE] = { { 30.0, 135.0 }, .is_signed = true },
    [RN_AUGMENT_BRIGHTNESS] = { { 0.9, 0.99 }, .is_signed = true, .is_pointwise = true },
    [RN_AUGMENT_COLOR] = { { 0.9, 0.99 }, .is_signed = true, .is_pointwise = true },
    [RN_AUGMENT_CONTRAST] = { { 0.9, 0.99 }, .is_signed = true },
    [RN_AUGMENT_SHARPNESS] = { { 0.9, 0.99 }, .is_signed = true },
    [RN_AUGMENT_POSTERIZE] = { { 4, 6 }, .is_pointwise = true },        /* bits that are lost */
    [RN_AUGMENT_SOLARIZE] = { { 255.0, 255.0 }, .is_pointwise = true }, /* below 255 */
};

/* torch.linspace(0, last, RN_AUGMENT_BINS): in float, and from both ends. */
static double step_to(float last, int64_t bin)
{
    float step = last / LAST_BIN;
    return bin < RN_AUGMENT_BINS / 2 ? step * (float)bin : last - step * (float)(LAST_BIN - bin);
}

double rn_augment_magnitude(rn_augment_space space, rn_augment_op op, int64_t bin, rn_size size)
{
    double last = rows[op].last[space];
    if (space == RN_AUGMENT_RAND && op == RN_AUGMENT_TRANSLATE_X)
        last *= (double)size.width;
    if (space == RN_AUGMENT_RAND && op == RN_AUGMENT_TRANSLATE_Y)
        last *= (double)size.height;
    if (op == RN_AUGMENT_POSTERIZE)
        return 8 - rint((double)bin * last / LAST_BIN);
    if (op == RN_AUGMENT_SOLARIZE)
        return last - step_to((float)last, bin);
    return step_to((float)last, bin);
}

rn_augment_op rn_augment_draw(rn_draw *draw)
{
    return (rn_augment_op)rn_draw_below(draw, RN_AUGMENT_OPS);
}

int rn_augment_draw_sign(rn_draw *draw, rn_augment_op op)
{
    return rows[op].is_signed && rn_draw_below(draw, 2) == 1 ? -1 : 1;
}

bool rn_augment_is_pointwise(rn_augment_op op)
{
    return rows[op].is_pointwise;
}

rn_status rn_augment_run(rn_augment_op op, double magnitude, rn_picture *picture, rn_picture *spare)
{
    switch (op) {
        case RN_AUGMENT_SHEAR_X: return rn_affine_shear(picture, spare, magnitude, 0);
        case RN_AUGMENT_SHEAR_Y: return rn_affine_shear(picture, spare, 0, magnitude);
        case RN_AUGMENT_TRANSLATE_X:
            return rn_affine_translate(picture, spare, (int64_t)magnitude, 0);
        case RN_AUGMENT_TRANSLATE_Y:
            return rn_affine_translate(picture, spare, 0, (int64_t)magnitude);
        case RN_AUGMENT_ROTATE: return rn_affine_rotate(picture, spare, magnitude);
        case RN_AUGMENT_BRIGHTNESS: rn_tone_brightness(picture, 1 + magnitude); break;
        case RN_AUGMENT_COLOR: rn_colour_saturate(picture, 1 + magnitude); break;
        case RN_AUGMENT_CONTRAST: rn_tone_contrast(picture, 1 + magnitude); break;
        case RN_AUGMENT_SHARPNESS: return rn_picture_sharpen(picture, spare, 1 + magnitude);
        case RN_AUGMENT_POSTERIZE: rn_tone_posterize(picture, (int)magnitude); break;
        case RN_AUGMENT_SOLARIZE: rn_tone_solarize(picture, magnitude); break;
        case RN_AUGMENT_AUTOCONTRAST: rn_tone_autocontrast(picture); break;
        case RN_AUGMENT_EQUALIZE: rn_tone_equalize(picture); break;
        default: break; /* identity */
    }
    return RN_OK;
}
