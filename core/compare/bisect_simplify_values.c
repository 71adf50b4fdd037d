/* bisect_simplify_values.c: the same operator with simpler inputs. */
#include <math.h>
#include <string.h>

#include "compare/bisect_cut.h"
#include "compare/bisect_simplify.h"

/* What becomes of all numbers of an input, from the simplest. */
typedef enum simpler_value { ZERO, ONE, SIGN, ROUND, N_CHANGES } simpler_value;

#define MOST_PARTS 1024 /* into which a tensor is divided, to set one after the other to 0 */

/* Statistics of a batch follow from x. */
static bool is_derived(const rn_case *c, int32_t operand)
{
    if (rn_case_is(c, "batch_norm_pair_grad"))
        return operand == RN_BATCH_NORM_PAIR_GRAD_MEAN ||
               operand == RN_BATCH_NORM_PAIR_GRAD_INV_STD ||
               operand == RN_BATCH_NORM_PAIR_GRAD_Z_MEAN ||
               operand == RN_BATCH_NORM_PAIR_GRAD_Z_INV_STD;
    return rn_case_is(c, "batch_norm_grad") &&
           (operand == RN_BATCH_NORM_GRAD_MEAN || operand == RN_BATCH_NORM_GRAD_INV_STD);
}

static float changed(float x, simpler_value change)
{
    switch (change) {
        case ZERO: return 0;
        case ONE: return 1;
        case SIGN: return x > 0 ? 1.f : x < 0 ? -1.f : 0.f;
        default: return rintf(x);
    }
}

/* Numbers of which a change leaves none: any but 0; any but 0 and 1; and so on. */
static bool is_left(float x, simpler_value change)
{
    switch (change) {
        case ZERO: return x != 0;
        case ONE: return x != 0 && x != 1;
        case SIGN: return x != 0 && fabsf(x) != 1;
        default: return x != rintf(x);
    }
}

/* Changes the numbers from `begin` on; false: that changes nothing of what it is for. */
static bool change_floats(float *values, int64_t begin, int64_t end, simpler_value change)
{
    bool is_simpler = false;
    for (int64_t i = begin; i < end; i++)
        is_simpler = is_simpler || is_left(values[i], change);
    for (int64_t i = begin; i < end && is_simpler; i++)
        values[i] = changed(values[i], change);
    return is_simpler;
}

static bool change_part(rn_case *c, int32_t operand, int64_t begin, int64_t end,
                        simpler_value change)
{
    const rn_case_tensor *tensor = &c->tensors[operand];
    if (tensor->desc.dtype != RN_F32 || is_derived(c, operand))
        return false;
    return change_floats(tensor->data, begin, end, change);
}

/* The proposals of one input: all of its numbers, then one of 2 parts, of 4 and so on. */
static int64_t n_proposals(const rn_case *c, int32_t operand)
{
    int64_t n = N_CHANGES;
    int64_t count = c->tensors[operand].data ? rn_desc_count(&c->tensors[operand].desc) : 0;
    for (int64_t parts = 2; parts <= MOST_PARTS && parts / 2 < count; parts *= 2)
        n += parts;
    return count ? n : 0;
}

static bool apply(rn_case *c, int32_t operand, int64_t number)
{
    int64_t count = rn_desc_count(&c->tensors[operand].desc);
    if (number < N_CHANGES)
        return change_part(c, operand, 0, count, (simpler_value)number);
    number -= N_CHANGES;
    int64_t parts = 2;
    for (; number >= parts; parts *= 2)
        number -= parts;
    return change_part(c, operand, count * number / parts, count * (number + 1) / parts, ZERO);
}

rn_status rn_propose_values(const rn_case *c, int64_t number, rn_case *simpler,
                            rn_proposed *proposed)
{
    int32_t operand = 0;
    for (; operand < c->n_inputs && number >= n_proposals(c, operand); operand++)
        number -= n_proposals(c, operand);
    *proposed = operand < c->n_inputs ? RN_PROPOSED_NOTHING : RN_PROPOSED_END;
    if (operand == c->n_inputs)
        return RN_OK;
    rn_status status = rn_case_copy(c, simpler);
    if (status || !apply(simpler, operand, number))
        return status;
    rn_case_settle(simpler);
    *proposed = RN_PROPOSED_CASE;
    return RN_OK;
}
