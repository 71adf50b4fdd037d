/* random_area.c: draws rectangles as torchvision's get_params of RandomResizedCrop and of
 * RandomErasing. */
#include "data/transforms/random_area.h"

#include <math.h>

static rn_status read_range(const rn_transform_site *site, const rn_transform_array *array,
                            double range[2])
{
    int64_t count = 2;
    rn_status status = rn_transform_read_array(site, array, range, &count);
    if (status || range[0] <= range[1])
        return status;
    return rn_tree_fail(rn_tree_get(site->node, array->attr.name),
                        "transform \"%s\": %s: found [%g, %g], expected the smaller number first",
                        rn_tree_get(site->node, "transform")->text_value, array->attr.name,
                        range[0], range[1]);
}

rn_status rn_random_area_read(const rn_transform_site *site, const rn_transform_array arrays[2],
                              rn_random_area *area)
{
    rn_status status = read_range(site, &arrays[0], area->share);
    return status ? status : read_range(site, &arrays[1], area->ratio);
}

/* Python's round takes halves to the even number, as rint does. */
void rn_random_area_draw(const rn_random_area *area, rn_draw *draw, rn_size picture,
                         int64_t *numerator, int64_t *denominator)
{
    double pixels = (double)(picture.height * picture.width);
    double wanted = pixels * rn_draw_between(draw, area->share[0], area->share[1]);
    double ratio = exp(rn_draw_between(draw, log(area->ratio[0]), log(area->ratio[1])));
    *numerator = (int64_t)rint(sqrt(wanted * ratio));
    *denominator = (int64_t)rint(sqrt(wanted / ratio));
}

rn_window rn_random_area_place(rn_draw *draw, rn_size picture, rn_size rectangle)
{
    int64_t top = rn_draw_below(draw, picture.height - rectangle.height + 1);
    int64_t left = rn_draw_below(draw, picture.width - rectangle.width + 1);
    return (rn_window){ top, left, rectangle.height, rectangle.width };
}
