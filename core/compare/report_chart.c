/* report_chart.c: draws differences and losses. A chained difference is a line, an isolated one
 * dots. */
#include "compare/report_chart.h"

#include <math.h>
#include <string.h>

#include "base/text.h"
#include "compare/report_rows.h"
#include "report/html.h"
#include "report/plot.h"

#define MOST_DOTS 6000      /* of a page, that say what they are where the pointer rests */
#define MARK_DISTANCE 0.085 /* share of the width between two names of stages */
#define LEAST_DRAWN 1e-12   /* what is smaller is drawn as equal */
#define LARGEST_DRAWN 1e6   /* what is larger, as infinite */

static const char *const titles[] = {
    [RN_TRACED_FORWARD] = "Results of layers",
    [RN_TRACED_GRADIENT] = "Gradients",
    [RN_TRACED_AFTER] = "What the step leaves behind",
    [RN_TRACED_MASK] = "Masks",
};

int rn_side_colour(int32_t side)
{
    return (side + RN_PLOT_COLOURS - 1) % RN_PLOT_COLOURS;
}

void rn_compare_legend(FILE *out, const rn_comparison *c)
{
    fputs("<div class=\"legend\">", out);
    for (int32_t i = 1; i < c->n_sides; i++) {
        rn_print(out, "<span><span class=\"mark v%d\"></span>", rn_side_colour(i));
        rn_html_text(out, c->sides[i].label);
        fputs("</span>\n", out);
    }
    fputs("</div>\n", out);
}

/* ---- A chart of one kind ---- */

typedef struct chart {
    const rn_comparison *c;
    rn_traced_kind kind;
    int32_t n; /* tensors of this kind */
    rn_plot plot;
} chart;

/* In decades; that of equal tensors is where the axis begins, NaN: not compared. */
static double decades(const chart *h, const rn_compared *compared, double value)
{
    if (compared->verdict == RN_VERDICT_ABSENT)
        return NAN;
    if (!(value >= LEAST_DRAWN))
        return h->plot.y.min;
    return value <= LARGEST_DRAWN ? log10(value) : h->plot.y.max;
}

static void widen(double value, double *min, double *max)
{
    if (!(value >= LEAST_DRAWN && value <= LARGEST_DRAWN))
        return;
    *min = fmin(*min, floor(log10(value)));
    *max = fmax(*max, ceil(log10(value)));
}

static void exponent(const rn_axis *axis, double value, char text[RN_PLOT_TEXT])
{
    snprintf(text, RN_PLOT_TEXT, value <= axis->min ? "\u2264 1e%.0f" : "1e%.0f", value);
}

/* False if no tensor of this kind was compared. */
static bool fit(chart *h)
{
    const rn_comparison *c = h->c;
    double min = HUGE_VAL, max = -HUGE_VAL;
    bool any = false;
    for (int32_t row = 0; row < c->n_rows; row++) {
        if (c->rows[row].tensor.kind != h->kind)
            continue;
        h->n++;
        for (int32_t side = 1; side < c->n_sides; side++)
            for (int mode = 0; mode < RN_N_COMPARE_MODES; mode++) {
                const rn_compared *compared = &c->rows[row].sides[side][mode];
                if (compared->verdict == RN_VERDICT_ABSENT)
                    continue;
                any = true;
                widen(rn_compared_relative(compared), &min, &max);
                widen(compared->tolerance, &min, &max);
            }
    }
    if (!(max >= min))
        min = -8, max = -6;
    h->plot.y = rn_axis_of_integers(min - 1, fmax(max, min + 1));
    h->plot.x = (rn_axis){ -0.5, h->n - 0.5, 1 };
    return any;
}

typedef double measure(const rn_compared *compared);

static double tolerance(const rn_compared *compared)
{
    return compared->tolerance;
}

static void draw_line(FILE *out, const chart *h, int32_t side, int mode, measure *of,
                      const char *class)
{
    bool pen_down = false;
    double x = 0;
    rn_print(out, "<path class=\"%s\" d=\"", class);
    for (int32_t row = 0; row < h->c->n_rows; row++) {
        const rn_compare_row *r = &h->c->rows[row];
        const rn_compared *compared = &r->sides[side][mode];
        if (r->tensor.kind == h->kind)
            rn_plot_point_to(out, &h->plot,
                             (rn_plot_point){ x++, decades(h, compared, of(compared)) }, &pen_down);
    }
    fputs("\"/>\n", out);
}

static void print_title(FILE *out, const chart *h, rn_place place)
{
    const rn_compared *compared = rn_place_of(h->c, place);
    char name[RN_PLACE_NAME];
    rn_traced_full_name(&h->c->rows[place.row].tensor, name);
    fputs("<title>", out);
    rn_html_text(out, name);
    rn_print(out, ": %.3g, %s</title>", rn_compared_relative(compared),
             rn_verdict_word(compared->verdict));
}

static void draw_dots(FILE *out, const chart *h, int32_t side, int mode)
{
    bool titled = (int64_t)h->c->n_rows * (h->c->n_sides - 1) <= MOST_DOTS;
    double x = -1;
    for (int32_t row = 0; row < h->c->n_rows; row++) {
        const rn_place place = { row, side, (rn_compare_mode)mode };
        const rn_compared *compared = rn_place_of(h->c, place);
        bool fails = rn_verdict_fails(compared->verdict);
        x += h->c->rows[row].tensor.kind == h->kind;
        if (h->c->rows[row].tensor.kind != h->kind || compared->verdict == RN_VERDICT_ABSENT)
            continue;
        rn_print(out, "<path class=\"dots%s\" d=\"M%.1f %.1fh0\"%s", fails ? " fails" : "",
                 rn_plot_x(&h->plot, x),
                 rn_plot_y(&h->plot, decades(h, compared, rn_compared_relative(compared))),
                 titled ? ">" : "/>\n");
        if (!titled)
            continue;
        print_title(out, h, place);
        fputs("</path>\n", out);
    }
}

