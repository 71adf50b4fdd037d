/* batch_norm_pair.c: the sum of two batch norms, its relu, and their gradients, by the operators of
 * which they are made: y = relu(batch_norm(x) + y) with y = batch_norm(z). */
#include "reference/reference.h"

/* Runs an operator of the same attributes, but for the epilogue, with these of the pair's operands,
 * inputs, then outputs; -1: absent. */
static bool run_one(const rn_kernel *pair, void *const *operands, void *workspace,
                    const cpu_operator *type, const char *op, int32_t epilogue, int32_t n_inputs,
                    int32_t n_outputs, const int32_t *from)
{
    const rn_op_desc *whole = &pair->desc;
    rn_batch_norm_attrs attrs = *(const rn_batch_norm_attrs *)whole->attrs;
    const rn_tensor_desc *described[RN_MAX_OPERANDS] = { NULL };
    void *places[RN_MAX_OPERANDS] = { NULL };
    rn_kernel one = *pair;
    attrs.epilogue = epilogue;
    for (int32_t i = 0; i < n_inputs + n_outputs; i++) {
        if (from[i] < 0)
            continue;
        described[i] = from[i] < whole->n_inputs ? whole->inputs[from[i]]
                                                 : whole->outputs[from[i] - whole->n_inputs];
        places[i] = operands[from[i]];
    }
    one.type = type;
    one.desc.op = op;
    one.desc.attrs = &attrs;
    one.desc.inputs = described;
    one.desc.outputs = described + n_inputs;
    one.desc.n_inputs = n_inputs;
    one.desc.n_outputs = n_outputs;
    type->run(&one, places, workspace);
    return pair->context->failed == RN_OK;
}

static void pair_run(const rn_kernel *kernel, void *const *operands, void *workspace)
{
    static const int32_t of_z[] = { RN_AT_BATCH_NORM_PAIR_Z,
                                    RN_AT_BATCH_NORM_PAIR_Z_WEIGHT,
                                    RN_AT_BATCH_NORM_PAIR_Z_BIAS,
                                    RN_AT_BATCH_NORM_PAIR_Z_RUNNING_MEAN,
                                    RN_AT_BATCH_NORM_PAIR_Z_RUNNING_VAR,
                                    -1,
                                    RN_AT_BATCH_NORM_PAIR_Y,
                                    RN_AT_BATCH_NORM_PAIR_Z_MEAN,
                                    RN_AT_BATCH_NORM_PAIR_Z_INV_STD,
                                    -1 };
    static const int32_t of_x[] = {
        RN_AT_BATCH_NORM_PAIR_X,           RN_AT_BATCH_NORM_PAIR_WEIGHT,
        RN_AT_BATCH_NORM_PAIR_BIAS,        RN_AT_BATCH_NORM_PAIR_RUNNING_MEAN,
        RN_AT_BATCH_NORM_PAIR_RUNNING_VAR, RN_AT_BATCH_NORM_PAIR_Y,
        RN_AT_BATCH_NORM_PAIR_Y,           RN_AT_BATCH_NORM_PAIR_MEAN,
        RN_AT_BATCH_NORM_PAIR_INV_STD,     RN_AT_BATCH_NORM_PAIR_MASK
    };
    if (run_one(kernel, operands, workspace, &reference_batch_norm, "batch_norm", 0,
                RN_BATCH_NORM_N_INPUTS, RN_BATCH_NORM_N_OUTPUTS, of_z))
        run_one(kernel, operands, workspace, &reference_batch_norm, "batch_norm",
                RN_EPILOGUE_ADD | RN_EPILOGUE_RELU, RN_BATCH_NORM_N_INPUTS, RN_BATCH_NORM_N_OUTPUTS,
                of_x);
}

/* dz is first the gradient of the sum, then that of z. */
static void grad_run(const rn_kernel *kernel, void *const *operands, void *workspace)
{
    static const int32_t of_x[] = {
        RN_AT_BATCH_NORM_PAIR_GRAD_X,       RN_AT_BATCH_NORM_PAIR_GRAD_DY,
        RN_AT_BATCH_NORM_PAIR_GRAD_WEIGHT,  RN_AT_BATCH_NORM_PAIR_GRAD_MEAN,
        RN_AT_BATCH_NORM_PAIR_GRAD_INV_STD, RN_AT_BATCH_NORM_PAIR_GRAD_MASK,
        RN_AT_BATCH_NORM_PAIR_GRAD_DX,      RN_AT_BATCH_NORM_PAIR_GRAD_DWEIGHT,
        RN_AT_BATCH_NORM_PAIR_GRAD_DBIAS,   RN_AT_BATCH_NORM_PAIR_GRAD_DZ
    };
    static const int32_t of_z[] = {
        RN_AT_BATCH_NORM_PAIR_GRAD_Z,         RN_AT_BATCH_NORM_PAIR_GRAD_DZ,
        RN_AT_BATCH_NORM_PAIR_GRAD_Z_WEIGHT,  RN_AT_BATCH_NORM_PAIR_GRAD_Z_MEAN,
        RN_AT_BATCH_NORM_PAIR_GRAD_Z_INV_STD, -1,
        RN_AT_BATCH_NORM_PAIR_GRAD_DZ,        RN_AT_BATCH_NORM_PAIR_GRAD_DZ_WEIGHT,
        RN_AT_BATCH_NORM_PAIR_GRAD_DZ_BIAS,   -1
    };
    if (run_one(kernel, operands, workspace, &reference_batch_norm_grad, "batch_norm_grad", 0,
                RN_BATCH_NORM_GRAD_N_INPUTS, RN_BATCH_NORM_GRAD_N_OUTPUTS, of_x))
        run_one(kernel, operands, workspace, &reference_batch_norm_grad, "batch_norm_grad", 0,
                RN_BATCH_NORM_GRAD_N_INPUTS, RN_BATCH_NORM_GRAD_N_OUTPUTS, of_z);
}

static rn_status query(rn_context *context, const rn_op_desc *op, rn_op_answer *answer)
{
    if (op->inputs[0]->rank != 4)
        return cpu_host->fail(RN_E_UNSUPPORTED, "%s: x has rank %d; it requires images (N,C,H,W)",
                              op->op, (int)op->inputs[0]->rank);
    return cpu_ranks_query(context, op, answer);
}

const cpu_operator reference_batch_norm_pair = { .query = query, .run = pair_run };
const cpu_operator reference_batch_norm_pair_grad = { .query = query, .run = grad_run };
