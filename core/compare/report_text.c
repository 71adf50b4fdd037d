/* report_text.c: a comparison as a table of at most 100 columns. */
#include <math.h>
#include <string.h>

#include "base/text.h"
#include "compare/report_fields.h"
#include "compare/report_rows.h"
#include "compare/reports.h"
#include "report/column.h"

#define WORST_ROWS 5
#define MAX_LABEL 34

static int label_width(const rn_comparison *c)
{
    size_t width = 4;
    for (int32_t i = 0; i < c->n_sides; i++)
        if (strlen(c->sides[i].label) > width)
            width = strlen(c->sides[i].label);
    return width > MAX_LABEL ? MAX_LABEL : (int)width;
}

/* ---- What was compared ---- */

static void print_hash(FILE *out, const char *name, const char *hash)
{
    if (hash)
        rn_print(out, "  %s %.12s", name, hash);
}

static void print_header(FILE *out, const rn_comparison *c)
{
    rn_print(out, "%s, %s, batch %lld, seed %lld", c->cfg, c->phase, (long long)c->batch,
             (long long)c->seed);
    for (int mode = 0, n = 0; mode < RN_N_COMPARE_MODES; mode++)
        if (c->modes[mode])
            rn_print(out, "%s%s", n++ ? " and " : ", ", rn_compare_mode_words[mode]);
    fputc('\n', out);
    if (c->machine)
        rn_print(out, "%s\n", c->machine);
    fputs("hashes", out);
    print_hash(out, "weights", c->weights_hash);
    print_hash(out, "input", c->input_hash);
    print_hash(out, "cfg", c->cfg_hash);
    fputs("\n\n", out);
}

/* ---- Conclusions ---- */

static void print_agreement(FILE *out, int width, const rn_compare_side *side)
{
    if (isnan(side->top1_agreement))
        return;
    rn_print(out, "  %-*s  the same first class in %.4g %%", width, "", 100 * side->top1_agreement);
    if (!isnan(side->top5_agreement))
        rn_print(out, ", first five in %.4g %%", 100 * side->top5_agreement);
    fputc('\n', out);
}

static void print_loss(FILE *out, int width, const rn_comparison *c, const rn_compare_side *side)
{
    if (!side->losses || c->n_losses < 1)
        return;
    int64_t last = c->n_losses - 1;
    rn_print(out, "  %-*s  loss %.6g after %lld steps", width, "", side->losses[last],
             (long long)c->n_losses);
    if (c->envelope[0] && c->envelope[1])
        rn_print(out, ", other seeds %.6g to %.6g", c->envelope[0][last], c->envelope[1][last]);
    fputc('\n', out);
}

static void print_conclusions(FILE *out, const rn_comparison *c)
{
    int width = label_width(c);
    for (int32_t i = 0; i < c->n_sides; i++) {
        const rn_compare_side *side = &c->sides[i];
        rn_print(out, "  %-*s  %s\n", width, side->label, rn_side_sentence(c, i));
        if (i > 0)
            print_agreement(out, width, side);
        print_loss(out, width, c, side);
    }
}

/* ---- Tensors ---- */

static void print_names(FILE *out)
{
    rn_print(out, "  %-36s %-13s %-8s %-8s %9s %9s %9s\n", "tensor", "operator", "mode", "verdict",
             "rel. RMS", "allowed", "1-cosine");
}

/* A name that is too long loses its beginning: its end tells more. */
static void print_place(FILE *out, const rn_comparison *c, rn_place place)
{
    const rn_compared *compared = rn_place_of(c, place);
    const rn_traced *tensor = &c->rows[place.row].tensor;
    char name[RN_PLACE_NAME];
    rn_traced_full_name(tensor, name);
    size_t length = strlen(name), cut = length > 36 ? length - 36 : 0;
    rn_print(out, "  %-36s %-13.13s %-8s %-8s %9.2g %9.2g %9.2g\n", name + cut, tensor->op,
             rn_compare_mode_words[place.mode], rn_verdict_word(compared->verdict),
             rn_compared_relative(compared), compared->tolerance, 1 - compared->measures.cosine);
}

static void print_worst(FILE *out, const rn_comparison *c, int32_t side)
{
    rn_place places[WORST_ROWS];
    int32_t n = rn_places_worst(c, side, WORST_ROWS, places);
    int32_t n_failing = rn_places_failing(c, side), first = c->sides[side].first_row;
    if (n_failing)
        rn_print(out, "\n%s: %d of %d tensors are beyond rounding; the worst:\n",
                 c->sides[side].label, (int)n_failing, (int)c->n_rows);
    else
        rn_print(out, "\n%s: the largest of the differences of %d tensors, by what is allowed:\n",
                 c->sides[side].label, (int)c->n_rows);
    print_names(out);
    for (int32_t i = 0; i < n; i++)
        print_place(out, c, places[i]);
    if (first < 0)
        return;
    fputs("  the first in the order of computation:\n", out);
    print_place(out, c, (rn_place){ first, side, c->sides[side].first_mode });
}

static void print_every(FILE *out, const rn_comparison *c, int32_t side)
{
    rn_print(out, "\n%s: every tensor in the order of computation:\n", c->sides[side].label);
    print_names(out);
    for (int32_t row = 0; row < c->n_rows; row++)
        for (int mode = 0; mode < RN_N_COMPARE_MODES; mode++) {
            rn_place place = { row, side, (rn_compare_mode)mode };
            if (rn_place_of(c, place)->verdict != RN_VERDICT_ABSENT)
                print_place(out, c, place);
        }
}

/* ---- Speed ---- */

static void print_side_speed(FILE *out, int width, const rn_compare_side *side)
{
    const rn_speed *s = &side->speed;
    rn_print(out, "  %-*.*s", width, width, side->label);
    rn_column_number(out, 10, "%.2f", s->median_ms);
    rn_column_number(out, 9, "%.2f", s->p90_ms);
    rn_column_number(out, 9, "%.2f", s->p99_ms);
    rn_column_number(out, 10, "%.1f", s->images_per_s);
    rn_column_number(out, 9, "%.1f", s->gflop_per_s);
    rn_column_number(out, 6, "%.0f %%", 100 * s->gflop_per_s / s->peak_gflop_per_s);
    rn_column_number(out, 9, "%.1f", s->memory_bytes / 1048576);
    rn_column_number(out, 8, "%.3g", s->joules);
    fputc('\n', out);
}

static void print_speed(FILE *out, const rn_comparison *c)
{
    int width = label_width(c), n = 0;
    for (int32_t i = 0; i < c->n_sides; i++)
        n += c->sides[i].speed.n_steps > 0;
    if (!n)
        return;
    width = width > 26 ? 26 : width;
    rn_print(out, "\n  %-*s %9s %8s %8s %9s %8s %5s %8s %7s\n", width, "of a step", "median ms",
             "p90", "p99", "images/s", "GFLOP/s", "peak", "MiB", "joules");
    for (int32_t i = 0; i < c->n_sides; i++)
        if (c->sides[i].speed.n_steps)
            print_side_speed(out, width, &c->sides[i]);
}

static void print_report(FILE *out, const rn_comparison *c, bool all)
{
    print_header(out, c);
    print_conclusions(out, c);
    for (int32_t i = 1; i < c->n_sides && c->n_rows; i++)
        if (!c->sides[i].declined)
            (all ? print_every : print_worst)(out, c, i);
    print_speed(out, c);
}

void rn_compare_text(FILE *out, const rn_comparison *comparison)
{
    print_report(out, comparison, false);
}

void rn_compare_text_all(FILE *out, const rn_comparison *comparison)
{
    print_report(out, comparison, true);
}
