/* mutant.h: the test backend "mutant": the reference's operators, of which one is wrong. The
 * device's name tells how, and in which layer: mutant:bias@fc. Without "@LAYER", all operators of
 * that kind are; without a name, none is. */
#ifndef TESTS_COMPARE_MUTANT_H
#define TESTS_COMPARE_MUTANT_H

#include "reference/reference.h"

/* One run of an operator. A fault may put other operands in the place of those. */
typedef struct mutant_call {
    rn_kernel kernel; /* a copy, whose attributes may be replaced */
    const rn_op_desc *op;
    void *operands[RN_MAX_OPERANDS];
    void *workspace;
    const cpu_operator *inner;
    int64_t n_runs; /* of operators with this fault, so far */
    void *scratch[4];
    int n_scratch;
} mutant_call;

typedef struct mutant_fault {
    const char *name; /* NULL ends a list */
    const char *op;
    void (*run)(mutant_call *call);
} mutant_fault;

extern const mutant_fault mutant_of_products[], mutant_of_layers[], mutant_of_updates[];

/* As the reference has it. */
void mutant_run_inner(mutant_call *call);

/* Puts a copy of an operand in its place, until the call ends. */
float *mutant_copy(mutant_call *call, int32_t operand, const rn_tensor_desc *desc);

#endif
