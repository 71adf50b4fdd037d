/* report_page.c: the page of a comparison. */
#include <math.h>

#include "base/text.h"
#include "compare/page_parts.h"
#include "compare/report_chart.h"
#include "compare/report_fields.h"
#include "compare/report_rows.h"
#include "compare/reports.h"
#include "io/path_name.h"
#include "report/html.h"

/* ---- Conclusions ---- */

static void print_agreement(FILE *out, const rn_compare_side *side)
{
    if (isnan(side->top1_agreement))
        return;
    rn_print(out, "<p class=\"note\">The same first class in %.4g %% of the images",
             100 * side->top1_agreement);
    if (!isnan(side->top5_agreement))
        rn_print(out, ", the same first five in %.4g %%", 100 * side->top5_agreement);
    fputs(".</p>", out);
}

static void print_conclusions(FILE *out, const rn_comparison *c)
{
    fputs("<ul class=\"sides\">\n", out);
    for (int32_t i = 1; i < c->n_sides; i++) {
        int32_t n = rn_places_failing(c, i);
        rn_print(out, "<li><span class=\"mark v%d\"></span><b>", rn_side_colour(i));
        rn_html_text(out, c->sides[i].label);
        fputs("</b>", out);
        if (c->sides[i].declined)
            fputs("<span class=\"verdict doubt\">not compared</span>", out);
        else
            rn_parts_verdict(out, c->sides[i].verdict);
        fputs("<p>", out);
        rn_html_text(out, rn_side_sentence(c, i));
        fputs("</p>", out);
        if (n)
            rn_print(out, "<p class=\"note\">%d of %d tensors are beyond rounding.</p>", (int)n,
                     (int)c->n_rows);
        print_agreement(out, &c->sides[i]);
        fputs("</li>\n", out);
    }
    fputs("</ul>\n", out);
}

static void print_facts(FILE *out, const rn_comparison *c)
{
    char batch[32], seed[32], repeats[32];
    snprintf(batch, sizeof batch, "%lld", (long long)c->batch);
    snprintf(seed, sizeof seed, "%lld", (long long)c->seed);
    snprintf(repeats, sizeof repeats, "%lld", (long long)c->repeats);
    const rn_html_fact facts[] = {
        { "reference", c->sides[0].label },
        { "cfg", c->cfg },
        { "phase", c->phase },
        { "batch", batch },
        { "seed", seed },
        { "repeats", repeats },
        { "machine", c->machine },
        { "command", c->command },
        { "weights", c->weights_hash },
        { "input", c->input_hash },
        { "hash of the cfg", c->cfg_hash },
        { 0 },
    };
    rn_html_facts(out, facts);
}

/* ---- Speed ---- */

static void print_bars(FILE *out, const rn_comparison *c)
{
    double largest = 0;
    char text[48];
    for (int32_t i = 0; i < c->n_sides; i++)
        if (c->sides[i].speed.n_steps)
            largest = fmax(largest, c->sides[i].speed.images_per_s);
    fputs("<div class=\"bars\">\n", out);
    for (int32_t i = 0; i < c->n_sides; i++) {
        const rn_compare_side *side = &c->sides[i];
        snprintf(text, sizeof text, "%.1f images/s", side->speed.images_per_s);
        rn_parts_bar bar = { side->label, text, side->speed.images_per_s, largest,
                             rn_side_colour(i) };
        if (side->speed.n_steps)
            rn_parts_bar_print(out, &bar);
    }
    fputs("</div>\n", out);
}

static void print_speed_row(FILE *out, const rn_compare_side *side)
{
    const rn_speed *s = &side->speed;
    fputs("<tr>", out);
    rn_parts_heading(out, side->label);
    rn_parts_number(out, "%.3f", s->median_ms);
    rn_parts_number(out, "%.3f", s->p90_ms);
    rn_parts_number(out, "%.3f", s->p99_ms);
    rn_parts_number(out, "%.3f", s->compute_ms);
    rn_parts_number(out, "%.3f", s->device_ms);
    rn_parts_number(out, "%.3f", s->upload_ms + s->download_ms);
    rn_parts_number(out, "%.1f", s->first_ms);
    rn_parts_number(out, "%.1f", s->open_ms);
    rn_parts_number(out, "%.1f", s->gflop_per_s);
    rn_parts_number(out, "%.1f", 100 * s->gflop_per_s / s->peak_gflop_per_s);
    rn_parts_number(out, "%.1f", s->memory_bytes / 1048576);
    rn_parts_number(out, "%.3g", s->joules);
    fputs("</tr>\n", out);
}

static void print_speed(FILE *out, const rn_comparison *c)
{
    static const char *const columns[] = {
        "backend",    "median, ms",    "p90, ms",        "p99, ms",     "computing, ms",
        "device, ms", "transfers, ms", "first step, ms", "opening, ms", "GFLOP/s",
        "% of peak",  "memory, MiB",   "joules",         NULL
    };
    bool any = false;
    for (int32_t i = 0; i < c->n_sides; i++)
        any |= c->sides[i].speed.n_steps > 0;
    if (!any)
        return;
    fputs("<h2>Speed</h2>\n", out);
    print_bars(out, c);
    fputs("<div class=\"wide\"><table class=\"sorts\">\n", out);
    rn_parts_columns(out, columns, 1);
    fputs("<tbody>\n", out);
    for (int32_t i = 0; i < c->n_sides; i++)
        if (c->sides[i].speed.n_steps)
            print_speed_row(out, &c->sides[i]);
    fputs("</tbody></table></div>\n<p class=\"note\">Of a step of the whole batch. Transfers: the "
          "batch to the device and the results from it, apart from computing.</p>\n",
          out);
}

