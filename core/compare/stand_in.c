/* stand_in.c: conclusions and reports in their shortest form, which better ones replace. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "base/text.h"
#include "compare/reports.h"

__attribute__((weak)) rn_status rn_comparison_conclude(rn_comparison *c)
{
    for (int32_t s = 1; s < c->n_sides; s++) {
        rn_compare_side *side = &c->sides[s];
        char text[600];
        if (side->declined)
            continue;
        for (int mode = RN_N_COMPARE_MODES - 1; mode >= 0; mode--)
            for (int32_t i = 0; i < c->n_rows; i++) {
                rn_verdict verdict = c->rows[i].sides[s][mode].verdict;
                if (verdict <= side->verdict)
                    continue;
                side->verdict = verdict;
                side->first_row = i;
                side->first_mode = (rn_compare_mode)mode;
            }
        for (int64_t i = 0; i < c->n_losses && side->first_step < 0; i++)
            if (!(side->losses[i] >= c->envelope[0][i] && side->losses[i] <= c->envelope[1][i])) {
                side->first_step = i;
                side->verdict = RN_VERDICT_DIVERGES;
            }
        const rn_traced *t = side->first_row >= 0 ? &c->rows[side->first_row].tensor : NULL;
        bool fails = rn_verdict_fails(side->verdict);
        snprintf(text, sizeof text, "%s%s%s%s", rn_verdict_sentence(side->verdict),
                 fails && t ? " from " : "", fails && t ? rn_traced_prefix(t->kind) : "",
                 fails && t ? t->name : "");
        side->sentence = strdup(text);
        if (!side->sentence)
            return rn_fail(RN_E_NOMEM, "no memory for the comparison");
    }
    return RN_OK;
}

static void print_row(FILE *out, const rn_comparison *c, int32_t i)
{
    const rn_traced *t = &c->rows[i].tensor;
    rn_print(out, "%-6s%-32s %-22s %10lld %8.1e %8.1e", rn_traced_prefix(t->kind), t->name, t->op,
             (long long)t->count, c->rows[i].noise[0], c->rows[i].noise[1]);
    for (int32_t s = 1; s < c->n_sides; s++)
        for (int mode = 0; mode < RN_N_COMPARE_MODES; mode++) {
            const rn_compared *one = &c->rows[i].sides[s][mode];
            rn_print(out, "  %9.2e %9.2e %-8s", one->measures.max_relative, one->limit,
                     rn_verdict_word(one->verdict));
        }
    fputc('\n', out);
}

__attribute__((weak)) void rn_compare_text(FILE *out, const rn_comparison *c)
{
    for (int32_t i = 0; i < c->n_rows; i++)
        print_row(out, c, i);
    for (int64_t i = 0; i < c->n_losses; i++) {
        rn_print(out, "%5lld %9.6f..%9.6f", (long long)i, c->envelope[0][i], c->envelope[1][i]);
        for (int32_t s = 0; s < c->n_sides; s++)
            if (c->sides[s].losses)
                rn_print(out, " %12.8f", c->sides[s].losses[i]);
        fputc('\n', out);
    }
    for (int32_t s = 1; s < c->n_sides; s++)
        rn_print(out, "%s: %s (top-1 %g, top-5 %g)\n", c->sides[s].label, c->sides[s].sentence,
                 c->sides[s].top1_agreement, c->sides[s].top5_agreement);
}

__attribute__((weak)) rn_status rn_compare_json(FILE *out, const rn_comparison *c)
{
    (void)out;
    (void)c;
    return rn_fail(RN_E_UNSUPPORTED, "compare has no JSON yet");
}
