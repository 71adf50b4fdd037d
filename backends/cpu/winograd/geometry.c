/* geometry.c: where the tiles and matrices of a plan lie. */
#include "cpu/winograd/geometry.h"

#include "base/shape.h"

winograd_geometry winograd_geometry_of(const winograd_plan *plan)
{
    const winograd_transforms *t = plan->transforms;
    winograd_image x = { NULL, plan->c, plan->h, plan->w, plan->top, plan->left, plan->blocked };
    winograd_image y = { NULL, plan->k, plan->p, plan->q, 0, 0, plan->blocked };
    winograd_geometry g = { .transforms = t, .from = x, .to = y };
    if (plan->pass == CONV2D_GRAD_INPUT) {
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
