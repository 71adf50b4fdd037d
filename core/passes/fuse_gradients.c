/* fuse_gradients.c: merges conv2d_grad_input and the sum of gradients that it goes into. A tensor
 * with two readers, such as a residual block's input, has two gradients, and autodiff adds them. */
#include <string.h>

#include "graph/op.h"
#include "passes/fuse.h"
#include "passes/merges.h"

typedef struct match {
    rn_node *conv, *add;
    rn_value *z; /* the other gradient */
} match;

/* A convolution that moves down to the sum keeps dy and the weight until then instead of its
 * result. If that is not more, the step takes no more memory. */
static bool may_move(const rn_node *conv)
{
    uint64_t kept = conv->inputs[RN_CONV2D_GRAD_INPUT_DY]->desc.size_bytes +
                    conv->inputs[RN_CONV2D_GRAD_INPUT_WEIGHT]->desc.size_bytes;
    return kept <= conv->outputs[RN_CONV2D_GRAD_INPUT_DX]->desc.size_bytes;
}

/* The later of the two summands exists last, so the other one can be added to. */
static bool find_sum(rn_node *add, match *m)
{
    rn_value *a = add->inputs[RN_ADD_A], *b = add->inputs[RN_ADD_B];
    rn_node *of_a = rn_value_sole_producer(a, "conv2d_grad_input"),
            *of_b = rn_value_sole_producer(b, "conv2d_grad_input");
    bool takes_a = of_a && (!of_b || of_a->position > of_b->position);
    *m = (match){ .conv = takes_a ? of_a : of_b, .add = add, .z = takes_a ? b : a };
    return m->conv &&
           (!m->z->producer || m->z->producer->position < m->conv->position || may_move(m->conv));
}

static rn_node merged(const match *m)
{
    rn_node node = *m->conv;
    node.op = rn_op_find("conv2d_grad_input_sum");
    node.n_inputs = node.op->n_inputs;
    node.inputs[RN_CONV2D_GRAD_INPUT_SUM_Z] = m->z;
    node.outputs[RN_CONV2D_GRAD_INPUT_SUM_DX] = m->add->outputs[RN_ADD_Y];
    return node;
}

/* The merged operator takes the place of the sum. */
static void apply(rn_dag *dag, const match *m, const rn_node *sum)
{
    rn_node *conv = m->conv;
    int32_t position = m->add->position;
    conv->outputs[RN_CONV2D_GRAD_INPUT_DX]->producer = NULL; /* never stored, never read */
    rn_dag_drop(dag, m->add);
    rn_dag_move(dag, conv, position);
    *conv = *sum;
    conv->position = position;
    m->z->reader = conv;
    conv->outputs[RN_CONV2D_GRAD_INPUT_SUM_DX]->producer = conv;
}

rn_status rn_fuse_gradients(rn_dag *dag, rn_device *device)
{
    rn_status status = RN_OK;
    rn_merges merges = { 0 };
    rn_dag_index(dag);
    for (int32_t i = 0; i < dag->n_nodes && !status; i++) {
        match m;
        bool accepts = false;
        rn_node *node = dag->nodes[i];
        if (!node || !rn_node_is(node, "add") || !find_sum(node, &m))
            continue;
        rn_node sum = merged(&m);
        status = rn_merges_ask(&merges, device, &sum, &accepts);
        if (accepts)
            apply(dag, &m, &sum);
        merges.n_done += accepts;
    }
    rn_dag_compact(dag);
    rn_merges_log(&merges, "fuse", "convolutions' gradients with the sum that they go into");
    return status;
}
