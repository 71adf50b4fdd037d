/* test_fields.c: every field of every operator is given values outside of its range, at its ends
 * and beyond reason. The builder refuses what is out of range by the names of operator and field,
 * and crashes over nothing. */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "graph/op.h"
#include "support/check.h"

#define ATTRS_BYTES 256
#define MOST_VALUES 16

static const char *const names[] = {
#define RN_OP(OPERATOR, name, bytes) #name,
#include <resnet/operators.h>
};
enum { N_NAMES = sizeof names / sizeof *names };

typedef union number {
    int32_t i32;
    int64_t i64;
    double f64;
} number;

static size_t bytes_of(const rn_op_field *field)
{
    return field->type == RN_FIELD_I32 ? sizeof(int32_t) : sizeof(int64_t);
}

static number number_of(const rn_op_field *field, double value)
{
    number n = { 0 };
    switch (field->type) {
        case RN_FIELD_I32: n.i32 = (int32_t)value; break;
        case RN_FIELD_I64: n.i64 = (int64_t)value; break;
        default: n.f64 = value; break;
    }
    return n;
}

/* Attributes of which each is 0, or else as small as it may be. */
static void make_least(const rn_op *op, char attrs[ATTRS_BYTES])
{
    memset(attrs, 0, ATTRS_BYTES);
    memcpy(attrs, &op->attrs_size, sizeof op->attrs_size);
    for (const rn_op_field *f = op->rule->fields; f && f->name; f++)
        for (size_t at = 0; at < f->size; at += bytes_of(f)) {
            bool takes_0 = f->has_default || (f->min <= 0 && f->max >= 0);
            number least = number_of(f, takes_0 ? 0 : f->min);
            memcpy(attrs + f->offset + at, &least, bytes_of(f));
        }
}

/* The status of a graph of this operator alone. */
static rn_status build(const rn_op *op, const void *attrs)
{
    rn_dag *dag = NULL;
    rn_value *inputs[RN_MAX_OPERANDS];
    bool takes_rows = strstr(op->name, "cross_entropy") || strcmp(op->name, "linear") == 0;
    rn_tensor_desc x = rn_desc_make(RN_F32, takes_rows ? 2 : 4, (const int64_t[]){ 2, 4, 6, 6 });
    CU_ASSERT_EQUAL_FATAL(rn_dag_create(true, RN_U8, &dag), RN_OK);
    dag->n_classes = 10;
    for (int32_t i = 0; i < op->rule->n_given; i++)
        inputs[i] = rn_dag_input(dag, i ? "other" : "x", &x);
    dag->builder.op(&dag->builder, op->name, "a", op->attrs_size ? attrs : NULL, inputs,
                    op->rule->n_given);
    rn_status status = dag->status;
    rn_dag_destroy(dag);
    return status;
}

/* ---- Values out of range ---- */

static int wrong_floats(const rn_op_field *field, number *values)
{
    const double all[] = { NAN,
                           -NAN,
                           INFINITY,
                           -INFINITY,
                           1e308,
                           -1e308,
                           -1,
                           nextafter(field->max, INFINITY),
                           -0x1p-1074,
                           0x1p-1074,
                           nextafter(field->min, -INFINITY) };
    int n = 0;
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        if (!(all[i] >= field->min && all[i] <= field->max))
            values[n++].f64 = all[i];
    return n;
}

static int wrong_integers(const rn_op_field *field, number *values)
{
    bool is_32 = field->type == RN_FIELD_I32;
    const int64_t least = is_32 ? INT32_MIN : INT64_MIN, most = is_32 ? INT32_MAX : INT64_MAX;
    const int64_t all[] = {
        least, most, (int64_t)field->min - 1, (int64_t)field->max + 1, -77, least + 1, most - 1
    };
    int n = 0;
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        bool is_default = field->has_default && all[i] == 0;
        if (is_default || ((double)all[i] >= field->min && (double)all[i] <= field->max))
            continue;
        if (is_32)
            values[n++].i32 = (int32_t)all[i];
        else
            values[n++].i64 = all[i];
    }
    return n;
}

