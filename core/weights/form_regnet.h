/* form_regnet.h: the form of a RegNet. */
#ifndef RN_CORE_WEIGHTS_FORM_REGNET_H
#define RN_CORE_WEIGHTS_FORM_REGNET_H

#include <stdio.h>

#include "weights/form.h"

bool rn_form_is_regnet(const rn_weights *weights);

/* Reads what tensors with torchvision's names tell: all but the pictures. RN_E_DATA as
 * rn_form_read. */
rn_status rn_form_read_regnet(const rn_weights *weights, rn_form *form);

/* Writes the layers of a cfg before the mean of the pixels. */
void rn_form_write_regnet(const rn_form *form, FILE *out);

#endif
