/* curve_text.c: draws the learning curve with characters. */
#include "report/curve_scale.h"
#include "report/text_plot.h"

static const char marks[RN_CURVE_N] = { '*', 'o', '#' };

void rn_curve_text(FILE *stream, const rn_epoch_metrics *rows, int64_t count)
{
    if (count < 1)
        return;
    rn_curve_scale scale = rn_curve_scale_fit(rows, count);
    rn_text_plot plot = { .epochs = &scale.epoch,
                          .left = &scale.left,
                          .right = scale.shared ? NULL : &scale.right };
    rn_text_plot_start(&plot);
    for (int series = 0; series < RN_CURVE_N; series++)
        for (int64_t i = 0; i < count; i++)
            rn_text_plot_line(&plot, rn_curve_scale_axis(&scale, series),
                              rn_curve_scale_point(&rows[i], series),
                              rn_curve_scale_point(&rows[i + 1 < count ? i + 1 : i], series),
                              marks[series]);
    rn_text_plot_print(&plot, stream);
    for (int series = 0; series < RN_CURVE_N; series++)
        fprintf(stream, "%s%c %s%s", series ? "   " : "        ", marks[series],
                rn_curve_labels[series],
                !scale.shared && series == RN_CURVE_ACCURACY ? " (right)" : "");
    fputc('\n', stream);
}
