/* curve.c: draws the learning curve as an SVG: the losses of training and validation, and the
 * accuracy of validation. */
#include <stdlib.h>

#include "base/status.h"
#include "io/file.h"
#include "report/curve_scale.h"
#include "report/svg_plot.h"

/* `points` has room for a series. */
static void draw(FILE *out, const char *title, const rn_epoch_metrics *rows, int64_t count,
                 rn_plot_point *points)
{
    static const double keys[RN_CURVE_N] = { 0, 130, 290 };
    rn_curve_scale scale = rn_curve_scale_fit(rows, count);
    const rn_svg_plot plot = { .title = title,
                               .summary = "loss and accuracy by epoch",
                               .epochs = &scale.epoch,
                               .left = &scale.left,
                               .right = scale.shared ? NULL : &scale.right };
    rn_svg_plot_open(out, &plot);
    for (int series = 0; series < RN_CURVE_N; series++)
        rn_svg_plot_key(out, series, keys[series], rn_curve_labels[series],
                        plot.right && series == RN_CURVE_ACCURACY ? " (right)" : "");
    for (int series = 0; series < RN_CURVE_N; series++) {
        for (int64_t i = 0; i < count; i++)
            points[i] = rn_curve_scale_point(&rows[i], series);
        rn_svg_plot_line(out, &plot, rn_curve_scale_axis(&scale, series), series, points, count);
    }
    rn_svg_plot_close(out);
}

rn_status rn_curve_write(const char *path, const char *title, const rn_epoch_metrics *rows,
                         int64_t count)
{
    rn_file *file = NULL;
    if (count < 1)
        return RN_OK;
    rn_plot_point *points = calloc((size_t)count, sizeof *points);
    if (!points)
        return rn_fail(RN_E_NOMEM, "%s: no memory for the curve", path);
    rn_status status = rn_file_create(path, &file);
    if (status)
        goto done;
    draw(rn_file_stream(file), title, rows, count, points);
    status = rn_file_commit(file);
done:
    free(points);
    return status;
}
