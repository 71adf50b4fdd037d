/* described.c: finds an operator in the table of op.h, checks its operands, and completes and
 * copies its description. */
#include "base/described.h"

#include <stdlib.h>
#include <string.h>

#include "base/hand_over.h"

/* The operands that op.h names, one letter each: f F32, i I32, m a mask, u U8, * any of
 * these but I32; a capital is optional; a final + repeats the letter before it. */
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
    { "softmax_cross_entropy_grad", "fiF", "f", sizeof(rn_cross_entropy_attrs) },
    { "dropout", "fi", "fm", sizeof(rn_dropout_attrs) },
    { "dropout_grad", "fm", "f", sizeof(rn_dropout_attrs) },
    { "subsample", "f", "f", sizeof(rn_subsample_attrs) },
    { "subsample_grad", "f", "f", sizeof(rn_subsample_attrs) },
    { "concat", "f+", "f", 0 },
    { "concat_grad", "f", "f+", 0 },
    { "check_finite", "ff+", "", 0 },
    { "all_reduce", "f+", "", 0 },
    { "sgd", "ffFfFF", "", sizeof(rn_sgd_attrs) },
    { "reorder", "*", "*", 0 },
};

static const signature *signature_find(const char *op)
{
    for (size_t i = 0; i < sizeof SIGNATURES / sizeof *SIGNATURES; i++)
        if (strcmp(SIGNATURES[i].op, op) == 0)
            return &SIGNATURES[i];
    return NULL;
}

static bool dtype_fits(char letter, int32_t dtype)
{
    switch (letter) {
        case 'f':
        case 'F': return dtype == RN_F32;
        case 'i': return dtype == RN_I32;
        case 'u':
        case 'U': return dtype == RN_U8;
        case '*': return dtype == RN_F32 || dtype == RN_U8 || dtype == RN_BIT;
        default: return dtype == RN_U8 || dtype == RN_BIT;
    }
}

