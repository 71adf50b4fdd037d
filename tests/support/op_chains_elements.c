/* op_chains_elements.c: the chains of activation and multiply, and of a slice of channels. */
#include "support/op_chains.h"

rn_status op_chain_activation(const op_backend *backend, const op_set *in, const void *attrs,
                              op_set *out)
{
    const op_tensor *x = op_set_find(in, "x"), *dy = op_set_find(in, "dy");
    rn_status status = op_run(backend, &(op_call){ .op = "activation",
                                                   .where = in->name,
                                                   .attrs = attrs,
                                                   .inputs = { x },
                                                   .outputs = { op_set_like(out, "y", x) } });
    if (status || !dy)
        return status;
    return op_run(backend, &(op_call){ .op = "activation_grad",
                                       .where = in->name,
                                       .attrs = attrs,
                                       .inputs = { dy, x },
                                       .outputs = { op_set_like(out, "dx", x) } });
}

rn_status op_chain_multiply(const op_backend *backend, const op_set *in, const void *attrs,
                            op_set *out)
{
    (void)attrs;
    const op_tensor *x = op_set_find(in, "x"), *z = op_set_find(in, "z");
    const op_tensor *dy = op_set_find(in, "dy");
    rn_status status = op_run(backend, &(op_call){ .op = "multiply",
                                                   .where = in->name,
                                                   .inputs = { x, z },
                                                   .outputs = { op_set_like(out, "y", x) } });
    if (status || !dy)
        return status;
    return op_run(backend, &(op_call){ .op = "multiply_grad",
                                       .where = in->name,
                                       .inputs = { dy, x, z },
                                       .outputs = { op_set_like(out, "dx", x),
                                                    op_set_like(out, "dz", z) } });
}

rn_status op_chain_slice(const op_backend *backend, const op_set *in, const void *attrs,
                         op_set *out)
{
    const op_tensor *x = op_set_find(in, "x"), *dy = op_set_find(in, "dy");
    const rn_subsample_attrs *a = attrs;
    const int64_t *from = x->desc.shape;
    const int64_t shape[4] = { from[0], from[1] - a->channels_before - a->channels_after,
                               (from[2] - 1) * a->stride[0] + 1, (from[3] - 1) * a->stride[1] + 1 };
    rn_status status = op_run(backend, &(op_call){ .op = "subsample_grad",
                                                   .where = in->name,
                                                   .attrs = attrs,
                                                   .inputs = { x },
                                                   .outputs = { op_set_image(out, "y", shape) } });
    if (status || !dy)
        return status;
    return op_run(backend, &(op_call){ .op = "subsample",
                                       .where = in->name,
                                       .attrs = attrs,
                                       .inputs = { dy },
                                       .outputs = { op_set_like(out, "dx", x) } });
}

rn_status op_chain_lookup(const op_backend *backend, const op_set *in, const void *attrs,
                          op_set *out)
{
    const op_tensor *x = op_set_find(in, "x");
    const int64_t *s = x->desc.shape, shape[4] = { s[0], s[3], s[1], s[2] };
    (void)attrs;
    return op_run(backend, &(op_call){ .op = "lookup",
                                       .where = in->name,
                                       .inputs = { x, op_set_find(in, "table") },
                                       .outputs = { op_set_image(out, "y", shape) } });
}
