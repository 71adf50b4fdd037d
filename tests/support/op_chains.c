/* op_chains.c: the chains of operators on images: convolution, normalisation, relu, max_pool. */
#include "support/op_chains.h"

#include <string.h>

#include "base/status.h"

int64_t op_window_count(int64_t input, int64_t padding_sum, int64_t kernel, int64_t stride,
                        int64_t dilation)
{
    int64_t last = input + padding_sum - (dilation * (kernel - 1) + 1);
    return last < 0 ? 0 : last / stride + 1;
}

void op_conv2d_shape(const rn_conv2d_attrs *attrs, const op_tensor *x, int64_t shape[4])
{
    shape[0] = x->desc.shape[0];
    shape[1] = attrs->channels;
    for (int i = 0; i < 2; i++) {
        shape[2 + i] =
            op_window_count(x->desc.shape[2 + i], attrs->padding[i] + attrs->padding_end[i],
                            attrs->kernel[i], attrs->stride[i], attrs->dilation[i]);
    }
}

void op_pool_shape(const rn_pool_attrs *attrs, const op_tensor *x, int64_t shape[4])
{
    shape[0] = x->desc.shape[0];
    shape[1] = x->desc.shape[1];
    for (int i = 0; i < 2; i++) {
        shape[2 + i] =
            op_window_count(x->desc.shape[2 + i], attrs->padding[i] + attrs->padding_end[i],
                            attrs->kernel[i], attrs->stride[i], 1);
    }
}

static op_tensor *add_mask(const op_set *in, op_set *out, const op_tensor *y)
{
    return op_set_add(out, "mask", in->mask_dtype ? in->mask_dtype : RN_U8, y->desc.rank,
                      y->desc.shape);
}

static rn_status run_add(const op_backend *backend, const char *where, const op_tensor *a,
                         const op_tensor *b, op_tensor *y)
{
    return op_run(backend,
                  &(op_call){ .op = "add", .where = where, .inputs = { a, b }, .outputs = { y } });
}

static rn_status run_relu(const op_backend *backend, const char *where, const op_tensor *x,
                          op_tensor *y, op_tensor *mask)
{
    return op_run(backend,
                  &(op_call){
                      .op = "relu", .where = where, .inputs = { x }, .outputs = { y, mask } });
}

static rn_status run_relu_grad(const op_backend *backend, const char *where, const op_tensor *dy,
                               const op_tensor *mask, op_tensor *dx)
{
    return op_run(backend, &(op_call){ .op = "relu_grad",
                                       .where = where,
                                       .inputs = { dy, mask },
                                       .outputs = { dx } });
}

static rn_status run_conv2d(const op_backend *backend, const op_set *in,
                            const rn_conv2d_attrs *attrs, op_tensor *y, op_tensor *mask)
{
    bool add = attrs->epilogue & RN_EPILOGUE_ADD;
    return op_run(backend, &(op_call){ .op = "conv2d",
                                       .where = in->name,
                                       .attrs = attrs,
                                       .inputs = { op_set_find(in, "x"), op_set_find(in, "weight"),
                                                   op_set_find(in, "bias"),
                                                   add ? op_set_find(in, "z") : NULL },
                                       .outputs = { y, mask } });
}

/* The gradient of x added to another one, for which x does, where the backend offers that. */
static rn_status run_conv2d_sum(const op_backend *backend, const op_set *in,
                                const rn_conv2d_attrs *attrs, const op_tensor *dy, op_set *out)
{
    const op_tensor *x = op_set_find(in, "x");
    op_set sum = { .n = 0 };
    op_tensor *dx = op_set_like(&sum, "dx_sum", x);
    rn_status status = op_run(backend, &(op_call){ .op = "conv2d_grad_input_sum",
                                                   .where = in->name,
                                                   .attrs = attrs,
                                                   .inputs = { dy, op_set_find(in, "weight"), x },
                                                   .outputs = { dx } });
    if (!status) {
        op_tensor *kept = op_set_like(out, "dx_sum", x);
        memcpy(kept->data, dx->data, dx->desc.size_bytes);
        kept->is_transformed = dx->is_transformed;
    }
    op_set_clear(&sum);
    if (status != RN_E_UNSUPPORTED)
        return status;
    rn_fail_clear();
    return RN_OK;
}

