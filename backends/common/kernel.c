/* kernel.c: query, prepare and run of the backends in host memory: find the operator, check what
 * op.h says of its operands, complete its description, and call it. */
#include "common/cpu.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* The operands that op.h names, one letter each: f F32, i I32, m a mask, u U8, * any of
 * these but I32; a capital is optional; a final + repeats its letter. */
typedef struct signature {
    const char *op;
    const char *inputs;
    const char *outputs;
    size_t attrs_bytes; /* of the operator's structure; 0: it has none */
} signature;

static const signature SIGNATURES[] = {
    { "conv2d", "ffFF", "fM", sizeof(rn_conv2d_attrs) },
    { "conv2d_grad_input", "ff", "f", sizeof(rn_conv2d_attrs) },
    { "conv2d_grad_weight", "ff", "fF", sizeof(rn_conv2d_attrs) },
    { "batch_norm", "fffffF", "fFFM", sizeof(rn_batch_norm_attrs) },
    { "batch_norm_fold", "fFffff", "ff", sizeof(rn_batch_norm_attrs) },
    { "batch_norm_grad", "fffffM", "fffF", sizeof(rn_batch_norm_attrs) },
    { "relu", "f", "fM", 0 },
    { "relu_grad", "fm", "f", 0 },
    { "add", "ff", "f", 0 },
    { "max_pool", "f", "fU", sizeof(rn_pool_attrs) },
    { "max_pool_grad", "fu", "f", sizeof(rn_pool_attrs) },
    { "avg_pool", "f", "f", sizeof(rn_pool_attrs) },
    { "avg_pool_grad", "f", "f", sizeof(rn_pool_attrs) },
    { "global_avg_pool", "f", "f", 0 },
    { "global_avg_pool_grad", "f", "f", 0 },
    { "linear", "ffF", "f", sizeof(rn_linear_attrs) },
    { "linear_grad_input", "ff", "f", sizeof(rn_linear_attrs) },
    { "linear_grad_weight", "ff", "fF", sizeof(rn_linear_attrs) },
    { "softmax", "f", "f", 0 },
    { "softmax_cross_entropy", "fi", "ff", sizeof(rn_cross_entropy_attrs) },
    { "softmax_cross_entropy_grad", "fi", "f", sizeof(rn_cross_entropy_attrs) },
    { "dropout", "fi", "fm", sizeof(rn_dropout_attrs) },
    { "dropout_grad", "fm", "f", sizeof(rn_dropout_attrs) },
    { "subsample", "f", "f", sizeof(rn_subsample_attrs) },
    { "subsample_grad", "f", "f", sizeof(rn_subsample_attrs) },
    { "concat", "f+", "f", 0 },
    { "concat_grad", "f", "f+", 0 },
    { "sgd", "ffFfF", "", sizeof(rn_sgd_attrs) },
    { "reorder", "*", "*", 0 },
};

/* A kernel with everything that its description points to. */
typedef struct owned_kernel {
    rn_kernel kernel; /* first: the core holds a pointer to it */
    int32_t n_given_inputs, n_given_outputs; /* what cpu_run is given; the last may be left out */
    const rn_tensor_desc *places[RN_MAX_OPERANDS];
    rn_tensor_desc tensors[RN_MAX_OPERANDS];
    union {
        rn_conv2d_attrs conv2d;
        rn_batch_norm_attrs batch_norm;
        rn_pool_attrs pool;
        rn_linear_attrs linear;
        rn_cross_entropy_attrs cross_entropy;
        rn_dropout_attrs dropout;
        rn_subsample_attrs subsample;
        rn_sgd_attrs sgd;
    } attrs;
    char name[]; /* the layer's path */
} owned_kernel;

static const signature *signature_find(const char *op)
{
    for (size_t i = 0; i < sizeof SIGNATURES / sizeof *SIGNATURES; i++)
        if (strcmp(SIGNATURES[i].op, op) == 0)
            return &SIGNATURES[i];
    return NULL;
}

static const cpu_operator *operator_find(const rn_context *context, const char *op)
{
    for (const cpu_operator *const *o = context->operators; *o; o++)
        if (strcmp((*o)->name, op) == 0)
            return *o;
    return NULL;
}

static bool dtype_fits(char letter, int32_t dtype)
{
    switch (letter) {
    case 'f': case 'F': return dtype == RN_F32;
    case 'i': return dtype == RN_I32;
    case 'u': case 'U': return dtype == RN_U8;
    case '*': return dtype == RN_F32 || dtype == RN_U8 || dtype == RN_BIT;
    default: return dtype == RN_U8 || dtype == RN_BIT;
    }
}

