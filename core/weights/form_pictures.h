/* form_pictures.h: how transformers prepares pictures: preprocessor_config.json. */
#ifndef RN_CORE_WEIGHTS_FORM_PICTURES_H
#define RN_CORE_WEIGHTS_FORM_PICTURES_H

#include "weights/form.h"
#include "weights/settings.h"

/* The largest input of a cfg, and the least share of it that a crop takes of a picture. */
#define RN_FORM_MAX_PIXELS 4096
#define RN_FORM_MIN_SHARE 0.1

/* Completes the form by the object. RN_E_DATA gives file and key of what is not known here. */
rn_status rn_form_read_preprocessor(const rn_settings *settings, rn_form *form);

/* RN_E_DATA where `form->mean` or `form->std` cannot be those of pictures. */
rn_status rn_form_check_means(const rn_settings *settings, const rn_form *form);

#endif
