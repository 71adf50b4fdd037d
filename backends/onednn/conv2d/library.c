/* library.c: convolutions by oneDNN: the layouts that it prefers, and running it. */
#include "onednn/conv2d/library.h"

#include <string.h>

static const dnnl_prop_kind_t KINDS[] = { [CONV2D_FORWARD] = dnnl_forward_inference,
                                          [CONV2D_GRAD_INPUT] = dnnl_backward_data,
                                          [CONV2D_GRAD_WEIGHT] = dnnl_backward_weights };

/* Weights, (G, K/G, C/G, R, S) where there are groups, in the order that oneDNN prefers. */
static onednn_md weight_md(const conv2d_problem *p, dnnl_data_type_t type)
{
    const int64_t *s = p->w->shape;
    if (p->attrs->groups == 1)
        return onednn_md_make(4, s, type, dnnl_format_tag_any);
    const int64_t dims[5] = { p->attrs->groups, s[0] / p->attrs->groups, s[1], s[2], s[3] };
    return onednn_md_make(5, dims, type, dnnl_format_tag_any);
}

/* The layouts of x and y that oneDNN is asked for. */
typedef struct layout_pair {
    int32_t x, y;
} layout_pair;

/* For inference oneDNN would have Winograd's weights transformed ahead, by a reorder that takes
 * almost as long as the convolution of a batch of 128 (256 channels: 11 ms, Zen 4). */
static dnnl_primitive_desc_t describe(const conv2d_problem *p, conv2d_algorithm algorithm,
                                      layout_pair layouts)
{
    const bool is_winograd = algorithm == CONV2D_LIBRARY_WINOGRAD;
    dnnl_data_type_t type = onednn_stores_bf16(p->context) ? dnnl_bf16 : dnnl_f32;
    bool of_weight = p->pass == CONV2D_GRAD_WEIGHT;
    onednn_md x = onednn_tensor_md_as(p->x, layouts.x), y = onednn_tensor_md_as(p->y, layouts.y);
    onednn_md w_forward = weight_md(p, type);
    onednn_md w = weight_md(p, of_weight ? dnnl_f32 : type);
    onednn_md bias = p->bias ? onednn_tensor_md_as(p->bias, RN_LAYOUT_PLAIN) : NULL;
    shape_window rows = shape_conv2d_window(p->attrs, p->x, p->y, 0);
    shape_window columns = shape_conv2d_window(p->attrs, p->x, p->y, 1);
    onednn_problem problem = {
        .kind = is_winograd && p->pass == CONV2D_FORWARD ? dnnl_forward_training : KINDS[p->pass],
        .algorithm = is_winograd ? dnnl_convolution_winograd : dnnl_convolution_direct,
        .x = x,
        .w = w,
        .w_forward = w_forward,
        .bias = bias,
        .y = y,
        .window = onednn_window_of(&rows, &columns),
        .epilogue = p->pass == CONV2D_FORWARD ? p->attrs->epilogue : 0
    };
    dnnl_primitive_desc_t desc = NULL;
    if (x && y && w && w_forward && (bias || !p->bias))
        desc = onednn_conv2d_desc(onednn_of(p->context)->engine, &problem);
    onednn_md_free(x);
    onednn_md_free(y);
    onednn_md_free(w);
    onednn_md_free(w_forward);
    onednn_md_free(bias);
    return desc;
}

static dnnl_query_t query_of_weight(conv2d_pass pass)
{
    return pass == CONV2D_GRAD_WEIGHT ? dnnl_query_diff_weights_md : dnnl_query_weights_md;
}

/* The format that oneDNN prefers for the weights; plain if that is the one. */
static bool weight_layout(const conv2d_problem *p, conv2d_plan *plan)
{
    onednn_md md = onednn_desc_md(plan->desc, query_of_weight(p->pass));
    onednn_md plain = md ? onednn_md_plain(md) : NULL;
    bool is_plain = md && plain && onednn_md_equal(md, plain);
    plan->w.layout = is_plain ? RN_LAYOUT_PLAIN
                     : md     ? onednn_format_of_md(onednn_of(p->context), md)
                              : 0;
    plan->w.bytes = md ? onednn_md_bytes(md) : 0;
    onednn_md_free(md);
    onednn_md_free(plain);
    return plan->w.layout != 0;
}

/* oneDNN has Winograd's algorithm for 3x3 with stride 1 only; asking takes time at every start. And
 * 2.6 takes channels that fill no block for the gradient of data, and computes it wrongly (6 to 31
 * channels). */
static bool may_be_winograd(const conv2d_problem *p)
{
    const rn_conv2d_attrs *a = p->attrs;
    return a->kernel[0] == 3 && a->kernel[1] == 3 && a->stride[0] == 1 && a->stride[1] == 1 &&
           p->x->shape[1] % ONEDNN_LANES == 0 && p->y->shape[1] % ONEDNN_LANES == 0;
}

