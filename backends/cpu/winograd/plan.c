/* plan.c: which shapes Winograd's algorithm takes, by which transforms, and when it pays. */
#include "base/shape.h"
#include "cpu/winograd/convolution.h"
#include "cpu/winograd/geometry.h"
#include "cpu/winograd/weight_gradient.h"

/* Transforming the weights takes as long as the products of about 30 tiles. */
#define TILES_MIN 64

/* Of the products of the direct algorithm, so many may be left to pay for the transforms. */
#define PRODUCTS_SHARE 0.8

/* Tiles of an image. */
static int64_t tiles_of(const winograd_params *params, const winograd_transforms *t)
{
    const rn_tensor_desc *to = params->pass == CONV2D_GRAD_INPUT ? params->x : params->y;
    return shape_divide_up(to->shape[2], t->tile) * shape_divide_up(to->shape[3], t->tile);
}

static int64_t products_of(const winograd_params *params, const winograd_transforms *t)
{
    return tiles_of(params, t) * t->side * t->side;
}

/* The transforms that need the fewest products; NULL where there are none. */
static const winograd_transforms *transforms_of(const winograd_params *params)
{
    shape_window rows = shape_conv2d_window(params->attrs, params->x, params->y, 0);
    shape_window columns = shape_conv2d_window(params->attrs, params->x, params->y, 1);
    bool turned = params->pass == CONV2D_GRAD_INPUT;
    if (rows.kernel != 3 || columns.kernel != 3 || rows.stride != columns.stride ||
        rows.dilation != 1 || columns.dilation != 1 || rows.padding > 2 || columns.padding > 2 ||
        params->attrs->groups != 1)
        return NULL;
    if (rows.stride == 1)
        return products_of(params, &winograd_tile_4) <= products_of(params, &winograd_tile_3)
                   ? &winograd_tile_4
                   : &winograd_tile_3;
    if (rows.stride != 2 || (turned && (rows.padding != 1 || columns.padding != 1)))
        return NULL;
    return turned ? &winograd_stride_2_turned : &winograd_stride_2;
}

bool winograd_fits(const winograd_params *params)
{
    return transforms_of(params) != NULL;
}

bool winograd_pays(const winograd_params *params)
{
    const winograd_transforms *t = transforms_of(params);
    const int64_t *x = params->x->shape, *y = params->y->shape;
    if (!t || x[1] < LANES || y[1] < LANES || x[0] * tiles_of(params, t) < TILES_MIN)
        return false;
    return (double)products_of(params, t) <= PRODUCTS_SHARE * (double)(9 * y[2] * y[3]);
}

void winograd_plan_make(const winograd_params *params, winograd_plan *plan)
{
    const rn_conv2d_attrs *a = params->attrs;
    const int64_t *x = params->x->shape, *y = params->y->shape;
    *plan = (winograd_plan){ .transforms = transforms_of(params),
                             .n = x[0],
                             .c = x[1],
                             .h = x[2],
                             .w = x[3],
                             .k = y[1],
                             .p = y[2],
                             .q = y[3],
                             .stride = a->stride[0],
                             .top = a->padding[0],
                             .left = a->padding[1],
                             .pass = params->pass,
                             .blocked = params->blocked };
    winograd_geometry g = winograd_geometry_of(plan);
    items_work work = { plan->n, g.rows, g.columns, params->n_threads };
    plan->algorithm = plan->transforms->name;
    if (plan->pass == CONV2D_GRAD_WEIGHT) {
        winograd_grad_weight_plan(plan, &work);
    } else {
        winograd_convolution_plan(plan, &work);
        plan->weight_bytes = (uint64_t)(g.points * winograd_weight_plane(&g)) * sizeof(float);
    }
    plan->workspace_bytes =
        (plan->shared_floats + plan->slice_floats * (uint64_t)params->n_threads) * sizeof(float);
}

void winograd_run(const winograd_call *call)
{
    if (call->plan->pass == CONV2D_GRAD_WEIGHT)
        winograd_grad_weight_run(call);
    else
        winograd_convolution_run(call);
}
