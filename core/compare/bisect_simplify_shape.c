/* bisect_simplify_shape.c: the same operator with shorter axes. */
#include <string.h>

#include "base/status.h"
#include "compare/bisect_axes.h"
#include "compare/bisect_cut.h"
#include "compare/bisect_simplify.h"

/* The axes in the order in which they are shortened: N N images; g groups, k and c channels of a
 * group, which are no axes of a tensor for themselves. */
static const char order[] = "NgkcCKHWRSFA";
enum { N_AXES = sizeof order - 1 };

/* Lengths that are tried, from the smallest: a number, or a share of the length in eighths. */
static const struct {
    int64_t number, eighths;
} lengths[] = { { 1, 0 }, { 2, 0 }, { 3, 0 },  { 4, 0 },  { 5, 0 },  { 7, 0 },
                { 8, 0 }, { 9, 0 }, { 16, 0 }, { 17, 0 }, { 32, 0 }, { 33, 0 },
                { 0, 2 }, { 0, 4 }, { 0, 6 },  { 0, 7 },  { -1, 8 } };
enum { N_LENGTHS = sizeof lengths / sizeof *lengths };

enum { N_ENDS = 2 }; /* the first or the last part of the axis is kept */

/* The length of an axis of `order`. */
static int64_t length_of(const rn_case *c, char axis)
{
    const rn_conv2d_attrs *conv = rn_axes_conv(c);
    switch (axis) {
        case 'g': return conv ? conv->groups : 0;
        case 'k': return conv ? conv->channels / conv->groups : 0;
        case 'C':
        case 'K': return conv ? 0 : rn_axes_length(c, axis);
        default: return rn_axes_length(c, axis);
    }
}

/* Shortens an axis: what is kept begins at `first`. */
static void cut_axis(rn_cut *cut, char axis, int64_t first, int64_t length)
{
    cut->axes[(int)axis] = (rn_axis_cut){ .length = length, .first = first };
}

/* Shortens the channels of each group, of x or of y. */
static void cut_groups_channels(rn_cut *cut, char axis, int64_t groups, int64_t old, int64_t first,
                                int64_t length)
{
    cut->axes[(int)axis] =
        (rn_axis_cut){ .length = groups * length, .first = first, .part = length, .old_part = old };
}

static void make_cut(const rn_case *c, char axis, int64_t old, int64_t length, bool is_last,
                     rn_conv2d_attrs *changed, rn_cut *cut)
{
    const rn_conv2d_attrs *conv = rn_axes_conv(c);
    int64_t first = is_last ? old - length : 0;
    if (axis == 'g') {
        int64_t in = rn_axes_length(c, 'c'), out = conv->channels / conv->groups;
        *changed = *conv;
        changed->groups = length;
        cut->attrs = changed;
        cut_axis(cut, 'C', first * in, length * in);
        cut_axis(cut, 'K', first * out, length * out);
    } else if (axis == 'k') {
        cut_groups_channels(cut, 'K', conv->groups, old, first, length);
    } else {
        cut_axis(cut, axis, first, length);
        if (axis == 'c' && conv)
            cut_groups_channels(cut, 'C', conv->groups, old, first, length);
    }
}

rn_status rn_propose_shape(const rn_case *c, int64_t number, rn_case *simpler,
                           rn_proposed *proposed)
{
    rn_cut cut = { 0 };
    rn_conv2d_attrs changed;
    int64_t i = number / N_ENDS % N_LENGTHS, axis = number / N_ENDS / N_LENGTHS;
    bool is_last = number % N_ENDS == 1;
    *proposed = axis < N_AXES ? RN_PROPOSED_NOTHING : RN_PROPOSED_END;
    if (axis >= N_AXES)
        return RN_OK;
    int64_t old = length_of(c, order[axis]);
    int64_t length = lengths[i].number + lengths[i].eighths * old / 8;
    if (length < 1 || length >= old)
        return RN_OK;
    make_cut(c, order[axis], old, length, is_last, &changed, &cut);
    rn_status status = rn_case_cut(c, &cut, simpler);
    if (status == RN_E_SHAPE) {
        rn_fail_clear();
        return RN_OK;
    }
    *proposed = RN_PROPOSED_CASE;
    return status;
}
