/* made_comparison.c: fills a comparison with numbers of all kinds. */
#include "compare/made_comparison.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void make_measures(rn_compared *compared, int32_t row, bool fails)
{
    double relative = 1e-7 * (1 + row % 7) * (fails ? 1e5 : 1);
    compared->limit = 2e-6;
    compared->tolerance = 4e-6;
    compared->by = row;
    compared->verdict = fails ? RN_VERDICT_WRONG : RN_VERDICT_ROUNDING;
    compared->measures = (rn_measures){ .count = 64 * (row + 1),
                                        .rms = 0.5,
                                        .max_abs = 3 * relative * 0.5,
                                        .max_relative = 3 * relative,
                                        .nmse = relative * relative,
                                        .cosine = 1 - relative * relative / 2,
                                        .ulp_median = 1,
                                        .ulp_p99 = 4,
                                        .ulp_max = relative * 1e8,
                                        .n_differing = 10,
                                        .worst = row,
                                        .share_far = 0.125,
                                        .rounding_bits = fails ? NAN : 23 };
}

/* Computed by the operator of the first row. */
static void make_equal(rn_compared *compared)
{
    compared->limit = compared->tolerance = 2e-6;
    compared->verdict = RN_VERDICT_EQUAL;
    compared->measures = (rn_measures){ .count = 8, .rms = 1, .cosine = 1, .rounding_bits = NAN };
}

/* A third of the tensors are of the first stage, and so on; the last 20 are gradients. */
static void make_row(rn_compare_row *row, int32_t i)
{
    char name[64];
    bool is_gradient = i >= 40;
    snprintf(name, sizeof name, "layer%d.%d.conv%d", 1 + i % 40 / 10, i % 10 / 5, i % 5);
    row->tensor = (rn_traced){ .kind = is_gradient ? RN_TRACED_GRADIENT : RN_TRACED_FORWARD,
                               .name = strdup(i == 7 ? MADE_NAME : name),
                               .op = strdup(is_gradient ? "conv2d_grad" : "conv2d"),
                               .layer = strdup(name),
                               .rank = 4,
                               .shape = { 2, 8, 4, i + 1 },
                               .count = 64 * (i + 1),
                               .sum_length = 27,
                               .index = i };
    row->noise[RN_COMPARE_CHAINED] = 1e-6;
    row->noise[RN_COMPARE_ISOLATED] = NAN;
    make_measures(&row->sides[1][RN_COMPARE_CHAINED], i, false);
    make_measures(&row->sides[2][RN_COMPARE_CHAINED], i, i >= MADE_FIRST);
    make_measures(&row->sides[2][RN_COMPARE_ISOLATED], i, i == MADE_FIRST);
    if (i != 5)
        make_equal(&row->sides[1][RN_COMPARE_ISOLATED]);
}

static double *make_losses(double from)
{
    double *losses = calloc(MADE_LOSSES, sizeof *losses);
    for (int i = 0; i < MADE_LOSSES; i++)
        losses[i] = from * exp(-0.1 * i);
    return losses;
}

static void make_speed(rn_speed *speed, double ms)
{
    *speed = (rn_speed){ .n_steps = 3,
                         .times_ms = calloc(3, sizeof(double)),
                         .first_ms = 9 * ms,
                         .open_ms = 20 * ms,
                         .median_ms = ms,
                         .p90_ms = 1.1 * ms,
                         .p99_ms = 1.5 * ms,
                         .images_per_s = 4e3 / ms,
                         .gflop_per_s = 100 / ms,
                         .peak_gflop_per_s = 400,
                         .upload_ms = 0.25,
                         .download_ms = NAN,
                         .compute_ms = 0.9 * ms,
                         .device_ms = NAN,
                         .memory_bytes = 12345678,
                         .joules = 1.5,
                         .energy_of = "processors (RAPL)" };
    for (int i = 0; i < 3; i++)
        speed->times_ms[i] = ms * (1 + 0.1 * i);
}

static void make_side(rn_compare_side *side, const char *label, double ms, double loss)
{
    side->label = strdup(label);
    side->first_row = -1;
    side->first_step = -1;
    side->top1_agreement = side->top5_agreement = NAN;
    side->losses = make_losses(loss);
    side->about = json_pack("{s:s, s:s, s:{s:s, s:i}, s:[s, s]}", "device", label, "precision",
                            "fp32", "versions", "library", "1.2.3 <x>", "driver", 550, "algorithms",
                            "direct", "winograd");
    make_speed(&side->speed, ms);
}

rn_comparison made_comparison(void)
{
    rn_comparison c = { .cfg = "share/models/made.cfg",
                        .phase = "train",
                        .weights_hash = strdup("0123456789abcdef0123"),
                        .input_hash = strdup("fedcba9876543210fedc"),
                        .command = strdup("resnet-run compare 'a b'"),
                        .machine = strdup("A processor, Linux 6.1"),
                        .seed = 7,
                        .batch = 4,
                        .repeats = 2,
                        .modes = { true, true },
                        .rows = calloc(MADE_ROWS, sizeof(rn_compare_row)),
                        .n_rows = MADE_ROWS,
                        .n_sides = 3,
                        .n_losses = MADE_LOSSES,
                        .envelope = { make_losses(2.2), make_losses(2.4) } };
    for (int32_t i = 0; i < MADE_ROWS; i++)
        make_row(&c.rows[i], i);
    make_side(&c.sides[0], "reference:0", 200, 2.3);
    make_side(&c.sides[1], "onednn:0", 4, 2.31);
    make_side(&c.sides[2], "opencl:0, conv=<direct> & \"more\"", 8, 3);
    c.sides[1].verdict = RN_VERDICT_ROUNDING;
    c.sides[1].top1_agreement = 1;
    c.sides[1].top5_agreement = 0.75;
    c.sides[2].verdict = RN_VERDICT_WRONG;
    c.sides[2].first_row = MADE_FIRST;
    c.sides[2].first_mode = RN_COMPARE_ISOLATED;
    c.sides[2].first_step = 3;
    c.sides[2].sentence = strdup("wrong from layer3.0.conv1 (conv2d) on");
    rn_measures *infinite = &c.rows[MADE_FIRST].sides[2][RN_COMPARE_ISOLATED].measures;
    infinite->max_abs = infinite->max_relative = infinite->nmse = HUGE_VAL;
    infinite->cosine = NAN;
    infinite->n_nonfinite = 1;
    return c;
}
