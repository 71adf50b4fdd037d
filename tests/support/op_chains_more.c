/* op_chains_more.c: the chains of all other operators. */
#include <stdio.h>

#include "support/op_chains.h"

/* Runs an operator with one input and one output, whose gradient reads only dy. outputs[1] of
 * `forward` is dx. */
static rn_status run_simple(const op_backend *backend, const op_set *in, op_call forward,
                            const char *gradient_op)
{
    const op_tensor *dy = op_set_find(in, "dy");
    op_tensor *dx = forward.outputs[1];
    forward.where = in->name;
    forward.inputs[0] = op_set_find(in, "x");
    rn_status status = op_run(backend, &forward);
    if (status || !dy)
        return status;
    return op_run(backend, &(op_call){ .op = gradient_op,
                                       .where = in->name,
                                       .attrs = forward.attrs,
                                       .inputs = { dy },
                                       .outputs = { dx } });
}

rn_status op_chain_avg_pool(const op_backend *backend, const op_set *in, const void *attrs,
                            op_set *out)
{
    const op_tensor *x = op_set_find(in, "x");
    int64_t shape[4];
    op_pool_shape(attrs, x, shape);
    op_call forward = { .op = "avg_pool",
                        .attrs = attrs,
                        .outputs = { op_set_image(out, "y", shape), op_set_like(out, "dx", x) } };
    return run_simple(backend, in, forward, "avg_pool_grad");
}

rn_status op_chain_global_avg_pool(const op_backend *backend, const op_set *in, const void *attrs,
                                   op_set *out)
{
    (void)attrs;
    const op_tensor *x = op_set_find(in, "x");
    int64_t shape[4] = { x->desc.shape[0], x->desc.shape[1], 1, 1 };
    op_call forward = { .op = "global_avg_pool",
                        .outputs = { op_set_image(out, "y", shape), op_set_like(out, "dx", x) } };
    return run_simple(backend, in, forward, "global_avg_pool_grad");
}

rn_status op_chain_subsample(const op_backend *backend, const op_set *in, const void *attrs,
                             op_set *out)
{
    const op_tensor *x = op_set_find(in, "x");
    const rn_subsample_attrs *a = attrs;
    const int64_t *from = x->desc.shape;
    int64_t shape[4] = { from[0], from[1] + a->channels_before + a->channels_after,
                         (from[2] + a->stride[0] - 1) / a->stride[0],
                         (from[3] + a->stride[1] - 1) / a->stride[1] };
    op_call forward = { .op = "subsample",
                        .attrs = attrs,
                        .outputs = { op_set_image(out, "y", shape), op_set_like(out, "dx", x) } };
    return run_simple(backend, in, forward, "subsample_grad");
}

rn_status op_chain_softmax(const op_backend *backend, const op_set *in, const void *attrs,
                           op_set *out)
{
    (void)attrs;
    op_call forward = { .op = "softmax",
                        .outputs = { op_set_like(out, "y", op_set_find(in, "x")) } };
    return run_simple(backend, in, forward, NULL);
}

rn_status op_chain_linear(const op_backend *backend, const op_set *in, const void *attrs,
                          op_set *out)
{
    const op_tensor *x = op_set_find(in, "x"), *weight = op_set_find(in, "weight");
    const op_tensor *bias = op_set_find(in, "bias"), *dy = op_set_find(in, "dy");
    int64_t shape[2] = { x->desc.shape[0], weight->desc.shape[0] };
    op_tensor *y = op_set_add(out, "y", RN_F32, 2, shape);
    rn_status status = op_run(backend, &(op_call){ .op = "linear",
                                                   .where = in->name,
                                                   .attrs = attrs,
                                                   .inputs = { x, weight, bias },
                                                   .outputs = { y } });
    if (status || !dy)
        return status;
    status = op_run(backend, &(op_call){ .op = "linear_grad_input",
                                         .where = in->name,
                                         .attrs = attrs,
                                         .inputs = { dy, weight },
                                         .outputs = { op_set_like(out, "dx", x) } });
    if (status)
        return status;
    op_tensor *dbias = bias ? op_set_like(out, "dbias", bias) : NULL;
    return op_run(backend, &(op_call){ .op = "linear_grad_weight",
                                       .where = in->name,
                                       .attrs = attrs,
                                       .inputs = { x, dy },
                                       .outputs = { op_set_like(out, "dweight", weight), dbias } });
}

