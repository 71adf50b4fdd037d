/* report_rows.c: which tensors a report shows first. */
#include "compare/report_rows.h"

#include <math.h>
#include <string.h>

#include "base/text.h"

const rn_compared *rn_place_of(const rn_comparison *comparison, rn_place place)
{
    return &comparison->rows[place.row].sides[place.side][place.mode];
}

double rn_compared_relative(const rn_compared *compared)
{
    return sqrt(compared->measures.nmse);
}

/* The difference in what is allowed; NaN, which is no order, never. */
static double excess(const rn_compared *compared)
{
    double excess = rn_compared_relative(compared) / compared->tolerance;
    return isnan(excess) ? 0 : excess;
}

static bool is_worse(const rn_compared *a, const rn_compared *b)
{
    bool a_fails = rn_verdict_fails(a->verdict), b_fails = rn_verdict_fails(b->verdict);
    if (a_fails != b_fails)
        return a_fails;
    if (a_fails && a->verdict != b->verdict)
        return a->verdict > b->verdict;
    return excess(a) > excess(b);
}

/* Puts a place where it belongs in a list of at most `most`. */
static int32_t insert(const rn_comparison *c, rn_place place, int32_t n, int32_t most,
                      rn_place *places)
{
    int32_t at = n;
    while (at > 0 && is_worse(rn_place_of(c, place), rn_place_of(c, places[at - 1])))
        at--;
    if (at == most)
        return n;
    n += n < most;
    memmove(&places[at + 1], &places[at], (size_t)(n - 1 - at) * sizeof *places);
    places[at] = place;
    return n;
}

int32_t rn_places_worst(const rn_comparison *c, int32_t side, int32_t most, rn_place *places)
{
    int32_t n = 0;
    for (int32_t row = 0; row < c->n_rows; row++)
        for (int mode = 0; mode < RN_N_COMPARE_MODES; mode++) {
            rn_place place = { row, side, (rn_compare_mode)mode };
            if (rn_place_of(c, place)->verdict != RN_VERDICT_ABSENT)
                n = insert(c, place, n, most, places);
        }
    return n;
}

int32_t rn_places_failing(const rn_comparison *c, int32_t side)
{
    int32_t n = 0;
    for (int32_t row = 0; row < c->n_rows; row++) {
        const rn_compared *modes = c->rows[row].sides[side];
        n += rn_verdict_fails(modes[RN_COMPARE_CHAINED].verdict) ||
             rn_verdict_fails(modes[RN_COMPARE_ISOLATED].verdict);
    }
    return n;
}

const char *rn_side_sentence(const rn_comparison *c, int32_t side)
{
    if (side == 0)
        return "the reference";
    const char *sentence = c->sides[side].sentence;
    return sentence ? sentence : rn_verdict_sentence(c->sides[side].verdict);
}

void rn_traced_full_name(const rn_traced *tensor, char name[RN_PLACE_NAME])
{
    const char *prefix = rn_traced_prefix(tensor->kind);
    size_t length = strlen(prefix);
    memcpy(name, prefix, length);
    rn_text_show(name + length, RN_PLACE_NAME - length, tensor->name);
}
