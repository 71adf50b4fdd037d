/* summary_peak.c: the tensors of the peak as a table and as JSON. */
#include "commands/summary_peak.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/json.h"
#include "base/status.h"
#include "base/text.h"
#include "graph/op.h"
#include "plan/alive.h"

#define MOST_ROWS 8 /* of the table */

static const rn_node *peak_node(const rn_plan *plan)
{
    return plan->dag->nodes[plan->memory->peak_node];
}

static const char *name_of(const rn_plan *plan, const rn_alive *row)
{
    return row->value ? row->value->name : peak_node(plan)->name;
}

/* What made it. */
static const char *maker_of(const rn_alive *row)
{
    if (!row->value)
        return "(workspace)";
    return row->value->producer ? row->value->producer->op->name
           : row->value->parts  ? "(several)"
                                : "(input)";
}

static void print_row(const rn_plan *plan, const rn_alive *row)
{
    char text[32];
    rn_print(stdout, "  %-34s %-26s %-22s %12s\n", name_of(plan, row), maker_of(row),
             row->value ? RN_DESC_STRING(&row->value->desc) : "", rn_text_mib(row->bytes, text));
}

rn_status rn_summary_peak_print(const char *title, const rn_plan *plan)
{
    rn_alive *list = NULL;
    int32_t n = 0;
    uint64_t others = 0;
    char text[32];
    rn_status status = rn_alive_list(plan, &list, &n);
    if (status || n == 0)
        goto done;
    rn_print(stdout, "\nAt the peak of %s, in %s (%s), the arena holds %s:\n", title,
             peak_node(plan)->name, peak_node(plan)->op->name,
             rn_text_mib(plan->memory->lower_bound_bytes, text));
    for (int32_t i = 0; i < n; i++)
        if (i < MOST_ROWS)
            print_row(plan, &list[i]);
        else
            others += list[i].bytes;
    if (n > MOST_ROWS)
        rn_print(stdout, "  %-84s %12s\n", "others", rn_text_mib(others, text));
done:
    free(list);
    return status;
}

static rn_status append(const rn_plan *plan, const rn_alive *row, json_t *alive)
{
    json_t *json = json_pack("{s:o, s:s, s:I}", "name", rn_json_text(name_of(plan, row)), "made_by",
                             maker_of(row), "bytes", (json_int_t)row->bytes);
    return json_array_append_new(alive, json) ? rn_fail(RN_E_NOMEM, "no memory for the summary")
                                              : RN_OK;
}

rn_status rn_summary_peak_json(const rn_plan *plan, json_t **out)
{
    rn_alive *list = NULL;
    int32_t n = 0;
    json_t *alive = json_array();
    rn_status status = rn_alive_list(plan, &list, &n);
    for (int32_t i = 0; i < n && !status; i++)
        status = append(plan, &list[i], alive);
    free(list);
    if (status || n == 0) {
        json_decref(alive);
        *out = status ? NULL : json_null();
        return status;
    }
    *out = json_pack("{s:o, s:s, s:I, s:o}", "layer", rn_json_text(peak_node(plan)->name),
                     "operator", peak_node(plan)->op->name, "bytes",
                     (json_int_t)plan->memory->lower_bound_bytes, "alive", alive);
    return *out ? RN_OK : rn_fail(RN_E_NOMEM, "no memory for the summary");
}