/* May the operand have its layout? */
static bool layout_fits(const described_rules *rules, const rn_op_desc *op, int32_t layout)
{
    return layout == RN_LAYOUT_PLAIN || rules->has_layouts ||
           (layout == RN_LAYOUT_NHWC && strcmp(op->op, "reorder") == 0);
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

/* How many places have a letter of their own. */
static int32_t side_letters(const side *s)
{
    return (int32_t)strcspn(s->letters, "+");
}

/* How many places the side has once it is complete. */
static int32_t side_places(const side *s)
{
    return side_repeats(s) && s->n > side_letters(s) ? s->n : side_letters(s);
}

static char side_letter(const side *s, int32_t place)
{
    return s->letters[place < side_letters(s) ? place : side_letters(s) - 1];
}

static rn_status side_check(const described_rules *rules, const rn_op_desc *op, const side *s)
{
    int32_t places = side_places(s);
    if (s->n < 0 || s->n > places)
        return rules->host->fail(RN_E_UNSUPPORTED, "%s: %d %ss were given, and it has %d", op->op,
                                 (int)s->n, s->what, (int)places);
    for (int32_t i = 0; i < places; i++) {
        char letter = side_letter(s, i);
        const rn_tensor_desc *t = i < s->n ? s->tensors[i] : NULL;
        if (!t && letter >= 'a')
            return rules->host->fail(RN_E_UNSUPPORTED, "%s: %s %d is missing", op->op, s->what,
                                     (int)i);
        if (!t)
            continue;
        if (!dtype_fits(letter, t->dtype))
            return rules->host->fail(
                RN_E_UNSUPPORTED, "%s: %s %d has type %d, which this backend does not take there",
                op->op, s->what, (int)i, (int)t->dtype);
        if (!layout_fits(rules, op, t->layout))
            return rules->host->fail(
                RN_E_UNSUPPORTED, "%s: %s %d has layout %d, and this backend takes plain ones (%d)",
                op->op, s->what, (int)i, (int)t->layout, RN_LAYOUT_PLAIN);
    }
    return RN_OK;
}

/* Copies the tensors of a side to its places from `first` on. */
static void side_copy(described *d, const side *s, int32_t first)
{
    for (int32_t i = 0; i < s->n; i++) {
        if (!s->tensors[i])
            continue;
        rn_tensor_desc *copy = &d->tensors[first + i];
        size_t bytes = s->tensors[i]->size < sizeof *copy ? s->tensors[i]->size : sizeof *copy;
        memcpy(copy, s->tensors[i], bytes);
        copy->size = sizeof *copy;
        d->places[first + i] = copy;
    }
}

static void attrs_copy(described *d, const void *attrs, size_t attrs_bytes)
{
    uint32_t given_bytes;
    memcpy(&given_bytes, attrs, sizeof given_bytes);
    memcpy(&d->attrs, attrs, given_bytes < attrs_bytes ? given_bytes : attrs_bytes);
}

static void complete(described *d, const rn_op_desc *given, const signature *known,
                     const side sides[2])
{
    int32_t n_inputs = side_places(&sides[0]);
    side_copy(d, &sides[0], 0);
    side_copy(d, &sides[1], n_inputs);
    if (known->attrs_bytes)
        attrs_copy(d, given->attrs, known->attrs_bytes);
    d->n_given_inputs = given->n_inputs;
    d->n_given_outputs = given->n_outputs;
    d->desc = (rn_op_desc){ .size = sizeof(rn_op_desc),
                            .op = known->op,
                            .name = d->name,
                            .attrs = &d->attrs,
                            .inputs = d->places,
                            .outputs = d->places + n_inputs,
                            .n_inputs = n_inputs,
                            .n_outputs = side_places(&sides[1]) };
}

rn_status described_make(const described_rules *rules, const rn_op_desc *given, described **made)
{
    *made = NULL;
    const signature *known = signature_find(given->op);
    if (!known)
        return described_unknown(rules, given);
    if (known->attrs_bytes && !given->attrs)
        return rules->host->fail(RN_E_UNSUPPORTED, "%s: its attributes are missing", given->op);
    const side sides[2] = { { "input", known->inputs, given->inputs, given->n_inputs },
                            { "output", known->outputs, given->outputs, given->n_outputs } };
    rn_status status = side_check(rules, given, &sides[0]);
    if (!status)
        status = side_check(rules, given, &sides[1]);
    if (status)
        return status;
    int32_t n_places = side_places(&sides[0]) + side_places(&sides[1]);
    if (n_places > RN_MAX_OPERANDS)
        return rules->host->fail(RN_E_UNSUPPORTED,
                                 "%s: %d operands were given, and the limit is "
                                 "%d",
                                 given->op, (int)n_places, RN_MAX_OPERANDS);
    const char *name = given->name ? given->name : "";
    described *d = calloc(1, sizeof *d + strlen(name) + 1);
    if (!d)
        return rules->host->fail(RN_E_NOMEM, "no memory for a kernel of %s", given->op);
    memcpy(d->name, name, strlen(name) + 1);
    complete(d, given, known, sides);
    *made = d;
    return RN_OK;
}

rn_status described_unknown(const described_rules *rules, const rn_op_desc *given)
{
    return rules->host->fail(RN_E_UNSUPPORTED, "this backend has no operator \"%s\"", given->op);
}

void described_answer(const described *d, const rn_op_answer *full, rn_op_answer *answer)
{
    rn_op_answer given = *full;
    size_t n = (size_t)d->n_given_outputs;
    memmove(&given.layouts[d->n_given_inputs], &full->layouts[d->desc.n_inputs],
            n * sizeof given.layouts[0]);
    memmove(&given.layout_bytes[d->n_given_inputs], &full->layout_bytes[d->desc.n_inputs],
            n * sizeof given.layout_bytes[0]);
    hand_over(answer, &given);
}
