/* bench_rows.c: the operators of a step, and their sums by type. */
#include "commands/bench_rows.h"

#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "graph/op.h"

rn_bench_row rn_bench_rows_of(const rn_bench_times *times, int32_t i)
{
    const rn_node *node = times->plan->launches[i].node;
    return (rn_bench_row){ .name = node->op->name,
                           .count = 1,
                           .ms = times->layers_ms[i],
                           .device_ms = times->profile ? times->profile->launches_ms[i] : 0,
                           .macs = rn_speed_macs(node) * times->plans->n_parts };
}

double rn_bench_rate(const rn_bench_row *row)
{
    double ms = row->device_ms > 0 ? row->device_ms : row->ms;
    return ms > 0 ? 2e-6 * (double)row->macs / ms : 0;
}

static int by_ms(const void *a, const void *b)
{
    double x = ((const rn_bench_row *)a)->ms, y = ((const rn_bench_row *)b)->ms;
    return x > y ? -1 : x < y;
}

static void count_in(rn_bench_row *to, const rn_bench_row *from)
{
    to->count += from->count;
    to->ms += from->ms;
    to->device_ms += from->device_ms;
    to->macs += from->macs;
}

static rn_bench_row *row_of(rn_bench_rows *rows, const char *name)
{
    for (int32_t i = 0; i < rows->count; i++)
        if (strcmp(rows->list[i].name, name) == 0)
            return &rows->list[i];
    rows->list[rows->count].name = name;
    return &rows->list[rows->count++];
}

rn_status rn_bench_rows_add_up(const rn_bench_times *times, rn_bench_rows *rows)
{
    const rn_plan *plan = times->plan;
    rn_status status = RN_OK;
    rows->list = calloc((size_t)plan->n_launches + 1, sizeof *rows->list);
    rows->answers = calloc((size_t)plan->n_launches + 1, sizeof *rows->answers);
    if (!rows->list || !rows->answers)
        return rn_fail(RN_E_NOMEM, "no memory for the report");
    for (int32_t i = 0; i < plan->n_launches && !status; i++) {
        const rn_bench_row row = rn_bench_rows_of(times, i);
        count_in(row_of(rows, row.name), &row);
        count_in(&rows->all, &row);
        status = rn_device_query(plan->device, plan->launches[i].node, &rows->answers[i]);
    }
    qsort(rows->list, (size_t)rows->count, sizeof *rows->list, by_ms);
    return status;
}

void rn_bench_rows_clear(rn_bench_rows *rows)
{
    free(rows->list);
    free(rows->answers);
}

const char *rn_bench_label(const rn_bench_times *times)
{
    return times->plans->n_ranks > 1 ? times->session->label : times->plan->device->label;
}
