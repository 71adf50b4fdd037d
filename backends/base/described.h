/* described.h: an operator's description, checked against the table of the ABI and copied. Every
 * backend does this first in query and prepare. */
#ifndef BACKENDS_BASE_DESCRIBED_H
#define BACKENDS_BASE_DESCRIBED_H

#include <resnet/backend.h>
#include <resnet/host.h>
#include <stdbool.h>

typedef struct described_rules {
    const rn_host *host;
    bool has_layouts; /* operands may have layouts other than PLAIN */
} described_rules;

/* A deep copy. `attrs` of `desc` is never NULL. What `desc` points to lies here. */
typedef struct described {
    rn_op_desc desc;
    const rn_tensor_desc *operands[RN_MAX_OPERANDS]; /* inputs, then outputs */
    rn_tensor_desc tensors[RN_MAX_OPERANDS];
    union { /* room for the attributes of any operator */
        double alignment;
#define RN_OP(OPERATOR, name, bytes) char name[(bytes) + 1];
#include <resnet/operators.h>
    } attrs;
    char name[]; /* the layer's path */
} described;

/* The operator's index in the table, by which backends list theirs; -1 if there is no such
 * operator. */
int32_t described_operator(const char *op);

/* RN_E_UNSUPPORTED if the operands do not match the table; RN_E_NOMEM. The caller frees *made. */
rn_status described_make(const described_rules *rules, const rn_op_desc *given, described **made);

/* Refuses an operator by its name. */
rn_status described_unknown(const described_rules *rules, const rn_op_desc *given);

#endif
