/* activation.h: the kinds of activation that a backend was built with. */
#ifndef BACKENDS_BASE_ACTIVATION_H
#define BACKENDS_BASE_ACTIVATION_H

#include <resnet/plugin.h>

enum {
#define ACTIVATION_COUNT(CONSTANT, name, number, n_parameters, formula) +1
    ACTIVATION_KINDS = 0 RN_ACTIVATIONS(ACTIVATION_COUNT)
#undef ACTIVATION_COUNT
};

/* Refuses a kind of a later program. For activation and its gradient. */
static inline rn_status activation_check(const rn_host *host, const rn_op_desc *op)
{
    const rn_activation_attrs *a = (const rn_activation_attrs *)op->attrs;
    if (a->kind >= 1 && a->kind <= ACTIVATION_KINDS)
        return RN_OK;
    return host->fail(RN_E_UNSUPPORTED, "%s: this backend has kinds 1 to %d, and not %d", op->op,
                      ACTIVATION_KINDS, (int)a->kind);
}

#endif
