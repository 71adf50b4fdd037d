/* op_chains_slots.c: chains of operators that change tensors in place. Their tensors have the names
 * of the slots in include/resnet/operators.h; of a REST, x0, x1, … */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "graph/op.h"
#include "support/op_chains.h"

/* clang-format off */
#define RN_OP(OPERATOR, name, bytes) static const char *const name##_slots[] = {
#define RN_IN(SLOT, type, presence, use) #SLOT,
#define RN_OUT(SLOT, type, presence) #SLOT,
#define RN_END(OPERATOR) };
#include <resnet/operators.h>

static const struct {
    const char *op;
    const char *const *slots; /* inputs, then outputs */
} OPERATORS[] = {
#define RN_OP(OPERATOR, name, bytes) { #name, name##_slots },
#include <resnet/operators.h>
};
/* clang-format on */

/* "ADAMW_LEARNING_RATE" as "learning_rate". */
static void slot_name(const char *op, int32_t slot, char name[24])
{
    size_t i = 0, n = 0;
    while (strcmp(OPERATORS[i].op, op))
        i++;
    for (const char *c = OPERATORS[i].slots[slot] + strlen(op) + 1; *c && n < 23; c++)
        name[n++] = (char)tolower(*c);
    name[n] = 0;
}

/* Adds input `name`, and where the new content of one that is updated goes. */
static void add_input(op_call *call, const op_set *in, const char *name, bool updated, op_set *out)
{
    char name_out[32];
    int i = call->n_inputs++;
    snprintf(name_out, sizeof name_out, "%.19s_out", name);
    call->inputs[i] = op_set_find(in, name);
    if (updated && call->inputs[i])
        call->updated[i] = op_set_like(out, name_out, call->inputs[i]);
}

static rn_status run(const char *name, const op_backend *backend, const op_set *in,
                     const void *attrs, op_set *out)
{
    const rn_op *op = rn_op_find(name);
    op_call call = { .op = name, .where = in->name, .attrs = attrs };
    char slot[24], numbered[40];
    for (int32_t i = 0; i < op->n_inputs - op->inputs_repeat; i++) {
        slot_name(name, i, slot);
        add_input(&call, in, slot, rn_op_updates(op, i), out);
    }
    for (int n = 0; op->inputs_repeat && call.n_inputs < RN_MAX_OPERANDS; n++) {
        slot_name(name, op->n_inputs - 1, slot);
        snprintf(numbered, sizeof numbered, "%s%d", slot, n);
        if (!op_set_find(in, numbered))
            break;
        add_input(&call, in, numbered, false, out);
    }
    for (int32_t i = 0; i < op->n_outputs; i++) {
        slot_name(name, op->n_inputs + i, slot);
        call.outputs[i] = op_set_vector(out, slot, 1);
    }
    return op_run(backend, &call);
}

#define CHAIN(chain, name)                                                                         \
    rn_status chain(const op_backend *backend, const op_set *in, const void *attrs, op_set *out)   \
    {                                                                                              \
        return run(name, backend, in, attrs, out);                                                 \
    }
CHAIN(op_chain_sgd, "sgd")
CHAIN(op_chain_adamw, "adamw")
CHAIN(op_chain_lamb, "lamb")
CHAIN(op_chain_lars, "lars")
CHAIN(op_chain_rmsprop, "rmsprop")
CHAIN(op_chain_blend, "blend")
CHAIN(op_chain_square_sum, "square_sum")
CHAIN(op_chain_clip_value, "clip_value")

/* Measures the gradients, then limits their norm. */
rn_status op_chain_clip_norm(const op_backend *backend, const op_set *in, const void *attrs,
                             op_set *out)
{
    op_set own = { .n = 0 }, given = *in;
    given.tensors[given.n++] = op_set_vector(&own, "total", 1);
    rn_status status = run("square_sum", backend, &given, NULL, out);
    op_tensor *sum = op_set_vector(&own, "square_sum", 1);
    memcpy(sum->data, op_set_find(out, "total_out")->data, sum->desc.size_bytes);
    given.tensors[given.n++] = sum;
    status = status ? status : run("clip_norm", backend, &given, attrs, out);
    op_set_clear(&own);
    return status;
}