/* The operands on one side of an operator, as they are given. */
typedef struct side {
    const char *what; /* "input" */
    const char *letters;
    const rn_tensor_desc *const *tensors;
    int32_t n;
} side;

static bool side_repeats(const side *s)
{
    return strchr(s->letters, '+') != NULL;
}

/* How many places the side has once it is complete. */
static int32_t side_places(const side *s)
{
    return side_repeats(s) ? s->n : (int32_t)strlen(s->letters);
}

static bool takes_layouts(const rn_context *context, const cpu_operator *type)
{
    for (int32_t i = 0; i < context->n_layout_operators; i++)
        if (context->operators[i] == type)
            return true;
    return false;
}

/* May the operand have its layout? */
static bool layout_fits(const rn_context *context, const cpu_operator *type, int32_t layout)
{
    return layout == RN_LAYOUT_PLAIN || context->n_layout_operators > 0 ||
           (layout == RN_LAYOUT_NHWC && strcmp(type->name, "reorder") == 0);
}

static rn_status side_check(const rn_context *context, const cpu_operator *type,
                            const rn_op_desc *op, const side *s)
{
    int32_t places = side_places(s);
    if (side_repeats(s) && s->n < 1)
        return cpu_host->fail(RN_E_UNSUPPORTED, "%s: %s 0 is missing", op->op, s->what);
    if (s->n < 0 || s->n > places)
        return cpu_host->fail(RN_E_UNSUPPORTED, "%s: %d %ss were given, and it has %d", op->op,
                              (int)s->n, s->what, (int)places);
    for (int32_t i = 0; i < places; i++) {
        char letter = side_repeats(s) ? s->letters[0] : s->letters[i];
        const rn_tensor_desc *t = i < s->n ? s->tensors[i] : NULL;
        if (!t && letter >= 'a')
            return cpu_host->fail(RN_E_UNSUPPORTED, "%s: %s %d is missing", op->op, s->what,
                                  (int)i);
        if (!t)
            continue;
        if (!dtype_fits(letter, t->dtype))
            return cpu_host->fail(RN_E_UNSUPPORTED,
                                  "%s: %s %d has type %d, which this backend does not take there",
                                  op->op, s->what, (int)i, (int)t->dtype);
        if (!layout_fits(context, type, t->layout))
            return cpu_host->fail(RN_E_UNSUPPORTED,
                                  "%s: %s %d has layout %d, and this backend takes plain ones (%d)",
                                  op->op, s->what, (int)i, (int)t->layout, RN_LAYOUT_PLAIN);
    }
    return RN_OK;
}

/* Copies the tensors of a side to its places from `first` on. */
static void side_copy(owned_kernel *made, const side *s, int32_t first)
{
    for (int32_t i = 0; i < s->n; i++) {
        if (!s->tensors[i])
            continue;
        rn_tensor_desc *copy = &made->tensors[first + i];
        size_t bytes = s->tensors[i]->size < sizeof *copy ? s->tensors[i]->size : sizeof *copy;
        memcpy(copy, s->tensors[i], bytes);
        copy->size = sizeof *copy;
        made->places[first + i] = copy;
    }
}

static void attrs_copy(owned_kernel *made, const void *attrs, size_t attrs_bytes)
{
    uint32_t given_bytes;
    memcpy(&given_bytes, attrs, sizeof given_bytes);
    memcpy(&made->attrs, attrs, given_bytes < attrs_bytes ? given_bytes : attrs_bytes);
}