static void draw_side(FILE *out, const chart *h, int32_t side)
{
    const bool *modes = h->c->modes;
    int main_mode = modes[RN_COMPARE_ISOLATED] ? RN_COMPARE_ISOLATED : RN_COMPARE_CHAINED;
    rn_print(out, "<g class=\"v%d\">\n", rn_side_colour(side));
    draw_line(out, h, side, main_mode, tolerance, "limit");
    if (modes[RN_COMPARE_CHAINED])
        draw_line(out, h, side, RN_COMPARE_CHAINED, rn_compared_relative, "line");
    draw_dots(out, h, side, main_mode);
    fputs("</g>\n", out);
}

/* Names a stage ("layer2") where it begins, if there is room. */
static void mark_stages(FILE *out, const chart *h)
{
    double x = -1, marked = -HUGE_VAL;
    const char *before = "";
    for (int32_t row = 0; row < h->c->n_rows; row++) {
        const rn_traced *tensor = &h->c->rows[row].tensor;
        if (tensor->kind != h->kind)
            continue;
        x++;
        size_t length = strcspn(tensor->name, ".");
        bool is_new = strncmp(before, tensor->name, length + 1) != 0;
        before = tensor->name;
        if (!is_new || !tensor->name[length] || x - marked < MARK_DISTANCE * h->n)
            continue;
        char stage[RN_PLOT_TEXT];
        snprintf(stage, sizeof stage, "%.*s", (int)length, tensor->name);
        rn_plot_mark(out, &h->plot, x, stage);
        marked = x;
    }
}

static void draw(FILE *out, chart *h)
{
    rn_print(out, "<h3>%s</h3>\n", titles[h->kind]);
    h->plot.y_label = exponent;
    h->plot.height = 14;
    h->plot.summary = "The relative difference of each tensor, in the order of computation";
    rn_plot_open(out, &h->plot);
    for (int32_t side = 1; side < h->c->n_sides; side++)
        draw_side(out, h, side);
    rn_plot_close(out, &h->plot);
    mark_stages(out, h);
    rn_plot_end(out);
}

void rn_compare_charts(FILE *out, const rn_comparison *c)
{
    for (int kind = RN_TRACED_FORWARD; kind <= RN_TRACED_MASK; kind++) {
        chart h = { .c = c, .kind = (rn_traced_kind)kind };
        if (fit(&h))
            draw(out, &h);
    }
}

/* ---- Losses ---- */

static void widen_losses(const double *losses, int64_t n, double *min, double *max)
{
    for (int64_t i = 0; losses && i < n; i++)
        if (fabs(losses[i]) <= LARGEST_DRAWN) {
            *min = fmin(*min, losses[i]);
            *max = fmax(*max, losses[i]);
        }
}

static void draw_losses(FILE *out, const rn_plot *plot, const double *losses, int64_t n,
                        const char *class)
{
    bool pen_down = false;
    rn_print(out, "<path class=\"%s\" d=\"", class);
    for (int64_t i = 0; i < n; i++)
        rn_plot_point_to(out, plot,
                         (rn_plot_point){ (double)i + 1, isfinite(losses[i]) ? losses[i] : NAN },
                         &pen_down);
    fputs("\"/>\n", out);
}

/* Along the largest values, and back along the smallest. */
static void draw_envelope(FILE *out, const rn_plot *plot, const rn_comparison *c)
{
    bool pen_down = false;
    if (!c->envelope[0] || !c->envelope[1])
        return;
    fputs("<path class=\"band reference\" d=\"", out);
    for (int64_t i = 0; i < 2 * c->n_losses; i++) {
        int64_t step = i < c->n_losses ? i : 2 * c->n_losses - 1 - i;
        double loss = c->envelope[i < c->n_losses][step];
        if (isfinite(loss))
            rn_plot_point_to(out, plot, (rn_plot_point){ (double)step + 1, loss }, &pen_down);
    }
    fputs("\"/>\n", out);
}

void rn_compare_losses(FILE *out, const rn_comparison *c)
{
    double min = HUGE_VAL, max = -HUGE_VAL, n = (double)c->n_losses;
    for (int32_t i = 0; i < c->n_sides; i++)
        widen_losses(c->sides[i].losses, c->n_losses, &min, &max);
    for (int i = 0; i < 2; i++)
        widen_losses(c->envelope[i], c->n_losses, &min, &max);
    if (!(max >= min))
        return;
    rn_plot plot = { .summary = "The loss of each step",
                     .x = rn_axis_of_integers(1, n > 1 ? n : 2),
                     .y = rn_axis_fit(min, max, 6),
                     .x_label = rn_plot_integer,
                     .y_label = rn_plot_number,
                     .height = 14 };
    fputs("<h2>Losses by step</h2>\n<p class=\"note\">Grey: the reference, and the band of its "
          "losses with other seeds.</p>\n",
          out);
    rn_plot_open(out, &plot);
    draw_envelope(out, &plot, c);
    for (int32_t i = 0; i < c->n_sides; i++) {
        if (!c->sides[i].losses)
            continue;
        rn_print(out, "<g class=\"v%d\">", rn_side_colour(i));
        draw_losses(out, &plot, c->sides[i].losses, c->n_losses, i ? "line" : "line reference");
        fputs("</g>\n", out);
    }
    rn_plot_close(out, &plot);
    rn_plot_end(out);
}