/* oneDNN 2.6's gradient of weights from bfloat16 multiplies by what its scratchpad happens to hold
 * where images of one column are taken with a stride: NaN may be among it. */
static bool reads_garbage(const conv2d_problem *p)
{
    return p->pass == CONV2D_GRAD_WEIGHT && onednn_stores_bf16(p->context) && p->x->shape[3] == 1 &&
           p->attrs->stride[1] > 1;
}

/* With channels last, oneDNN's kernels for a few channels, in all or in a group, may be slower. */
static bool may_gain_in_blocks(const conv2d_problem *p)
{
    return onednn_of(p->context)->channels_last &&
           (p->attrs->groups > 1 || p->x->shape[1] <= CONV2D_CHANNELS_PLAIN);
}

/* Writes them in the order in which they are tried, and returns how many there are. */
static int32_t layouts_list(const conv2d_problem *p, conv2d_algorithm algorithm,
                            layout_pair list[3])
{
    const bool narrow = onednn_stores_bf16(p->context);
    const bool reads_plain =
        p->x->shape[1] <= CONV2D_CHANNELS_PLAIN && p->pass != CONV2D_GRAD_INPUT;
    const int32_t blocked = narrow ? ONEDNN_BLOCKED_BF16 : ONEDNN_BLOCKED;
    const int32_t plain = narrow ? ONEDNN_PLAIN_BF16 : RN_LAYOUT_PLAIN;
    const int32_t x = onednn_image_layout(p->context, p->x);
    const int32_t y = onednn_image_layout(p->context, p->y);
    int32_t n = 0;
    if (algorithm == CONV2D_DIRECT && y == ONEDNN_CHANNELS_LAST && (x == y || reads_plain))
        list[n++] = (layout_pair){ y, y };
    list[n++] = (layout_pair){ reads_plain ? plain : blocked, blocked };
    if (algorithm == CONV2D_DIRECT)
        list[n++] = (layout_pair){ plain, plain };
    return n;
}

/* Takes the first layouts for which oneDNN is fast; if there are none, the first that it has. */
static void desc_make(const conv2d_problem *p, conv2d_plan *plan, layout_pair *taken)
{
    layout_pair list[3];
    const int32_t n = layouts_list(p, plan->algorithm, list);
    for (int32_t i = 0; i < n && !onednn_desc_is_fast(plan->desc); i++) {
        dnnl_primitive_desc_t desc = describe(p, plan->algorithm, list[i]);
        if (!desc)
            continue;
        if (plan->desc && !onednn_desc_is_fast(desc)) {
            dnnl_primitive_desc_destroy(desc);
            continue;
        }
        onednn_conv2d_plan_clear(plan);
        plan->desc = desc;
        *taken = list[i];
    }
}

bool onednn_conv2d_library_make(const conv2d_problem *p, conv2d_plan *plan)
{
    layout_pair layouts = { RN_LAYOUT_PLAIN, RN_LAYOUT_PLAIN };
    if ((plan->algorithm == CONV2D_LIBRARY_WINOGRAD && !may_be_winograd(p)) ||
        (plan->algorithm == CONV2D_DIRECT_BLOCKS && !may_gain_in_blocks(p)))
        return false;
    desc_make(p, plan, &layouts);
    if (!plan->desc)
        return false;
    plan->workspace_bytes = onednn_desc_scratchpad(plan->desc);
    plan->clears_workspace = reads_garbage(p);
    plan->x = onednn_conv2d_image_layout(p->x, layouts.x);
    plan->y = onednn_conv2d_image_layout(p->y, layouts.y);
    return plan->x.layout && plan->y.layout && weight_layout(p, plan);
}

rn_status onednn_conv2d_library_prepare(const conv2d_problem *p, const conv2d_plan *plan,
                                        onednn_primitive **made)
{
    dnnl_primitive_desc_t desc = NULL;
    if (dnnl_primitive_desc_clone(&desc, plan->desc))
        desc = NULL;
    return onednn_primitive_make(onednn_of(p->context)->engine, desc,
                                 onednn_arguments_of(KINDS[p->pass]), p->bias ? 4 : 3, made);
}

void onednn_conv2d_library_run(rn_context *context, const conv2d_state *state,
                               const conv2d_pointers *at)
{
    void *const pointers[] = { at->x, at->w, at->y, at->bias };
    /* oneDNN adds to what y holds. */
    if (at->z && at->z != at->y)
        memcpy(at->y, at->z, state->plan.y.bytes);
    if (state->plan.clears_workspace && at->workspace)
        memset(at->workspace, 0, state->plan.workspace_bytes);
    onednn_primitive_run(onednn_of(context), state->primitive, pointers, at->workspace);
}