static rn_status run_conv2d_grads(const op_backend *backend, const op_set *in,
                                  rn_conv2d_attrs attrs, const op_tensor *dy, op_set *out)
{
    const op_tensor *x = op_set_find(in, "x"), *weight = op_set_find(in, "weight");
    const op_tensor *bias = op_set_find(in, "bias");
    op_tensor *dx = op_set_like(out, "dx", x), *dweight = op_set_like(out, "dweight", weight);
    op_tensor *dbias = bias ? op_set_like(out, "dbias", bias) : NULL;
    attrs.epilogue = 0;
    rn_status status = op_run(backend, &(op_call){ .op = "conv2d_grad_input",
                                                   .where = in->name,
                                                   .attrs = &attrs,
                                                   .inputs = { dy, weight },
                                                   .outputs = { dx } });
    if (!status)
        status = run_conv2d_sum(backend, in, &attrs, dy, out);
    if (status)
        return status;
    return op_run(backend, &(op_call){ .op = "conv2d_grad_weight",
                                       .where = in->name,
                                       .attrs = &attrs,
                                       .inputs = { x, dy },
                                       .outputs = { dweight, dbias } });
}

/* Propagates dy through the epilogue: `*gradient` is that of the result before relu and add. */
static rn_status epilogue_grad(const op_backend *backend, const op_set *in, int32_t epilogue,
                               op_set *out, const op_tensor **gradient)
{
    const op_tensor *dy = op_set_find(in, "dy");
    rn_status status = RN_OK;
    *gradient = dy;
    if (epilogue & RN_EPILOGUE_RELU) {
        op_tensor *dpre = op_set_like(out, epilogue & RN_EPILOGUE_ADD ? "dz" : "dpre", dy);
        status = run_relu_grad(backend, in->name, dy, op_set_find(out, "mask"), dpre);
        *gradient = dpre;
    }
    return status;
}

rn_status op_chain_conv2d(const op_backend *backend, const op_set *in, const void *attrs,
                          op_set *out)
{
    const rn_conv2d_attrs *a = attrs;
    const op_tensor *dy = op_set_find(in, "dy");
    int64_t shape[4];
    op_conv2d_shape(a, op_set_find(in, "x"), shape);
    op_tensor *y = op_set_image(out, "y", shape);
    op_tensor *mask = dy && (a->epilogue & RN_EPILOGUE_RELU) ? add_mask(in, out, y) : NULL;
    rn_status status = run_conv2d(backend, in, a, y, mask);
    if (status || !dy)
        return status;
    status = epilogue_grad(backend, in, a->epilogue, out, &dy);
    return status ? status : run_conv2d_grads(backend, in, *a, dy, out);
}

/* Computes y from the operator's result, with the epilogue as separate operators. */
static rn_status apply_apart(const op_backend *backend, const op_set *in, int32_t epilogue,
                             const op_tensor *result, op_set *out)
{
    op_tensor *y = op_set_like(out, "y", result),
              *relu_input = op_set_like(out, "relu_input", result);
    memcpy(relu_input->data, result->data, result->desc.size_bytes);
    if (epilogue & RN_EPILOGUE_ADD) {
        rn_status status = run_add(backend, in->name, result, op_set_find(in, "z"), relu_input);
        if (status)
            return status;
    }
    if (epilogue & RN_EPILOGUE_RELU)
        return run_relu(backend, in->name, relu_input, y, add_mask(in, out, y));
    memcpy(y->data, relu_input->data, y->desc.size_bytes);
    return RN_OK;
}

rn_status op_chain_conv2d_apart(const op_backend *backend, const op_set *in, const void *attrs,
                                op_set *out)
{
    rn_conv2d_attrs a = *(const rn_conv2d_attrs *)attrs;
    int32_t epilogue = a.epilogue;
    const op_tensor *dy = NULL;
    int64_t shape[4];
    a.epilogue = 0;
    op_conv2d_shape(&a, op_set_find(in, "x"), shape);
    op_tensor *result = op_set_image(out, "result", shape);
    rn_status status = run_conv2d(backend, in, &a, result, NULL);
    if (status)
        return status;
    status = apply_apart(backend, in, epilogue, result, out);
    if (status || !op_set_find(in, "dy"))
        return status;
    status = epilogue_grad(backend, in, epilogue, out, &dy);
    return status ? status : run_conv2d_grads(backend, in, a, dy, out);
}

static rn_status run_batch_norm(const op_backend *backend, const op_set *in,
                                const rn_batch_norm_attrs *attrs, op_tensor *y, op_set *out)
{
    const op_tensor *mean = op_set_find(in, "running_mean"), *var = op_set_find(in, "running_var");
    bool add = attrs->epilogue & RN_EPILOGUE_ADD, relu = attrs->epilogue & RN_EPILOGUE_RELU;
    op_call call = { .op = "batch_norm",
                     .where = in->name,
                     .attrs = attrs,
                     .inputs = { op_set_find(in, "x"), op_set_find(in, "weight"),
                                 op_set_find(in, "bias"), mean, var,
                                 add ? op_set_find(in, "z") : NULL },
                     .outputs = { y } };
    if (attrs->training) {
        call.updated[3] = op_set_like(out, "running_mean_out", mean);
        call.updated[4] = op_set_like(out, "running_var_out", var);
        call.outputs[1] = op_set_like(out, "mean", mean);
        call.outputs[2] = op_set_like(out, "inv_std", var);
        call.outputs[3] = relu ? add_mask(in, out, y) : NULL;
    }
    return op_run(backend, &call);
}

