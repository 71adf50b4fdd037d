/* form_settings.h: what config.json and preprocessor_config.json tell of a network's form. */
#ifndef RN_CORE_WEIGHTS_FORM_SETTINGS_H
#define RN_CORE_WEIGHTS_FORM_SETTINGS_H

#include "weights/form.h"

/* Completes a form that was read from the tensors by the files of timm or of transformers beside
 * the weights; other programs' are not looked at. RN_E_DATA gives file and key of what contradicts
 * the tensors, or is not known here. */
rn_status rn_form_read_settings(rn_weights *weights, rn_form *form);

#endif
