/* comparison.c: releasing what a comparison holds. */
#include "compare/comparison.h"

#include <stdlib.h>

static void clear_side(rn_compare_side *side)
{
    free(side->label);
    free(side->sentence);
    free(side->losses);
    rn_speed_clear(&side->speed);
    json_decref(side->about);
}

void rn_comparison_clear(rn_comparison *comparison)
{
    for (int32_t i = 0; i < comparison->n_rows; i++) {
        const rn_traced *tensor = &comparison->rows[i].tensor;
        free((char *)tensor->name);
        free((char *)tensor->op);
        free((char *)tensor->layer);
    }
    for (int32_t i = 0; i < comparison->n_sides; i++)
        clear_side(&comparison->sides[i]);
    free(comparison->rows);
    free(comparison->weights_hash);
    free(comparison->input_hash);
    free(comparison->cfg_hash);
    free(comparison->machine);
    free(comparison->command);
    free(comparison->envelope[0]);
    free(comparison->envelope[1]);
    *comparison = (rn_comparison){ 0 };
}
