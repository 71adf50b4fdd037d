/* described.c: finds an operator in the table of the ABI, checks its operands, and copies its
 * description. */
#include "base/described.h"

#include <stdlib.h>
#include <string.h>

/* The columns of the table. */
enum { F32 = 1 << RN_F32, I32 = 1 << RN_I32, INDEX = 1 << RN_U8 };
enum { MASK = 1 << RN_BIT | 1 << RN_U8, ANY = F32 | MASK };
typedef enum presence { REQUIRED, OPTIONAL, REST } presence;

typedef struct slot {
    int32_t types; /* bit i: rn_dtype i */
    presence presence;
} slot;

typedef struct signature {
    const char *op;
    size_t attrs_bytes; /* of the operator's structure; 0: it has none */
    int32_t n_inputs, n_outputs;
    const slot *slots; /* inputs, then outputs */
} signature;

/* clang-format off */
#define RN_OP(OPERATOR, name, bytes) static const slot name##_slots[] = {
#define RN_IN(SLOT, type, presence, use) { type, presence },
#define RN_OUT(SLOT, type, presence) { type, presence },
#define RN_END(OPERATOR) };
#include <resnet/operators.h>

static const signature SIGNATURES[] = {
#define RN_OP(OPERATOR, name, bytes)                                                               \
    { #name, bytes, RN_##OPERATOR##_N_INPUTS, RN_##OPERATOR##_N_OUTPUTS, name##_slots },
#include <resnet/operators.h>
};
/* clang-format on */

int32_t described_operator(const char *op)
{
    for (size_t i = 0; i < sizeof SIGNATURES / sizeof *SIGNATURES; i++)
        if (strcmp(SIGNATURES[i].op, op) == 0)
            return (int32_t)i;
    return -1;
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
    const slot *slots;
    int32_t n_slots;
    const rn_tensor_desc *const *tensors;
    int32_t n;
} side;

static bool side_repeats(const side *s)
{
    return s->n_slots > 0 && s->slots[s->n_slots - 1].presence == REST;
}

static rn_status operand_check(const described_rules *rules, const rn_op_desc *op, const side *s,
                               int32_t i)
{
    const slot *wanted = &s->slots[i < s->n_slots ? i : s->n_slots - 1];
    const rn_tensor_desc *t = s->tensors[i];
    if (!t && wanted->presence != OPTIONAL)
        return rules->host->fail(RN_E_UNSUPPORTED, "%s: %s %d is missing", op->op, s->what, (int)i);
    if (!t)
        return RN_OK;
    if (t->dtype < 0 || t->dtype > RN_BF16 || !(wanted->types >> t->dtype & 1))
        return rules->host->fail(RN_E_UNSUPPORTED,
                                 "%s: %s %d has type %d, which this backend does not take there",
                                 op->op, s->what, (int)i, (int)t->dtype);
    if (!layout_fits(rules, op, t->layout))
        return rules->host->fail(RN_E_UNSUPPORTED,
                                 "%s: %s %d has layout %d, and this backend takes plain ones (%d)",
                                 op->op, s->what, (int)i, (int)t->layout, RN_LAYOUT_PLAIN);
    return RN_OK;
}

static rn_status side_check(const described_rules *rules, const rn_op_desc *op, const side *s)
{
    if (s->n != s->n_slots && !(side_repeats(s) && s->n > s->n_slots))
        return rules->host->fail(RN_E_UNSUPPORTED, "%s: %d %ss were given, and it has %d", op->op,
                                 (int)s->n, s->what, (int)s->n_slots);
    rn_status status = RN_OK;
    for (int32_t i = 0; i < s->n && !status; i++)
        status = operand_check(rules, op, s, i);
    return status;
}

/* Copies the tensors of a side to the operands from `first` on. */
static void side_copy(described *d, const side *s, int32_t first)
{
    for (int32_t i = 0; i < s->n; i++) {
        if (!s->tensors[i])
            continue;
        rn_tensor_desc *copy = &d->tensors[first + i];
        size_t bytes = s->tensors[i]->size < sizeof *copy ? s->tensors[i]->size : sizeof *copy;
        memcpy(copy, s->tensors[i], bytes);
        copy->size = sizeof *copy;
        d->operands[first + i] = copy;
    }
}

static void attrs_copy(described *d, const void *attrs, size_t attrs_bytes)
{
    uint32_t given_bytes;
    memcpy(&given_bytes, attrs, sizeof given_bytes);
    memcpy(&d->attrs, attrs, given_bytes < attrs_bytes ? given_bytes : attrs_bytes);
}

static void fill(described *d, const rn_op_desc *given, const signature *known, const side sides[2])
{
    side_copy(d, &sides[0], 0);
    side_copy(d, &sides[1], given->n_inputs);
    if (known->attrs_bytes)
        attrs_copy(d, given->attrs, known->attrs_bytes);
    d->desc = (rn_op_desc){ .size = sizeof(rn_op_desc),
                            .op = known->op,
                            .name = d->name,
                            .attrs = &d->attrs,
                            .inputs = d->operands,
                            .outputs = d->operands + given->n_inputs,
                            .n_inputs = given->n_inputs,
                            .n_outputs = given->n_outputs };
}

static rn_status check(const described_rules *rules, const rn_op_desc *given,
                       const signature *known, const side sides[2])
{
    if (known->attrs_bytes && !given->attrs)
        return rules->host->fail(RN_E_UNSUPPORTED, "%s: its attributes are missing", given->op);
    for (int i = 0; i < 2; i++) {
        rn_status status = side_check(rules, given, &sides[i]);
        if (status)
            return status;
    }
    if (given->n_inputs + given->n_outputs > RN_MAX_OPERANDS)
        return rules->host->fail(RN_E_UNSUPPORTED,
                                 "%s: %d operands were given, and the limit is %d", given->op,
                                 (int)(given->n_inputs + given->n_outputs), RN_MAX_OPERANDS);
    return RN_OK;
}

rn_status described_make(const described_rules *rules, const rn_op_desc *given, described **made)
{
    *made = NULL;
    int32_t found = described_operator(given->op);
    if (found < 0)
        return described_unknown(rules, given);
    const signature *known = &SIGNATURES[found];
    const side sides[2] = {
        { "input", known->slots, known->n_inputs, given->inputs, given->n_inputs },
        { "output", known->slots + known->n_inputs, known->n_outputs, given->outputs,
          given->n_outputs },
    };
    rn_status status = check(rules, given, known, sides);
    if (status)
        return status;
    const char *name = given->name ? given->name : "";
    described *d = calloc(1, sizeof *d + strlen(name) + 1);
    if (!d)
        return rules->host->fail(RN_E_NOMEM, "no memory for a kernel of %s", given->op);
    memcpy(d->name, name, strlen(name) + 1);
    fill(d, given, known, sides);
    *made = d;
    return RN_OK;
}

rn_status described_unknown(const described_rules *rules, const rn_op_desc *given)
{
    return rules->host->fail(RN_E_UNSUPPORTED, "this backend has no operator \"%s\"", given->op);
}
