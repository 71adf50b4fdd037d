/* form_tensors.c: the tensors of a network whose form is read, and messages about them. */
#include "weights/form_tensors.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "base/status.h"
#include "weights/form_known.h"

const rn_stored *rn_form_find(const rn_weights *weights, const char *format, ...)
{
    char name[96];
    va_list args;
    va_start(args, format);
    vsnprintf(name, sizeof name, format, args);
    va_end(args);
    return rn_stored_find(&weights->table, name);
}

bool rn_form_is_conv(const rn_stored *tensor, int size)
{
    const int64_t *shape = tensor->shape;
    return tensor->rank == 4 && shape[2] == size && shape[3] == size && shape[0] > 0 &&
           shape[0] <= RN_FORM_MAX_CHANNELS && shape[1] > 0 && shape[1] <= RN_FORM_MAX_CHANNELS;
}

rn_status rn_form_fail_tensor(const rn_weights *weights, const rn_stored *tensor,
                              const char *expected)
{
    char shape[128] = "";
    size_t used = 0;
    for (int32_t i = 0; i < tensor->rank && used < sizeof shape; i++)
        used += (size_t)snprintf(shape + used, sizeof shape - used, "%s%" PRId64, i ? "x" : "",
                                 tensor->shape[i]);
    return rn_fail(RN_E_DATA, "%s: tensor \"%s\" is %s; expected %s; " RN_FORM_WHAT_TO_DO,
                   weights->path, tensor->name, *shape ? shape : "one number", expected);
}

rn_status rn_form_fail_missing(const rn_weights *weights, const char *name)
{
    return rn_fail(
        RN_E_DATA,
        "%s: there is no tensor \"%s\", which a residual network has; " RN_FORM_WHAT_TO_DO,
        weights->path, name);
}

rn_status rn_form_check_conv(const rn_weights *weights, const rn_stored *conv, int size)
{
    char expected[96];
    if (rn_form_is_conv(conv, size))
        return RN_OK;
    snprintf(expected, sizeof expected, "a %dx%d convolution of 1 to %d channels", size, size,
             RN_FORM_MAX_CHANNELS);
    return rn_form_fail_tensor(weights, conv, expected);
}

rn_status rn_form_read_classes(const rn_weights *weights, const char *name, int64_t *classes)
{
    const rn_stored *linear = rn_form_find(weights, "%s", name);
    if (!linear)
        return rn_form_fail_missing(weights, name);
    if (linear->rank != 2 || linear->shape[0] < 2)
        return rn_form_fail_tensor(weights, linear, "classes x features, of two classes or more");
    *classes = linear->shape[0];
    return RN_OK;
}
