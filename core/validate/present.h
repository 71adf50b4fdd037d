/* present.h: the backends that are here, and have a device. */
#ifndef RN_CORE_VALIDATE_PRESENT_H
#define RN_CORE_VALIDATE_PRESENT_H

#include "validate/check.h"

#define RN_PRESENT_TEXT 512

/* "reference,cpu_blas,onednn", the reference first. RN_E_PLUGIN: the reference is not here. */
rn_status rn_present_backends(const rn_checking *c, char text[RN_PRESENT_TEXT]);

#endif