/* ---- Tensors ---- */

static void print_mode_cells(FILE *out, const rn_compared *compared)
{
    if (compared->verdict == RN_VERDICT_ABSENT) {
        fputs("<td>\u2013</td><td class=\"n\" data-v=\"NaN\">\u2013</td>", out);
        return;
    }
    fputs("<td>", out);
    rn_parts_verdict(out, compared->verdict);
    fputs("</td>", out);
    rn_parts_number(out, "%.2e", rn_compared_relative(compared));
}

/* The worse of the two modes. */
static const rn_compared *worse(const rn_compared modes[RN_N_COMPARE_MODES])
{
    return modes[RN_COMPARE_ISOLATED].verdict >= modes[RN_COMPARE_CHAINED].verdict
               ? &modes[RN_COMPARE_ISOLATED]
               : &modes[RN_COMPARE_CHAINED];
}

static void print_row(FILE *out, const rn_comparison *c, int32_t side, int32_t i)
{
    const rn_compare_row *row = &c->rows[i];
    const rn_compared *compared = worse(row->sides[side]);
    char name[RN_PLACE_NAME];
    rn_traced_full_name(&row->tensor, name);
    rn_print(out, "<tr data-verdict=\"%s\"><td class=\"n\" data-v=\"%d\">%d</td>",
             rn_verdict_word(compared->verdict), (int)i, (int)i + 1);
    rn_parts_heading(out, name);
    rn_parts_text(out, row->tensor.op);
    for (int mode = 0; mode < RN_N_COMPARE_MODES; mode++)
        if (c->modes[mode])
            print_mode_cells(out, &row->sides[side][mode]);
    rn_parts_number(out, "%.2e", compared->tolerance);
    rn_parts_number(out, "%.2e", compared->measures.max_relative);
    rn_parts_number(out, "%.2e", 1 - compared->measures.cosine);
    rn_parts_number(out, "%.1f", compared->measures.ulp_p99);
    rn_parts_number(out, "%.1f", compared->measures.rounding_bits);
    fputs("</tr>\n", out);
}

static void print_columns(FILE *out, const rn_comparison *c)
{
    static const char *const last[] = { "allowed", "max / RMS", "1 \u2212 cosine", "ULP, p99",
                                        "bits" };
    fputs("<thead><tr><th class=\"n\">#</th><th>tensor</th><th>operator</th>", out);
    for (int mode = 0; mode < RN_N_COMPARE_MODES; mode++)
        if (c->modes[mode])
            rn_print(out, "<th>%s</th><th class=\"n\">relative</th>", rn_compare_mode_words[mode]);
    for (size_t i = 0; i < sizeof last / sizeof *last; i++)
        rn_print(out, "<th class=\"n\">%s</th>", last[i]);
    fputs("</tr></thead>\n<tbody>\n", out);
}

static void print_table(FILE *out, const rn_comparison *c, int32_t side)
{
    bool open = c->n_sides == 2 || rn_verdict_fails(c->sides[side].verdict);
    rn_print(out, "<details%s><summary>", open ? " open" : "");
    rn_html_text(out, c->sides[side].label);
    fputs("</summary>\n<div class=\"wide\"><table class=\"sorts\">\n", out);
    print_columns(out, c);
    for (int32_t i = 0; i < c->n_rows; i++)
        print_row(out, c, side, i);
    fputs("</tbody></table></div></details>\n", out);
}

static void print_tensors(FILE *out, const rn_comparison *c)
{
    if (!c->n_rows)
        return;
    fputs(
        "<h2>Differences in the order of computation</h2>\n<p class=\"note\">The RMS "
        "of the differences from the reference, divided by the RMS of the tensor. Dots: each "
        "operator had the reference's inputs. Lines: errors grow from layer to layer. Dotted: what "
        "is allowed of dots; lines may cross it as far as rounding before them explains. Large "
        "dots: beyond what rounding explains.</p>\n",
        out);
    rn_compare_legend(out, c);
    rn_compare_charts(out, c);
    fputs("<h2>Tensors</h2>\n", out);
    for (int32_t side = 1; side < c->n_sides; side++)
        if (!c->sides[side].declined)
            print_table(out, c, side);
}

/* ---- What computed ---- */

static void print_about(FILE *out, const rn_comparison *c)
{
    bool any = false;
    for (int32_t i = 0; i < c->n_sides; i++)
        any |= c->sides[i].about != NULL;
    fputs(any ? "<h2>What computed</h2>\n" : "", out);
    for (int32_t i = 0; i < c->n_sides; i++) {
        if (!c->sides[i].about)
            continue;
        fputs("<details><summary>", out);
        rn_html_text(out, c->sides[i].label);
        fputs("</summary>\n", out);
        rn_parts_about(out, c->sides[i].about);
        fputs("</details>\n", out);
    }
}

void rn_compare_html(FILE *out, const rn_comparison *c)
{
    char title[256];
    snprintf(title, sizeof title, "Comparison of %s", rn_path_name(c->cfg));
    rn_html_open(out, title, rn_parts_styles);
    fputs("<div class=\"page\">\n", out);
    print_conclusions(out, c);
    print_facts(out, c);
    print_speed(out, c);
    rn_compare_losses(out, c);
    print_tensors(out, c);
    print_about(out, c);
    fputs("</div>\n", out);
    rn_parts_script(out);
    rn_html_close(out);
}
