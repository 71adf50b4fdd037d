/* plan.c: which shapes Winograd's algorithm takes, by which transforms, and when it pays. */
#include "base/shape.h"
#include "cpu/winograd/geometry.h"

/* Transforming the weights takes as long as the products of about 30 tiles. */
#define TILES_MIN 64

/* Of the products of the direct algorithm, so many may be left to pay for the transforms. */
#define PRODUCTS_SHARE 0.8

/* Tiles of an image. */
static int64_t tiles_of(const winograd_params *params, const winograd_transforms *t)
{
    const rn_tensor_desc *to = params->role == WINOGRAD_GRAD_INPUT ? params->x : params->y;
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
    bool turned = params->role == WINOGRAD_GRAD_INPUT;
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

winograd_geometry winograd_geometry_of(const winograd_plan *plan)
{
    const winograd_transforms *t = plan->transforms;
    winograd_image x = { NULL, plan->c, plan->h, plan->w, plan->top, plan->left, plan->blocked };
    winograd_image y = { NULL, plan->k, plan->p, plan->q, 0, 0, plan->blocked };
    winograd_geometry g = { .transforms = t, .from = x, .to = y };
    if (plan->role == WINOGRAD_GRAD_INPUT) {
        /* dx is the convolution of dy, padded by what completes 3 - 1, with the turned weights;
         * with stride 2 its first pixel sees the first of dy. */
        int64_t whole = plan->stride == 1 ? 2 : 1;
        g.from = y;
        g.from.top = whole - plan->top;
        g.from.left = whole - plan->left;
        g.to = x;
        g.to.top = g.to.left = 0;
    }
    g.rows = shape_divide_up(g.to.h, t->tile);
    g.columns = shape_divide_up(g.to.w, t->tile);
    g.points = t->side * t->side;
    g.from_panels = winograd_panels(g.from.channels);
    g.to_panels = winograd_panels(g.to.channels);
    int64_t inputs = (g.columns - 1) * t->step + t->span;
    g.band_row = items_max(items_max(inputs, g.from.left + g.from.w), g.columns * t->tile) * LANES;
    return g;
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
                             .role = params->role,
                             .blocked = params->blocked };
    winograd_geometry g = winograd_geometry_of(plan);
    items_work work = { plan->n, g.rows, g.columns, params->n_threads };
    plan->algorithm = plan->transforms->name;
    if (plan->role == WINOGRAD_GRAD_WEIGHT) {
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
    if (call->plan->role == WINOGRAD_GRAD_WEIGHT)
        winograd_grad_weight_run(call);
    else
        winograd_convolution_run(call);
}
