/* bench_print.c: prints the operators, their sums by type and the whole step. */
#include "commands/bench_print.h"

#include <math.h>
#include <stdio.h>

#include "base/text.h"
#include "commands/profile_print.h"

#define MIB 1048576.0

/* The heading of a column that only some reports have. */
static const char *device_heading(const rn_bench_times *times)
{
    return times->profile ? "  device ms" : "";
}

static void print_device_ms(const rn_bench_times *times, double ms)
{
    if (times->profile)
        rn_print(stdout, " %10.3f", ms);
}

/* The columns that only some rows have. */
static void print_rate(const rn_bench_row *row, const char *algorithm)
{
    if (row->macs)
        rn_print(stdout, " %9.1f", rn_bench_rate(row));
    if (*algorithm)
        rn_print(stdout, "%*s%s", row->macs ? 2 : 12, "", algorithm);
    putchar('\n');
}

static void print_layers(const rn_bench_times *times, const rn_bench_rows *rows)
{
    rn_print(stdout, "%-36s %-26s %10s%s %9s  algorithm\n", "layer", "operator", "ms",
             device_heading(times), "GFLOP/s");
    for (int32_t i = 0; i < times->plan->n_launches; i++) {
        const rn_bench_row row = rn_bench_rows_of(times, i);
        rn_print(stdout, "%-36s %-26s %10.3f", times->plan->launches[i].node->name, row.name,
                 row.ms);
        print_device_ms(times, row.device_ms);
        print_rate(&row, rows->answers[i].algorithm);
    }
}

static void print_kinds(const rn_bench_times *times, const rn_bench_rows *rows)
{
    rn_print(stdout, "\n%-36s %26s %10s %9s%s %9s\n", "operator", "how many", "ms", "of a step",
             device_heading(times), "GFLOP/s");
    for (int32_t i = 0; i <= rows->count; i++) {
        const rn_bench_row *row = i < rows->count ? &rows->list[i] : &rows->all;
        rn_print(stdout, "%-36s %26d %10.3f %8.1f%%", i < rows->count ? row->name : "all",
                 row->count, row->ms, 100 * row->ms / times->speed.median_ms);
        print_device_ms(times, row->device_ms);
        print_rate(row, "");
    }
}

static void print_profile(const rn_bench_times *times)
{
    double step_ms = times->speed.median_ms;
    if (!times->profile)
        return;
    rn_profile_print(times->profile, step_ms);
    rn_print(stdout, "\nof a step the device computes for %.3f ms (%.1f%%), by its own clock\n",
             times->profile->ms, 100 * times->profile->ms / step_ms);
}

/* The device's part of what it can do; nothing where its peak is not known. */
static void print_rates(const rn_speed *speed)
{
    rn_print(stdout, "%.1f images/s, %.1f GFLOP/s", speed->images_per_s, speed->gflop_per_s);
    if (isfinite(speed->peak_gflop_per_s))
        rn_print(stdout, " (%.0f%% of the %.1f of a large matrix product)",
                 100 * speed->gflop_per_s / speed->peak_gflop_per_s, speed->peak_gflop_per_s);
    if (isfinite(speed->joules))
        rn_print(stdout, ", %.3g J a step of the %s", speed->joules, speed->energy_of);
    putchar('\n');
}

static void print_step(const rn_bench_times *t, const rn_bench_rows *rows)
{
    const rn_speed *speed = &t->speed;
    rn_print(stdout, "median %.2f ms, 90th percentile %.2f ms, 99th %.2f ms", speed->median_ms,
             speed->p90_ms, speed->p99_ms);
    if (t->plans->n_all == 1)
        rn_print(stdout, "; the operators above explain %.1f%%",
                 100 * rows->all.ms / speed->median_ms);
    putchar('\n');
    print_rates(speed);
    rn_print(stdout,
             "of a step the host takes %.3f ms to hand it to the device, then waits %.3f ms "
             "for its results\n",
             t->enqueue_ms, t->result_wait_ms);
    rn_print(stdout, "one after the other: upload %.3f ms, computing %.3f ms, download %.3f ms\n",
             speed->upload_ms, speed->compute_ms, speed->download_ms);
    rn_print(stdout,
             "peak memory %.1f MiB, of which %.1f MiB on the device; ready for the first step "
             "after %.0f ms, its end after %.0f ms\n",
             (double)t->peak_bytes / MIB, speed->memory_bytes / MIB, t->ready_ms,
             t->ready_ms + speed->first_ms);
}

const char *rn_bench_sentence(const rn_bench_times *times, char text[RN_BENCH_SENTENCE])
{
    const rn_slower *slower = &times->slower;
    bool is_slower = slower->ratio > 1;
    double sign = is_slower ? 100 : -100;
    double low = sign * (slower->low - 1), high = sign * (slower->high - 1);
    if (slower->differs)
        snprintf(text, RN_BENCH_SENTENCE, "%s by %.1f %% (99 %% interval %.1f to %.1f)",
                 is_slower ? "slower" : "faster", sign * (slower->ratio - 1), fmin(low, high),
                 fmax(low, high));
    else
        snprintf(text, RN_BENCH_SENTENCE, "no difference that %lld steps can show",
                 (long long)times->speed.n_steps);
    return text;
}

static void print_baseline(const rn_bench_times *times)
{
    char text[RN_BENCH_SENTENCE];
    if (times->baseline)
        rn_print(stdout, "beside %s: %s\n", times->baseline, rn_bench_sentence(times, text));
}

void rn_bench_print(const rn_bench_times *t, const rn_bench_rows *rows)
{
    if (t->plans->n_all == 1) {
        print_layers(t, rows);
        print_kinds(t, rows);
        print_profile(t);
    } else {
        rn_print(stdout, "On several devices whole steps are timed, not operators; give one device "
                         "for these.\n");
    }
    rn_print(stdout, "\n%s on %s (%s), %s, batch %lld\n", t->session->config->name,
             rn_bench_label(t), t->plan->device->info.library,
             t->plans->pass == RN_PASS_TRAIN ? "training step" : "inference",
             (long long)t->plans->batch);
    print_step(t, rows);
    if (t->ranks.n_ranks > 1)
        rn_bench_ranks_print(&t->ranks);
    if (t->loader)
        rn_bench_loader_print(t->loader, t->wait_ms);
    print_baseline(t);
}
