/* winograd.c: Winograd's algorithm for 3x3 convolutions with stride 1, in tiles of 2x2 to
 * 4x4 outputs: transforms, and at each of 16 to 36 points a product of matrices, slice by slice of
 * the tiles of a batch. */
#include "opencl/conv2d/winograd.h"

#include <stdio.h>
#include <stdlib.h>

#include "opencl/product/product.h"

extern const char GPU_TEXT(conv2d_winograd_lines)[];
extern const char GPU_TEXT(conv2d_winograd_weights)[];
extern const char GPU_TEXT(conv2d_winograd)[];
extern const char GPU_TEXT(conv2d_winograd_product)[];

/* Bytes of the transformed images of a slice: on processors, for each compute unit, what stays in
 * its second-level cache. Zen 4, two cores, 64 channels at 24x24, batch 32, by PoCL: 6.0 ms of
 * processor time with 1 MB, 7.3 with 256 KB, 6.8 with 4 MB, 8.5 with 16 MB. */
#define SLICE_BYTES_UNIT (1 << 20)
#define SLICE_BYTES_GPU (256 << 20)

/* Sums of the gradient of weights over fewer tiles than this are not divided. */
#define PART_TILES_MIN 256

/* Work-groups wanted per compute unit if the product's sums can be divided. */
#define GROUPS_A_UNIT 4

/* Options of conv2d_winograd.cl on processors. */
enum { LANES_CPU = 16, RUN_CPU = 4 };

enum { MAX_TILES = INT32_MAX / 2 };

/* An image and its tiles, as in conv2d_winograd.cl. */
typedef struct tiled {
    int64_t n, channels, h, w, top, left, rows, columns;
} tiled;

/* How a convolution is computed. `from` is the image that is transformed by B, `to` the other one.
 * a, b and c are the product's matrices: weights, inputs and outputs, or of the gradient of weights
 * the gradients of outputs, inputs and those of weights. */
typedef struct plan {
    tiled from, to;
    int64_t tile, points;
    int64_t lanes;                         /* tiles or channels of a transform's item */
    int64_t run;                           /* tiles of one whose lanes are channels */
    int64_t tiles, n_slices;               /* of a slice */
    int64_t rows, depth, columns, a_width; /* of the product; a_width floats are a row of a */
    int64_t part, parts;                   /* of its depth */
    uint64_t a_bytes, b_bytes, c_bytes;    /* of the workspace */
} plan;

/* What `run` needs. The kernel's launches are stored in the order in which it runs them. */
typedef struct winograd_state {
    int64_t n_slices, tiles;
    uint64_t b_at, c_at; /* offsets in the workspace; a is at 0 */
    conv2d_pass pass;
    conv2d_operands at;
} winograd_state;

static int64_t round_up(int64_t value, int64_t unit)
{
    return shape_divide_up(value, unit) * unit;
}

