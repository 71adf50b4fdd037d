/* activation.h: the kinds of activation by name. */
#ifndef RN_CORE_OPS_ACTIVATION_H
#define RN_CORE_OPS_ACTIVATION_H

#include <stdint.h>

/* "sigmoid" of RN_ACTIVATION_SIGMOID. */
const char *rn_activation_name(int32_t kind);

#endif
