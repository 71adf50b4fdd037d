/* stand_in.c: conclusions in their shortest form, which better ones replace. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "compare/comparison.h"

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