/* Finds the operator, checks its operands, and makes its kernel, without its state. */
static rn_status kernel_make(rn_context *context, const rn_op_desc *op, owned_kernel **made)
{
    *made = NULL;
    const cpu_operator *type = operator_find(context, op->op);
    const signature *known = signature_find(op->op);
    if (!type || !known)
        return cpu_host->fail(RN_E_UNSUPPORTED, "this backend has no operator \"%s\"", op->op);
    if (known->attrs_bytes && !op->attrs)
        return cpu_host->fail(RN_E_UNSUPPORTED, "%s: its attributes are missing", op->op);
    side inputs = { "input", known->inputs, op->inputs, op->n_inputs };
    side outputs = { "output", known->outputs, op->outputs, op->n_outputs };
    rn_status status = side_check(context, type, op, &inputs);
    if (!status)
        status = side_check(context, type, op, &outputs);
    if (status)
        return status;
    int32_t n_inputs = side_places(&inputs), n_outputs = side_places(&outputs);
    if (n_inputs + n_outputs > RN_MAX_OPERANDS)
        return cpu_host->fail(RN_E_UNSUPPORTED, "%s: %d operands were given, and the limit is %d",
                              op->op, (int)(n_inputs + n_outputs), RN_MAX_OPERANDS);
    const char *name = op->name ? op->name : "";
    owned_kernel *k = calloc(1, sizeof *k + strlen(name) + 1);
    if (!k)
        return cpu_host->fail(RN_E_NOMEM, "no memory for a kernel of %s", op->op);
    side_copy(k, &inputs, 0);
    side_copy(k, &outputs, n_inputs);
    if (known->attrs_bytes)
        attrs_copy(k, op->attrs, known->attrs_bytes);
    memcpy(k->name, name, strlen(name) + 1);
    k->n_given_inputs = op->n_inputs;
    k->n_given_outputs = op->n_outputs;
    k->kernel = (rn_kernel){ .type = type, .context = context };
    k->kernel.desc = (rn_op_desc){ .size = sizeof(rn_op_desc),
                                   .op = known->op,
                                   .name = k->name,
                                   .attrs = &k->attrs,
                                   .inputs = k->places,
                                   .outputs = k->places + n_inputs,
                                   .n_inputs = n_inputs,
                                   .n_outputs = n_outputs };
    *made = k;
    return RN_OK;
}

/* Asks for plain operands where they are not. */
static void answer_plain(const rn_op_desc *op, rn_op_answer *answer)
{
    for (int32_t i = 0; i < op->n_inputs; i++)
        if (op->inputs[i] && op->inputs[i]->layout >= RN_LAYOUT_OPAQUE) {
            answer->layouts[i] = RN_LAYOUT_PLAIN;
            answer->layout_bytes[i] = 0;
        }
}

/* The operator has answered for every place that it has; the asker counts those that it gave. */
static void answer_compact(const rn_op_desc *full, const rn_op_desc *given, rn_op_answer *answer)
{
    size_t n = (size_t)given->n_outputs;
    if (full->n_inputs == given->n_inputs)
        return;
    memmove(&answer->layouts[given->n_inputs], &answer->layouts[full->n_inputs],
            n * sizeof answer->layouts[0]);
    memmove(&answer->layout_bytes[given->n_inputs], &answer->layout_bytes[full->n_inputs],
            n * sizeof answer->layout_bytes[0]);
}

rn_status cpu_query(rn_context *context, const rn_op_desc *op, rn_op_answer *answer)
{
    owned_kernel *made = NULL;
    rn_status status = kernel_make(context, op, &made);
    if (status)
        return status;
    rn_op_answer full = { .size = sizeof full, .deterministic = 1 };
    if (made->kernel.type->query)
        status = made->kernel.type->query(context, &made->kernel.desc, &full);
    if (!takes_layouts(context, made->kernel.type))
        answer_plain(&made->kernel.desc, &full);
    answer_compact(&made->kernel.desc, op, &full);
    free(made);
    full.size = answer->size < full.size ? answer->size : full.size;
    memcpy(answer, &full, full.size);
    return status;
}

rn_status cpu_prepare(rn_context *context, const rn_op_desc *op, rn_kernel **kernel)
{
    owned_kernel *made = NULL;
    *kernel = NULL;
    rn_status status = kernel_make(context, op, &made);
    if (status)
        return status;
    if (made->kernel.type->prepare)
        status = made->kernel.type->prepare(&made->kernel);
    if (status)
        free(made);
    else
        *kernel = &made->kernel;
    return status;
}

void cpu_kernel_destroy(rn_context *context, rn_kernel *kernel)
{
    (void)context;
    if (!kernel)
        return;
    if (kernel->type->destroy)
        kernel->type->destroy(kernel);
    free((owned_kernel *)kernel);
}

rn_status cpu_run(rn_context *context, rn_kernel *kernel, const rn_operand *operands,
                  rn_operand workspace)
{
    (void)context;
    const owned_kernel *owned = (const owned_kernel *)kernel;
    void *pointers[RN_MAX_OPERANDS] = { NULL };
    for (int32_t i = 0; i < owned->n_given_inputs; i++)
        pointers[i] = cpu_operand_pointer(operands[i]);
    for (int32_t i = 0; i < owned->n_given_outputs; i++)
        pointers[kernel->desc.n_inputs + i] =
            cpu_operand_pointer(operands[owned->n_given_inputs + i]);
    kernel->type->run(kernel, pointers, cpu_operand_pointer(workspace));
    return RN_OK;
}
