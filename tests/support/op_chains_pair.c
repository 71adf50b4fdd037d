/* op_chains_pair.c: the chain of batch_norm_pair, and that of the operators of which it is made. */
#include <string.h>

#include "support/op_chains.h"

static op_tensor *add_mask(const op_set *in, op_set *out, const op_tensor *y)
{
    return op_set_add(out, "mask", in->mask_dtype ? in->mask_dtype : RN_U8, y->desc.rank,
                      y->desc.shape);
}

/* The inputs of one of both norms from `slot` on, and what it leaves there. */
static void add_norm(const op_set *in, const char *const names[5], int slot, op_call *call,
                     op_set *out)
{
    for (int i = 0; i < 5; i++)
        call->inputs[slot + i] = op_set_find(in, names[i]);
    for (int i = 3; i < 5; i++) {
        char name[32] = "";
        strcat(strcat(name, names[i]), "_out");
        call->updated[slot + i] = op_set_like(out, name, call->inputs[slot + i]);
    }
}

static const char *const OF_X[] = { "x", "weight", "bias", "running_mean", "running_var" };
static const char *const OF_Z[] = { "z", "z_weight", "z_bias", "z_running_mean", "z_running_var" };

static rn_status run_grad(const op_backend *backend, const op_set *in, const void *attrs,
                          op_set *out)
{
    const op_tensor *x = op_set_find(in, "x"), *weight = op_set_find(in, "weight");
    op_call call = { .op = "batch_norm_pair_grad",
                     .where = in->name,
                     .attrs = attrs,
                     .inputs = { x, op_set_find(in, "z"), op_set_find(in, "dy"), weight,
                                 op_set_find(out, "mean"), op_set_find(out, "inv_std"),
                                 op_set_find(in, "z_weight"), op_set_find(out, "z_mean"),
                                 op_set_find(out, "z_inv_std"), op_set_find(out, "mask") },
                     .outputs = { op_set_like(out, "dx", x), op_set_like(out, "dweight", weight),
                                  op_set_like(out, "dbias", weight), op_set_like(out, "dz", x),
                                  op_set_like(out, "dz_weight", weight),
                                  op_set_like(out, "dz_bias", weight) } };
    return op_run(backend, &call);
}

rn_status op_chain_batch_norm_pair(const op_backend *backend, const op_set *in, const void *attrs,
                                   op_set *out)
{
    const op_tensor *x = op_set_find(in, "x"), *weight = op_set_find(in, "weight");
    op_tensor *y = op_set_like(out, "y", x);
    op_call call = { .op = "batch_norm_pair",
                     .where = in->name,
                     .attrs = attrs,
                     .outputs = { y, op_set_like(out, "mean", weight),
                                  op_set_like(out, "inv_std", weight),
                                  op_set_like(out, "z_mean", weight),
                                  op_set_like(out, "z_inv_std", weight), add_mask(in, out, y) } };
    add_norm(in, OF_X, 0, &call, out);
    add_norm(in, OF_Z, 5, &call, out);
    rn_status status = op_run(backend, &call);
    return status ? status : run_grad(backend, in, attrs, out);
}

/* One batch norm without an epilogue. */
static rn_status run_norm(const op_backend *backend, const op_set *in, const void *attrs,
                          const char *const names[5], const char *const results[3], op_set *out)
{
    const op_tensor *weight = op_set_find(in, "weight");
    op_call call = { .op = "batch_norm",
                     .where = in->name,
                     .attrs = attrs,
                     .outputs = { op_set_like(out, results[0], op_set_find(in, "x")),
                                  op_set_like(out, results[1], weight),
                                  op_set_like(out, results[2], weight) } };
    add_norm(in, names, 0, &call, out);
    return op_run(backend, &call);
}

static rn_status run_norm_grad(const op_backend *backend, const op_set *in, const void *attrs,
                               const char *const names[5], const char *const results[3],
                               const char *const gradients[3], op_set *out)
{
    const op_tensor *weight = op_set_find(in, names[1]), *x = op_set_find(in, names[0]);
    return op_run(backend, &(op_call){ .op = "batch_norm_grad",
                                       .where = in->name,
                                       .attrs = attrs,
                                       .inputs = { x, op_set_find(out, "dsum"), weight,
                                                   op_set_find(out, results[1]),
                                                   op_set_find(out, results[2]) },
                                       .outputs = { op_set_like(out, gradients[0], x),
                                                    op_set_like(out, gradients[1], weight),
                                                    op_set_like(out, gradients[2], weight) } });
}

rn_status op_chain_batch_norm_pair_apart(const op_backend *backend, const op_set *in,
                                         const void *attrs, op_set *out)
{
    static const char *const RESULTS[][3] = { { "one", "mean", "inv_std" },
                                              { "other", "z_mean", "z_inv_std" } };
    static const char *const GRADIENTS[][3] = { { "dx", "dweight", "dbias" },
                                                { "dz", "dz_weight", "dz_bias" } };
    const op_tensor *x = op_set_find(in, "x");
    rn_batch_norm_attrs plain = *(const rn_batch_norm_attrs *)attrs;
    plain.epilogue = 0;
    rn_status status = run_norm(backend, in, &plain, OF_X, RESULTS[0], out);
    if (!status)
        status = run_norm(backend, in, &plain, OF_Z, RESULTS[1], out);
    op_tensor *sum = op_set_like(out, "relu_input", x), *y = op_set_like(out, "y", x);
    op_tensor *mask = add_mask(in, out, y), *dsum = op_set_like(out, "dsum", x);
    if (!status)
        status =
            op_run(backend,
                   &(op_call){ .op = "add",
                               .where = in->name,
                               .inputs = { op_set_find(out, "one"), op_set_find(out, "other") },
                               .outputs = { sum } });
    if (!status)
        status = op_run(backend, &(op_call){ .op = "relu",
                                             .where = in->name,
                                             .inputs = { sum },
                                             .outputs = { y, mask } });
    if (!status)
        status = op_run(backend, &(op_call){ .op = "relu_grad",
                                             .where = in->name,
                                             .inputs = { op_set_find(in, "dy"), mask },
                                             .outputs = { dsum } });
    if (!status)
        status = run_norm_grad(backend, in, &plain, OF_X, RESULTS[0], GRADIENTS[0], out);
    if (!status)
        status = run_norm_grad(backend, in, &plain, OF_Z, RESULTS[1], GRADIENTS[1], out);
    return status;
}
