/* implicit.c: the algorithm that fits every convolution: products of matrices whose second one is
 * found in the image while it is multiplied (conv2d_implicit.cl, conv2d_implicit_weight.cl). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "opencl/conv2d/sum.h"
#include "opencl/product/product.h"

extern const char GPU_TEXT(conv2d_gather)[];
extern const char GPU_TEXT(conv2d_classes)[];
extern const char GPU_TEXT(conv2d_arrange)[];
extern const char GPU_TEXT(conv2d_implicit)[];
extern const char GPU_TEXT(conv2d_implicit_weight)[];

/* The gradient of weights: groups that each compute unit gets, and pixels of a part at least. */
enum { GROUPS_PER_UNIT = 4, PART_PIXELS = 512 };

/* If a plane of dy has at least this many pixels, each chunk of the gradient of weights lies in one
 * image. */
enum { ONE_IMAGE_PIXELS = 64 };

/* Equals BLOCK of conv2d_arrange.cl. */
enum { ARRANGE_BLOCK = 8 };

/* What `run` needs. */
typedef struct implicit {
    conv2d_pass pass;
    conv2d_operands at;
    bool has_parts; /* of the gradient of weights, which are to be added */
} implicit;

/* What a pass gathers from: x for the forward pass, dy for the gradient of data. */
typedef struct sides {
    int64_t in_rows, h, w; /* channels of a group, and planes, of what is read */
    int64_t rows, p, q;    /* of what is written */
} sides;

static bool fits(const rn_kernel *kernel, const gpu_convolution *conv)
{
    (void)kernel;
    (void)conv;
    return true;
}

/* Pixels of a part. Depends on the shapes only, so that sums are the same in every run. */
static int64_t part_pixels(const rn_context *context, const gpu_convolution *conv)
{
    int64_t pixels = conv->n * conv->p * conv->q;
    int64_t columns = conv->c / conv->groups * conv->r * conv->s;
    int64_t tiles =
        conv->groups * opencl_product_groups(&context->product, conv->k / conv->groups, columns);
    int64_t groups = GROUPS_PER_UNIT * (int64_t)context->limits.compute_units;
    int64_t parts = shape_divide_up(groups, tiles);
    int64_t part = shape_divide_up(pixels, parts);
    return part > PART_PIXELS ? part : PART_PIXELS;
}

static int64_t parts_of(const rn_context *context, const gpu_convolution *conv)
{
    return shape_divide_up(conv->n * conv->p * conv->q, part_pixels(context, conv));
}

static uint64_t workspace_bytes(const rn_kernel *kernel, const gpu_convolution *conv)
{
    if (conv->pass == CONV2D_FORWARD)
        return 0;
    if (conv->pass == CONV2D_GRAD_INPUT)
        return gpu_float_bytes(opencl_conv2d_weights(conv));
    int64_t parts = parts_of(kernel->context, conv);
    return parts > 1 ? gpu_float_bytes(opencl_conv2d_weights(conv) * parts) : 0;
}

static void pairs(gpu_launch *launch, const gpu_convolution *conv)
{
    const int64_t values[] = { conv->r,           conv->s,          conv->stride[0],
                               conv->stride[1],   conv->padding[0], conv->padding[1],
                               conv->dilation[0], conv->dilation[1] };
    for (size_t i = 0; i < sizeof values / sizeof *values; i++)
        gpu_arg_int(launch, values[i]);
}

static void shapes(gpu_launch *launch, const gpu_convolution *conv, const sides *side)
{
    const int64_t values[] = { conv->n, conv->groups, side->in_rows, side->h,
                               side->w, side->rows,   side->p,       side->q };
    for (size_t i = 0; i < sizeof values / sizeof *values; i++)
        gpu_arg_int(launch, values[i]);
    pairs(launch, conv);
}

/* A convolution with stride 1, or a forward one. */
static rn_status add_forward(rn_kernel *kernel, const gpu_convolution *conv, const sides *side)
{
    const opencl_product *product = &kernel->context->product;
    gpu_code code = {
        { GPU_TEXT(product_product), GPU_TEXT(conv2d_gather), GPU_TEXT(conv2d_implicit) }, ""
    };
    gpu_launch *launch;
    if (conv->r == conv->s && (conv->r == 1 || conv->r == 3 || conv->r == 7))
        snprintf(code.options, sizeof code.options, "-DTAPS=%d", (int)conv->r);
    opencl_product_options(product, &code);
    rn_status status = gpu_launch_add(kernel, &code, "conv2d", 5, &launch);
    if (status)
        return status;
    gpu_arg_int(launch, conv->relu);
    shapes(launch, conv, side);
    opencl_product_grid(product,
                        (int64_t[]){ side->rows, conv->n * side->p * side->q, conv->groups },
                        launch);
    return RN_OK;
}

static rn_status add_arrange(rn_kernel *kernel, const gpu_convolution *conv)
{
    const gpu_code code = { { GPU_TEXT(conv2d_classes), GPU_TEXT(conv2d_arrange) }, "" };
    gpu_launch *launch;
    rn_status status = gpu_launch_add(kernel, &code, "conv2d_arrange", 2, &launch);
    if (status)
        return status;
    const int64_t n = conv->c * shape_divide_up(conv->k / conv->groups, ARRANGE_BLOCK);
    const int64_t values[] = { n, conv->groups, conv->c / conv->groups, conv->k / conv->groups };
    for (size_t i = 0; i < sizeof values / sizeof *values; i++)
        gpu_arg_int(launch, values[i]);
    pairs(launch, conv);
    gpu_grid_items(launch, n);
    return RN_OK;
}