rn_status op_chain_cross_entropy(const op_backend *backend, const op_set *in, const void *attrs,
                                 op_set *out)
{
    const op_tensor *logits = op_set_find(in, "logits"), *labels = op_set_find(in, "labels");
    const op_tensor *targets = op_set_find(in, "targets");
    op_tensor *probs = op_set_like(out, "probs", logits);
    rn_status status =
        op_run(backend, &(op_call){ .op = targets ? "soft_cross_entropy" : "softmax_cross_entropy",
                                    .where = in->name,
                                    .attrs = attrs,
                                    .inputs = { logits, targets ? targets : labels },
                                    .outputs = { op_set_vector(out, "loss", 1), probs } });
    if (status)
        return status;
    const op_tensor *loss_scale = op_set_find(in, "loss_scale");
    return op_run(backend, &(op_call){ .op = targets ? "soft_cross_entropy_grad"
                                                     : "softmax_cross_entropy_grad",
                                       .where = in->name,
                                       .attrs = attrs,
                                       .inputs = { probs, targets ? targets : labels, loss_scale },
                                       .outputs = { op_set_like(out, "dlogits", logits) } });
}

rn_status op_chain_dropout(const op_backend *backend, const op_set *in, const void *attrs,
                           op_set *out)
{
    const op_tensor *x = op_set_find(in, "x"), *dy = op_set_find(in, "dy");
    op_tensor *mask = op_set_add(out, "mask", in->mask_dtype ? in->mask_dtype : RN_U8, x->desc.rank,
                                 x->desc.shape);
    rn_status status = op_run(backend, &(op_call){ .op = "dropout",
                                                   .where = in->name,
                                                   .attrs = attrs,
                                                   .inputs = { x, op_set_find(in, "random") },
                                                   .outputs = { op_set_like(out, "y", x), mask } });
    if (status || !dy)
        return status;
    return op_run(backend, &(op_call){ .op = "dropout_grad",
                                       .where = in->name,
                                       .attrs = attrs,
                                       .inputs = { dy, mask },
                                       .outputs = { op_set_like(out, "dx", x) } });
}

rn_status op_chain_drop_path(const op_backend *backend, const op_set *in, const void *attrs,
                             op_set *out)
{
    const op_tensor *x = op_set_find(in, "x"), *dy = op_set_find(in, "dy");
    op_call call = { .op = "drop_path",
                     .where = in->name,
                     .attrs = attrs,
                     .inputs = { x, op_set_find(in, "random") },
                     .outputs = { op_set_like(out, "y", x) } };
    rn_status status = op_run(backend, &call);
    if (status || !dy)
        return status;
    call.inputs[RN_DROP_PATH_X] = dy;
    call.outputs[RN_DROP_PATH_Y] = op_set_like(out, "dx", x);
    return op_run(backend, &call);
}

rn_status op_chain_concat(const op_backend *backend, const op_set *in, const void *attrs,
                          op_set *out)
{
    (void)attrs;
    const op_tensor *dy = op_set_find(in, "dy");
    op_call forward = { .op = "concat", .where = in->name };
    op_call back = { .op = "concat_grad", .where = in->name, .inputs = { dy } };
    int64_t shape[4] = { 0 };
    for (int i = 0; i < RN_MAX_OPERANDS; i++) {
        char name[24], gradient_name[24];
        snprintf(name, sizeof name, "x%d", i);
        snprintf(gradient_name, sizeof gradient_name, "dx%d", i);
        const op_tensor *x = op_set_find(in, name);
        if (!x)
            break;
        int64_t channels = shape[1] + x->desc.shape[1];
        for (int axis = 0; axis < 4; axis++)
            shape[axis] = x->desc.shape[axis];
        shape[1] = channels;
        forward.inputs[forward.n_inputs++] = x;
        back.outputs[back.n_outputs++] = op_set_like(out, gradient_name, x);
    }
    forward.outputs[0] = op_set_image(out, "y", shape);
    rn_status status = op_run(backend, &forward);
    return status || !dy ? status : op_run(backend, &back);
}
