/* form_tensors.h: the tensors of a network whose form is read, and messages about them. */
#ifndef RN_CORE_WEIGHTS_FORM_TENSORS_H
#define RN_CORE_WEIGHTS_FORM_TENSORS_H

#include <stdbool.h>

#include "weights/weights.h"

#define RN_FORM_MAX_CHANNELS (1 << 20) /* what is computed with them stays far from overflow */

/* The tensor of a name that is printed; NULL: there is none. */
const rn_stored *rn_form_find(const rn_weights *weights, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Whether it is the weight of a convolution of size x size pixels. */
bool rn_form_is_conv(const rn_stored *tensor, int size);

/* RN_E_DATA for a tensor that is not what it should be, and for a name that is not there. */
rn_status rn_form_fail_tensor(const rn_weights *weights, const rn_stored *tensor,
                              const char *expected);
rn_status rn_form_fail_missing(const rn_weights *weights, const char *name);

/* RN_E_DATA where it is no such convolution. */
rn_status rn_form_check_conv(const rn_weights *weights, const rn_stored *conv, int size);

/* The number of classes, from the weight of the last layer. */
rn_status rn_form_read_classes(const rn_weights *weights, const char *name, int64_t *classes);

#endif