static int wrong_values(const rn_op_field *field, number *values)
{
    return field->type == RN_FIELD_F64 ? wrong_floats(field, values)
                                       : wrong_integers(field, values);
}

static void check_refused(const rn_op *op, const rn_op_field *field, size_t at, number value)
{
    char attrs[ATTRS_BYTES], words[128];
    make_least(op, attrs);
    memcpy(attrs + field->offset + at, &value, bytes_of(field));
    snprintf(words, sizeof words, "a: %s: %s", op->name, field->name);
    CU_ASSERT(check_failed(build(op, attrs), RN_E_CONFIG, words));
}

static void test_wrong_values(void)
{
    int n_fields = 0;
    for (int i = 0; i < N_NAMES; i++) {
        const rn_op *op = rn_op_find(names[i]);
        for (const rn_op_field *f = op->rule->infer ? op->rule->fields : NULL; f && f->name; f++) {
            number values[MOST_VALUES];
            int n = wrong_values(f, values);
            CU_ASSERT(n >= 3);
            for (size_t at = 0; at < f->size; at += bytes_of(f), n_fields++)
                for (int k = 0; k < n; k++)
                    check_refused(op, f, at, values[k]);
        }
    }
    CU_ASSERT(n_fields > 40);
}

/* ---- Values that are allowed ---- */

/* The ends of a range are allowed; a shape may refuse them. */
static void test_ends(void)
{
    char attrs[ATTRS_BYTES];
    for (int i = 0; i < N_NAMES; i++) {
        const rn_op *op = rn_op_find(names[i]);
        if (!op->rule->infer)
            continue;
        make_least(op, attrs);
        rn_status status = build(op, attrs);
        CU_ASSERT(status == RN_OK || status == RN_E_SHAPE);
        for (const rn_op_field *f = op->rule->fields; f && f->name; f++) {
            number most = number_of(f, f->max);
            make_least(op, attrs);
            memcpy(attrs + f->offset, &most, bytes_of(f));
            status = build(op, attrs);
            if (status && status != RN_E_SHAPE)
                CU_ASSERT(check_failed(status, RN_E_CONFIG, "expected 0")); /* by another one */
        }
    }
}

/* All fields at once, of any bits: refused or built, without a crash. */
static void test_noise(void)
{
    uint64_t state = 88172645463325252u;
    char attrs[ATTRS_BYTES];
    for (int round = 0; round < 200; round++)
        for (int i = 0; i < N_NAMES; i++) {
            const rn_op *op = rn_op_find(names[i]);
            if (!op->rule->infer || !op->attrs_size)
                continue;
            make_least(op, attrs);
            for (uint32_t k = sizeof(uint32_t); k < op->attrs_size; k++) {
                state ^= state << 13;
                state ^= state >> 7;
                state ^= state << 17;
                attrs[k] = state % 4 ? attrs[k] : (char)(state >> 32);
            }
            rn_status status = build(op, attrs);
            CU_ASSERT(status == RN_OK || status == RN_E_SHAPE || status == RN_E_CONFIG);
        }
}

/* Gradients and updates are the core's: no block appends them. */
static void test_operators_of_the_core(void)
{
    for (int i = 0; i < N_NAMES; i++) {
        rn_dag *dag = NULL;
        rn_tensor_desc desc = rn_desc_make(RN_F32, 2, (const int64_t[]){ 2, 4 });
        if (rn_op_find(names[i])->rule->infer)
            continue;
        CU_ASSERT_EQUAL_FATAL(rn_dag_create(true, RN_U8, &dag), RN_OK);
        rn_value *x = rn_dag_input(dag, "x", &desc);
        CU_ASSERT_PTR_NULL(dag->builder.op(&dag->builder, names[i], "a", NULL, &x, 1));
        CU_ASSERT(check_failed(dag->status, RN_E_UNSUPPORTED, "there is no operator"));
        rn_dag_destroy(dag);
    }
}

int main(void)
{
    static const CU_TestInfo tests[] = {
        { "values out of range", test_wrong_values },
        { "the ends of ranges", test_ends },
        { "any bits", test_noise },
        { "operators of the core", test_operators_of_the_core },
        CU_TEST_INFO_NULL,
    };
    return check_run("fields", tests);
}
