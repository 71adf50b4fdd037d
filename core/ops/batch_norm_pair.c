/* batch_norm_pair: the sum of two normalised images, and its relu; the core inserts it in place of
 * two batch_norm, for training.
 * formula  y = relu(batch_norm(x) + batch_norm(z)), each with its own weight, bias and running
 *          statistics
 * shapes   x, z, y, mask (N,C,H,W)   all others (C)
 * attrs    those of batch_norm, the same for both
 * gradient dx, dweight, dbias, dz, dz_weight, dz_bias = batch_norm_pair_grad(x, z, dy, mask, weight
 *          and statistics of both)
 * numerics as batch_norm's; the normalised z is not rounded before it is added
 * errors   none
 * source   He et al. 2016, arXiv:1512.03385, section 3.3, shortcut B: the end of a block whose
 *          shortcut is a projection */
#include "ops/batch_norm_pair.h"

#include "graph/op.h"

void rn_batch_norm_pair_gradient(const rn_node *pair, rn_value *dy, rn_value **inputs,
                                 rn_value **targets)
{
    rn_value *const *in = pair->inputs, *const *out = pair->outputs;
    inputs[RN_BATCH_NORM_PAIR_GRAD_X] = in[RN_BATCH_NORM_PAIR_X];
    inputs[RN_BATCH_NORM_PAIR_GRAD_Z] = in[RN_BATCH_NORM_PAIR_Z];
    inputs[RN_BATCH_NORM_PAIR_GRAD_DY] = dy;
    inputs[RN_BATCH_NORM_PAIR_GRAD_WEIGHT] = in[RN_BATCH_NORM_PAIR_WEIGHT];
    inputs[RN_BATCH_NORM_PAIR_GRAD_MEAN] = out[RN_BATCH_NORM_PAIR_MEAN];
    inputs[RN_BATCH_NORM_PAIR_GRAD_INV_STD] = out[RN_BATCH_NORM_PAIR_INV_STD];
    inputs[RN_BATCH_NORM_PAIR_GRAD_Z_WEIGHT] = in[RN_BATCH_NORM_PAIR_Z_WEIGHT];
    inputs[RN_BATCH_NORM_PAIR_GRAD_Z_MEAN] = out[RN_BATCH_NORM_PAIR_Z_MEAN];
    inputs[RN_BATCH_NORM_PAIR_GRAD_Z_INV_STD] = out[RN_BATCH_NORM_PAIR_Z_INV_STD];
    inputs[RN_BATCH_NORM_PAIR_GRAD_MASK] = out[RN_BATCH_NORM_PAIR_MASK];
    targets[RN_BATCH_NORM_PAIR_GRAD_DX] = in[RN_BATCH_NORM_PAIR_X];
    targets[RN_BATCH_NORM_PAIR_GRAD_DWEIGHT] = in[RN_BATCH_NORM_PAIR_WEIGHT];
    targets[RN_BATCH_NORM_PAIR_GRAD_DBIAS] = in[RN_BATCH_NORM_PAIR_BIAS];
    targets[RN_BATCH_NORM_PAIR_GRAD_DZ] = in[RN_BATCH_NORM_PAIR_Z];
    targets[RN_BATCH_NORM_PAIR_GRAD_DZ_WEIGHT] = in[RN_BATCH_NORM_PAIR_Z_WEIGHT];
    targets[RN_BATCH_NORM_PAIR_GRAD_DZ_BIAS] = in[RN_BATCH_NORM_PAIR_Z_BIAS];
}

static rn_status gradient(rn_dag *dag, rn_node *node)
{
    rn_value *inputs[RN_BATCH_NORM_PAIR_GRAD_N_INPUTS];
    rn_value *targets[RN_BATCH_NORM_PAIR_GRAD_N_OUTPUTS];
    rn_batch_norm_pair_gradient(node, node->outputs[RN_BATCH_NORM_PAIR_Y]->gradient, inputs,
                                targets);
    return rn_dag_gradient_op(dag, node, "batch_norm_pair_grad", inputs, targets);
}

/* Twice a batch_norm's. */
static void cost(const rn_node *node, rn_cost *c)
{
    c->other_flops = rn_desc_count(&node->inputs[RN_BATCH_NORM_PAIR_X]->desc) * 14;
}

static void cost_grad(const rn_node *node, rn_cost *c)
{
    c->other_flops = rn_desc_count(&node->inputs[RN_BATCH_NORM_PAIR_GRAD_X]->desc) * 16;
}

const rn_op_rule rn_op_batch_norm_pair = { .gradient = gradient, .cost = cost };
const rn_op_rule rn_op_batch_norm_pair_grad = { .cost = cost_grad };
