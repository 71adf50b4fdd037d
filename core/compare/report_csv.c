/* report_csv.c: a comparison as comma-separated values: a row per tensor, side and mode. */
#include "base/text.h"
#include "compare/report_fields.h"
#include "compare/report_rows.h"
#include "compare/reports.h"
#include "report/csv.h"

static void print_shape(FILE *out, const rn_traced *tensor)
{
    for (int32_t i = 0; i < tensor->rank; i++)
        fprintf(out, i ? "x%lld" : "%lld", (long long)tensor->shape[i]);
}

static void print_place(FILE *out, const rn_comparison *c, rn_place place)
{
    const rn_compare_row *row = &c->rows[place.row];
    const rn_compared *compared = rn_place_of(c, place);
    rn_csv_text(out, c->sides[place.side].label);
    rn_print(out, ",%s,%s", rn_compare_mode_words[place.mode],
             rn_traced_kind_words[row->tensor.kind]);
    rn_traced tensor = row->tensor;
    tensor.op = c->rows[compared->by].tensor.op;
    tensor.layer = c->rows[compared->by].tensor.layer;
    rn_fields_csv(out, rn_traced_fields, &tensor);
    fputc(',', out);
    print_shape(out, &row->tensor);
    rn_print(out, ",%s,", rn_verdict_word(compared->verdict));
    rn_csv_number(out, compared->limit);
    fputc(',', out);
    rn_csv_number(out, compared->tolerance);
    fputc(',', out);
    rn_csv_number(out, row->noise[place.mode]);
    rn_fields_csv(out, rn_measures_fields, &compared->measures);
    fputc('\n', out);
}

void rn_compare_csv(FILE *out, const rn_comparison *c)
{
    fputs("side,mode,kind", out);
    rn_fields_csv_names(out, rn_traced_fields);
    fputs(",shape,verdict,limit,tolerance,noise", out);
    rn_fields_csv_names(out, rn_measures_fields);
    fputc('\n', out);
    for (int32_t side = 1; side < c->n_sides; side++)
        for (int32_t row = 0; row < c->n_rows; row++)
            for (int mode = 0; mode < RN_N_COMPARE_MODES; mode++) {
                rn_place place = { row, side, (rn_compare_mode)mode };
                if (rn_place_of(c, place)->verdict != RN_VERDICT_ABSENT)
                    print_place(out, c, place);
            }
}