static int64_t smaller(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* The tiles cover the output: y, or dx for the gradient of the input. */
static void images_set(plan *p, const gpu_convolution *conv)
{
    bool turned = conv->pass == CONV2D_GRAD_INPUT;
    int64_t top = conv->padding[0], left = conv->padding[1];
    tiled x = { .n = conv->n, .channels = conv->c, .h = conv->h, .w = conv->w };
    tiled y = { .n = conv->n, .channels = conv->k, .h = conv->p, .w = conv->q };
    p->from = turned ? y : x;
    p->to = turned ? x : y;
    p->from.top = turned ? 2 - top : top;
    p->from.left = turned ? 2 - left : left;
    p->to.rows = shape_divide_up(p->to.h, p->tile);
    p->to.columns = shape_divide_up(p->to.w, p->tile);
    p->from.rows = p->to.rows;
    p->from.columns = p->to.columns;
}

/* The number of columns of a matrix is a multiple of this. */
static int64_t unit_of(const rn_kernel *kernel, const plan *p)
{
    int64_t vector = kernel->context->product.vector;
    return vector > p->lanes ? vector : p->lanes;
}

/* Tiles of a slice: as many as the bytes allow, evenly, in units of what the product takes. */
static void slices_set(plan *p, const rn_kernel *kernel)
{
    const opencl_limits *limits = &kernel->context->limits;
    const opencl_product *product = &kernel->context->product;
    int64_t tile_n = (int64_t)product->vector * product->vectors * product->items_n;
    int64_t unit = round_up(tile_n, unit_of(kernel, p));
    int64_t bytes =
        limits->is_cpu ? SLICE_BYTES_UNIT * (int64_t)limits->compute_units : SLICE_BYTES_GPU;
    bytes = smaller(bytes, (int64_t)(limits->allocation_bytes / 4));
    int64_t tile_bytes = p->points * (p->from.channels + p->to.channels) * 4;
    int64_t units = bytes / tile_bytes / unit;
    int64_t count = p->to.n * p->to.rows * p->to.columns;
    int64_t needed = shape_divide_up(count, unit);
    p->n_slices = shape_divide_up(needed, units ? units : 1);
    p->tiles = shape_divide_up(needed, p->n_slices) * unit;
    if (p->n_slices == 1) /* a small batch */
        p->tiles = round_up(count, unit_of(kernel, p));
}

/* Divides the sums of the gradient of weights, which are long and few. */
static void parts_set(plan *p, const rn_kernel *kernel)
{
    const opencl_product *product = &kernel->context->product;
    int64_t tile_m = (int64_t)product->rows * product->items_m * product->blocks;
    int64_t tile_n = (int64_t)product->vector * product->vectors * product->items_n;
    int64_t groups =
        p->points * shape_divide_up(p->rows, tile_m) * shape_divide_up(p->columns, tile_n);
    int64_t wanted =
        shape_divide_up(GROUPS_A_UNIT * (int64_t)kernel->context->limits.compute_units, groups);
    wanted = smaller(wanted, shape_divide_up(p->depth, PART_TILES_MIN));
    p->part = shape_divide_up(p->depth, wanted);
    p->parts = shape_divide_up(p->depth, p->part);
}

static plan plan_of(const rn_kernel *kernel, const gpu_convolution *conv, int64_t tile)
{
    const rn_context *context = kernel->context;
    plan p = { .tile = tile,
               .points = (tile + 2) * (tile + 2),
               .lanes = context->limits.is_cpu ? LANES_CPU : 1,
               .run = context->limits.is_cpu ? RUN_CPU : 1 };
    images_set(&p, conv);
    slices_set(&p, kernel);
    p.rows = p.to.channels;
    if (conv->pass == CONV2D_GRAD_WEIGHT) {
        p.depth = p.a_width = p.tiles;
        p.columns = round_up(p.from.channels, unit_of(kernel, &p));
        parts_set(&p, kernel);
    } else {
        p.depth = p.part = p.from.channels;
        p.parts = 1;
        p.columns = p.tiles;
        p.a_width = round_up(p.depth, p.lanes);
    }
    p.a_bytes = gpu_float_bytes(p.points * p.rows * p.a_width);
    p.b_bytes = gpu_float_bytes(p.points * p.depth * p.columns);
    p.c_bytes = gpu_float_bytes(p.parts * p.points * p.rows * p.columns);
    return p;
}

int64_t opencl_winograd_products(const gpu_convolution *conv, int64_t tile)
{
    bool writes_x = conv->pass == CONV2D_GRAD_INPUT;
    int64_t h = writes_x ? conv->h : conv->p, w = writes_x ? conv->w : conv->q;
    return shape_divide_up(h, tile) * shape_divide_up(w, tile) * (tile + 2) * (tile + 2);
}

/* Of the tiles of 3x3 and 4x4, only those that need fewer products fit. */
static bool fits(const gpu_convolution *conv, int64_t tile)
{
    for (int i = 0; i < 2; i++)
        if (conv->stride[i] != 1 || conv->dilation[i] != 1 || conv->padding[i] > 2)
            return false;
    /* An upper bound: as many tiles as pixels. */
    int64_t most =
        conv->n * (conv->h > conv->p ? conv->h : conv->p) * (conv->w > conv->q ? conv->w : conv->q);
    if (conv->r != 3 || conv->s != 3 || conv->groups != 1 || most > MAX_TILES)
        return false;
    bool saves_4 = opencl_winograd_products(conv, 4) <= opencl_winograd_products(conv, 3);
    return tile == 2 || (tile == 4) == saves_4;
}

/* Appends a launch of a transform. */
static rn_status transform_add(rn_kernel *kernel, const plan *p, const char *function,
                               int32_t n_operands, gpu_launch **launch)
{
    gpu_code code = { { GPU_TEXT(conv2d_winograd_lines), GPU_TEXT(conv2d_winograd_weights),
                        GPU_TEXT(conv2d_winograd) },
                      "" };
    const gpu_convolution conv = gpu_convolution_of(kernel);
    snprintf(code.options, sizeof code.options, "-DTILE=%d -DLANES=%d -DRUN=%d%s%s%s", (int)p->tile,
             (int)p->lanes, (int)p->run, conv.has_bias ? " -DBIAS" : "",
             conv.has_z || conv.sums ? " -DADD" : "", conv.relu ? " -DRECTIFY" : "");
    return gpu_launch_add(kernel, &code, function, n_operands, launch);
}

static void args_int(gpu_launch *launch, const int64_t *values, size_t count)
{
    for (size_t i = 0; i < count; i++)
        gpu_arg_int(launch, values[i]);
}

/* The arguments of a transform of an image, the last of which is `first`. `width`: 0, or the
 * channels of one that is turned. */
static void image_args(const plan *p, const tiled *image, int64_t width, gpu_launch *launch)
{
    const int64_t values[] = { image->n,    image->channels, image->h,       image->w, image->top,
                               image->left, image->rows,     image->columns, p->tiles };
    args_int(launch, values, sizeof values / sizeof *values);
    if (width)
        gpu_arg_int(launch, width);
    gpu_arg_int(launch, 0);
    gpu_grid_items(launch, width ? width / p->lanes * (p->tiles / p->run)
                                 : image->channels * (p->tiles / p->lanes));
}

static rn_status image_add(rn_kernel *kernel, const plan *p, const char *function,
                           const tiled *image, int64_t width)
{
    gpu_launch *launch;
    rn_status status = transform_add(kernel, p, function, 2, &launch);
    if (status)
        return status;
    image_args(p, image, width, launch);
    return RN_OK;
}

static rn_status product_add(rn_kernel *kernel, const plan *p)
{
    const opencl_product *product = &kernel->context->product;
    gpu_code code = { { GPU_TEXT(product_product), GPU_TEXT(conv2d_winograd_product) }, "" };
    gpu_launch *launch;
    opencl_product_options(product, &code);
    rn_status status = gpu_launch_add(kernel, &code, "winograd_product", 3, &launch);
    if (status)
        return status;
    const int64_t values[] = { p->points, p->rows, p->depth, p->columns, p->a_width, p->part, 0 };
    args_int(launch, values, sizeof values / sizeof *values);
    opencl_product_grid(product, (const int64_t[]){ p->rows, p->columns, p->points * p->parts },
                        launch);
    return RN_OK;
}

static rn_status convolution_add(rn_kernel *kernel, const plan *p, bool turned)
{
    gpu_launch *launch;
    rn_status status = transform_add(kernel, p, "winograd_weight", 2, &launch);
    if (status)
        return status;
    const int64_t values[] = { p->rows, p->depth, p->a_width, turned };
    args_int(launch, values, sizeof values / sizeof *values);
    gpu_grid_items(launch, p->rows * p->a_width / p->lanes);
    status = image_add(kernel, p, "winograd_input", &p->from, 0);
    if (status)
        return status;
    status = product_add(kernel, p);
    if (status)
        return status;
    status = transform_add(kernel, p, "winograd_output", 4, &launch);
    if (status)
        return status;
    image_args(p, &p->to, 0, launch);
    return RN_OK;
}

static rn_status weight_gradient_add(rn_kernel *kernel, const plan *p)
{
    gpu_launch *launch;
    rn_status status = image_add(kernel, p, "winograd_output_gradient", &p->to, 0);
    if (status)
        return status;
    status = image_add(kernel, p, "winograd_input_turned", &p->from, p->columns);
    if (status)
        return status;
    status = product_add(kernel, p);
    if (status)
        return status;
    status = transform_add(kernel, p, "winograd_weight_gradient", 2, &launch);
    if (status)
        return status;
    const int64_t values[] = { p->rows, p->from.channels, p->columns, p->parts };
    args_int(launch, values, sizeof values / sizeof *values);
    gpu_grid_items(launch, p->rows * p->columns / p->lanes);
    return RN_OK;
}

static rn_status prepare(rn_kernel *kernel, const gpu_convolution *conv, int64_t tile, void **state)
{
    const plan p = plan_of(kernel, conv, tile);
    winograd_state *made = malloc(sizeof *made);
    if (!made)
        return gpu_host->fail(RN_E_NOMEM, "no memory for a kernel of %s", kernel->desc.op);
    *made = (winograd_state){ p.n_slices, p.tiles, p.a_bytes, p.a_bytes + p.b_bytes,
                              conv->pass, conv->at };
    *state = made;
    if (conv->pass == CONV2D_GRAD_WEIGHT)
        return weight_gradient_add(kernel, &p);
    return convolution_add(kernel, &p, conv->pass == CONV2D_GRAD_INPUT);
}

/* Runs launch `index`, a transform of an image, for slice `slice`. */
static rn_status image_run(rn_kernel *kernel, const winograd_state *s, int32_t index,
                           const rn_operand *operands, int64_t slice)
{
    gpu_launch *launch = &kernel->launches[index];
    opencl_arg_last(launch, slice * s->tiles);
    return gpu_launch_run(kernel->context, launch, operands);
}

static rn_status run_convolution(rn_kernel *kernel, const winograd_state *s,
                                 const rn_operand *operands, const rn_operand abc[3])
{
    bool forward = s->pass == CONV2D_FORWARD;
    const conv2d_operands *at = &s->at;
    const rn_operand none = { NULL, 0 };
    const rn_operand weights[] = { operands[at->weight], abc[0] };
    const rn_operand input[] = { operands[forward ? at->x : at->y], abc[1] };
    const rn_operand output[] = { abc[2], forward ? operands[at->bias] : none,
                                  opencl_conv2d_z(at, operands),
                                  operands[forward ? at->y : at->x] };
    rn_status status = gpu_launch_run(kernel->context, &kernel->launches[0], weights);
    for (int64_t slice = 0; slice < s->n_slices && !status; slice++) {
        status = image_run(kernel, s, 1, input, slice);
        if (!status)
            status = gpu_launch_run(kernel->context, &kernel->launches[2], abc);
        if (!status)
            status = image_run(kernel, s, 3, output, slice);
    }
    return status;
}

static rn_status run_weight_gradient(rn_kernel *kernel, const winograd_state *s,
                                     const rn_operand *operands, const rn_operand abc[3])
{
    const rn_operand output[] = { operands[RN_AT_CONV2D_GRAD_WEIGHT_DY], abc[0] };
    const rn_operand input[] = { operands[RN_AT_CONV2D_GRAD_WEIGHT_X], abc[1] };
    const rn_operand weights[] = { abc[2], operands[RN_AT_CONV2D_GRAD_WEIGHT_DWEIGHT] };
    rn_status status = RN_OK;
    for (int64_t slice = 0; slice < s->n_slices && !status; slice++) {
        status = image_run(kernel, s, 0, output, slice);
        if (!status)
            status = image_run(kernel, s, 1, input, slice);
        opencl_arg_last(&kernel->launches[2], slice > 0);
        if (!status)
            status = gpu_launch_run(kernel->context, &kernel->launches[2], abc);
    }
    return status ? status : gpu_launch_run(kernel->context, &kernel->launches[3], weights);
}

static rn_status run(rn_kernel *kernel, const void *state, const rn_operand *operands,
                     rn_operand workspace)
{
    const winograd_state *s = state;
    const rn_operand abc[3] = { workspace, gpu_part(workspace, s->b_at),
                                gpu_part(workspace, s->c_at) };
    if (s->pass == CONV2D_GRAD_WEIGHT)
        return run_weight_gradient(kernel, s, operands, abc);
    return run_convolution(kernel, s, operands, abc);
}

/* Defines the algorithm of tiles of `tile` x `tile` outputs. */
#define WINOGRAD(tile)                                                                             \
    static bool fits_##tile(const rn_kernel *kernel, const gpu_convolution *conv)                  \
    {                                                                                              \
        (void)kernel;                                                                              \
        return fits(conv, tile);                                                                   \
    }                                                                                              \
    static uint64_t workspace_##tile(const rn_kernel *kernel, const gpu_convolution *conv)         \
    {                                                                                              \
        const plan p = plan_of(kernel, conv, tile);                                                \
        return p.a_bytes + p.b_bytes + p.c_bytes;                                                  \
    }                                                                                              \
    static rn_status prepare_##tile(rn_kernel *kernel, const gpu_convolution *conv, void **state)  \
    {                                                                                              \
        return prepare(kernel, conv, tile, state);                                                 \
    }                                                                                              \
    const opencl_algorithm opencl_algorithm_winograd##tile = { .name =                             \
                                                                   "winograd " #tile "x" #tile,    \
                                                               .winograd_tile = tile,              \
                                                               .fits = fits_##tile,                \
                                                               .workspace_bytes =                  \
                                                                   workspace_##tile,               \
                                                               .prepare = prepare_##tile,          \
                                                               .run = run };

WINOGRAD(2)
WINOGRAD(3)
WINOGRAD(4)