static rn_status add_classes(rn_kernel *kernel, const gpu_convolution *conv, const sides *side)
{
    const opencl_product *product = &kernel->context->product;
    gpu_code code = { { GPU_TEXT(product_product), GPU_TEXT(conv2d_gather),
                        GPU_TEXT(conv2d_classes), GPU_TEXT(conv2d_implicit) },
                      "-DCLASSES" };
    gpu_launch *launch;
    opencl_product_options(product, &code);
    rn_status status = gpu_launch_add(kernel, &code, "conv2d_classes", 4, &launch);
    if (status)
        return status;
    shapes(launch, conv, side);
    const int64_t columns = conv->n * shape_divide_up(conv->h, conv->stride[0]) *
                            shape_divide_up(conv->w, conv->stride[1]);
    opencl_product_grid(product,
                        (int64_t[]){ side->rows, columns,
                                     conv->groups * conv->stride[0] * conv->stride[1] },
                        launch);
    return RN_OK;
}

static rn_status prepare_grad_input(rn_kernel *kernel, const gpu_convolution *conv)
{
    const sides side = { conv->k / conv->groups, conv->p, conv->q,
                         conv->c / conv->groups, conv->h, conv->w };
    rn_status status = add_arrange(kernel, conv);
    if (status)
        return status;
    if (conv->stride[0] > 1 || conv->stride[1] > 1)
        return add_classes(kernel, conv, &side);
    gpu_convolution turned = *conv;
    turned.padding[0] = (conv->r - 1) * conv->dilation[0] - conv->padding[0];
    turned.padding[1] = (conv->s - 1) * conv->dilation[1] - conv->padding[1];
    return add_forward(kernel, &turned, &side);
}

static rn_status prepare_grad_weight(rn_kernel *kernel, const gpu_convolution *conv)
{
    const opencl_product *product = &kernel->context->product;
    const sides side = { conv->c / conv->groups, conv->h, conv->w,
                         conv->k / conv->groups, conv->p, conv->q };
    const int64_t parts = parts_of(kernel->context, conv);
    gpu_code code = { { GPU_TEXT(product_product), GPU_TEXT(conv2d_gather),
                        GPU_TEXT(conv2d_implicit_weight) },
                      "-DPRODUCT_B_BY_DEPTH" };
    gpu_launch *launch;
    if (conv->p * conv->q >= ONE_IMAGE_PIXELS)
        strcat(code.options, " -DONE_IMAGE");
    opencl_product_options(product, &code);
    rn_status status = gpu_launch_add(kernel, &code, "conv2d_grad_weight", 3, &launch);
    if (status)
        return status;
    gpu_arg_int(launch, part_pixels(kernel->context, conv));
    shapes(launch, conv, &side);
    opencl_product_grid(product,
                        (int64_t[]){ side.rows, side.in_rows * conv->r * conv->s,
                                     conv->groups * parts },
                        launch);
    return parts > 1 ? opencl_conv2d_sum_add(kernel, opencl_conv2d_weights(conv), parts) : RN_OK;
}

static rn_status prepare(rn_kernel *kernel, const gpu_convolution *conv, void **state)
{
    implicit *prepared = malloc(sizeof *prepared);
    if (!prepared)
        return gpu_host->fail(RN_E_NOMEM, "no memory for a convolution");
    *prepared =
        (implicit){ conv->pass, conv->at,
                    conv->pass == CONV2D_GRAD_WEIGHT && parts_of(kernel->context, conv) > 1 };
    *state = prepared;
    if (conv->pass == CONV2D_GRAD_INPUT)
        return prepare_grad_input(kernel, conv);
    if (conv->pass == CONV2D_GRAD_WEIGHT)
        return prepare_grad_weight(kernel, conv);
    const sides side = { conv->c / conv->groups, conv->h, conv->w,
                         conv->k / conv->groups, conv->p, conv->q };
    return add_forward(kernel, conv, &side);
}

static rn_status run_grad_input(rn_kernel *kernel, const conv2d_operands *at, const rn_operand *o,
                                rn_operand workspace)
{
    const rn_operand none = { NULL, 0 }, arrange[2] = { o[at->weight], workspace };
    const rn_operand all[5] = { o[at->y], workspace, none, opencl_conv2d_z(at, o), o[at->x] };
    const rn_operand classes[4] = { o[at->y], workspace, opencl_conv2d_z(at, o), o[at->x] };
    gpu_launch *launch = kernel->launches;
    rn_status status = gpu_launch_run(kernel->context, &launch[0], arrange);
    if (status)
        return status;
    return gpu_launch_run(kernel->context, &launch[1], launch[1].n_operands == 5 ? all : classes);
}

static rn_status run(rn_kernel *kernel, const void *state, const rn_operand *operands,
                     rn_operand workspace)
{
    const implicit *prepared = state;
    if (prepared->pass == CONV2D_GRAD_INPUT)
        return run_grad_input(kernel, &prepared->at, operands, workspace);
    if (prepared->pass == CONV2D_GRAD_WEIGHT)
        return opencl_conv2d_sum_run(kernel, prepared->has_parts, operands, workspace);
    return gpu_launch_run(kernel->context, &kernel->launches[0], operands);
}

const opencl_algorithm opencl_algorithm_implicit = { .name = "implicit",
                                                     .fits = fits,
                                                     .workspace_bytes = workspace_bytes,
                                                     .prepare = prepare,
                                                     .run = run };