static rn_status run_batch_norm_grad(const op_backend *backend, const op_set *in,
                                     const rn_batch_norm_attrs *attrs, const op_tensor *dy,
                                     op_set *out)
{
    const op_tensor *x = op_set_find(in, "x"), *weight = op_set_find(in, "weight");
    bool add = attrs->epilogue & RN_EPILOGUE_ADD, relu = attrs->epilogue & RN_EPILOGUE_RELU;
    return op_run(backend, &(op_call){ .op = "batch_norm_grad",
                                       .where = in->name,
                                       .attrs = attrs,
                                       .inputs = { x, dy, weight, op_set_find(out, "mean"),
                                                   op_set_find(out, "inv_std"),
                                                   relu ? op_set_find(out, "mask") : NULL },
                                       .outputs = { op_set_like(out, "dx", x),
                                                    op_set_like(out, "dweight", weight),
                                                    op_set_like(out, "dbias", weight),
                                                    add ? op_set_like(out, "dz", x) : NULL } });
}

rn_status op_chain_batch_norm(const op_backend *backend, const op_set *in, const void *attrs,
                              op_set *out)
{
    const op_tensor *dy = op_set_find(in, "dy");
    op_tensor *y = op_set_like(out, "y", op_set_find(in, "x"));
    rn_status status = run_batch_norm(backend, in, attrs, y, out);
    return status || !dy ? status : run_batch_norm_grad(backend, in, attrs, dy, out);
}

rn_status op_chain_batch_norm_apart(const op_backend *backend, const op_set *in, const void *attrs,
                                    op_set *out)
{
    rn_batch_norm_attrs a = *(const rn_batch_norm_attrs *)attrs;
    int32_t epilogue = a.epilogue;
    const op_tensor *dy = NULL;
    a.epilogue = 0;
    op_tensor *result = op_set_like(out, "result", op_set_find(in, "x"));
    rn_status status = run_batch_norm(backend, in, &a, result, out);
    if (status)
        return status;
    status = apply_apart(backend, in, epilogue, result, out);
    if (status || !op_set_find(in, "dy"))
        return status;
    status = epilogue_grad(backend, in, epilogue, out, &dy);
    return status ? status : run_batch_norm_grad(backend, in, &a, dy, out);
}

rn_status op_chain_relu(const op_backend *backend, const op_set *in, const void *attrs, op_set *out)
{
    (void)attrs;
    const op_tensor *x = op_set_find(in, "x"), *dy = op_set_find(in, "dy");
    op_tensor *y = op_set_like(out, "y", x), *mask = dy ? add_mask(in, out, y) : NULL;
    rn_status status = run_relu(backend, in->name, x, y, mask);
    return status || !dy ? status
                         : run_relu_grad(backend, in->name, dy, mask, op_set_like(out, "dx", x));
}

rn_status op_chain_add(const op_backend *backend, const op_set *in, const void *attrs, op_set *out)
{
    (void)attrs;
    const op_tensor *x = op_set_find(in, "x");
    return run_add(backend, in->name, x, op_set_find(in, "z"), op_set_like(out, "y", x));
}

rn_status op_chain_max_pool(const op_backend *backend, const op_set *in, const void *attrs,
                            op_set *out)
{
    const op_tensor *x = op_set_find(in, "x"), *dy = op_set_find(in, "dy");
    int64_t shape[4];
    op_pool_shape(attrs, x, shape);
    op_tensor *y = op_set_image(out, "y", shape);
    op_tensor *index = dy ? op_set_add(out, "index", RN_U8, 4, shape) : NULL;
    rn_status status = op_run(backend, &(op_call){ .op = "max_pool",
                                                   .where = in->name,
                                                   .attrs = attrs,
                                                   .inputs = { x },
                                                   .outputs = { y, index } });
    if (status || !dy)
        return status;
    return op_run(backend, &(op_call){ .op = "max_pool_grad",
                                       .where = in->name,
                                       .attrs = attrs,
                                       .inputs = { dy, index },
                                       .outputs = { op_set_like(out, "dx", x) } });
}
