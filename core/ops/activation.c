/* activation: a function of each element, of those that many networks use.
 * formula  y = f(x); f is one of the kinds
 * kinds    RN_ACTIVATIONS in include/resnet/op.h:
 * shapes   x, y: any, equal
 * attrs    kind; alpha, beta: what the formula of the kind names, else 0
 * gradient dx = activation_grad(dy, x) = dy * f'(x); where f has a kink, PyTorch's: at 0 that of
 *          negative x, for relu6 and hard_sigmoid 0 at both, for hard_swish 0 at -3 and 1 at 3
 * numerics within 8 units in the last place in host memory (scale: unless it cancels), elsewhere as
 *          precise as exp, tanh and erfc are; infinite x give f's limit, if any; NaN stays NaN
 * errors   RN_E_CONFIG: an unknown kind; a parameter that the kind does not have
 * source   hard_sigmoid and hard_swish: Howard et al. 2019, arXiv:1905.02244; silu and gelu:
 *          Hendrycks & Gimpel 2016, arXiv:1606.08415; leaky_relu: Maas et al. 2013 */
#include "ops/activation.h"

#include "base/status.h"
#include "graph/op.h"

#define MOST_PARAMETER 1e30

static const struct {
    const char *name;
    int n_parameters;
} kinds[] = {
#define KIND(CONSTANT, name, number, n_parameters, formula) [number] = { #name, n_parameters },
    RN_ACTIVATIONS(KIND)
#undef KIND
};
enum { N_KINDS = sizeof kinds / sizeof *kinds };

static const rn_op_field fields[] = {
    RN_FIELD(I32, rn_activation_attrs, kind, 1, N_KINDS - 1, false),
    RN_FIELD(F64, rn_activation_attrs, alpha, -MOST_PARAMETER, MOST_PARAMETER, false),
    RN_FIELD(F64, rn_activation_attrs, beta, -MOST_PARAMETER, MOST_PARAMETER, false),
    { 0 },
};

const char *rn_activation_name(int32_t kind)
{
    return kinds[kind].name;
}

static rn_status check_parameters(const rn_activation_attrs *a)
{
    int n_parameters = kinds[a->kind].n_parameters;
    bool has_alpha = n_parameters > 0 || a->alpha == 0;
    bool has_beta = n_parameters > 1 || a->beta == 0;
    if (has_alpha && has_beta)
        return RN_OK;
    return rn_fail(RN_E_CONFIG, "activation: %s is %.15g, expected 0: %s has no such parameter",
                   has_alpha ? "beta" : "alpha", has_alpha ? a->beta : a->alpha,
                   rn_activation_name(a->kind));
}

static rn_status infer(rn_dag *dag, rn_node *node)
{
    rn_status status = check_parameters(node->attrs);
    if (status)
        return status;
    rn_tensor_desc y = node->inputs[RN_ACTIVATION_X]->desc;
    rn_dag_output(dag, node, RN_ACTIVATION_Y, &y);
    return dag->status;
}

static rn_status gradient(rn_dag *dag, rn_node *node)
{
    rn_value *inputs[] = { [RN_ACTIVATION_GRAD_DY] = node->outputs[RN_ACTIVATION_Y]->gradient,
                           [RN_ACTIVATION_GRAD_X] = node->inputs[RN_ACTIVATION_X] };
    rn_value *targets[] = { [RN_ACTIVATION_GRAD_DX] = node->inputs[RN_ACTIVATION_X] };
    return rn_dag_gradient_op(dag, node, "activation_grad", inputs, targets);
}

/* Also of activation_grad, whose first input is dy. */
static void cost(const rn_node *node, rn_cost *c)
{
    c->other_flops = rn_desc_count(&node->inputs[RN_ACTIVATION_X]->desc);
}

const rn_op_rule rn_op_activation = {
    .fields = fields, .n_given = 1, .infer = infer, .gradient = gradient, .cost = cost
};

const rn_op_rule rn_op_activation_grad = { .cost = cost };
