/* mistakes.c: looks at the mistakes again. */
#include "report/mistakes.h"

#include <stdlib.h>

#include "data/show.h"
#include "report/sheet.h"

/* Samples are read in their order, and shown in that of the mistakes. */
typedef struct place {
    int64_t sample, rank;
} place;

typedef struct look {
    rn_mistakes *mistakes;
    rn_sheet sheet;
    place place[RN_MISTAKES_SHOWN];
} look;

static int by_sample(const void *a, const void *b)
{
    const place *x = a, *y = b;
    return (x->sample > y->sample) - (x->sample < y->sample);
}

static rn_status keep(void *context, int64_t i, const rn_picture *picture)
{
    look *l = context;
    int64_t rank = l->place[i].rank;
    rn_mistake *mistake = &l->mistakes->item[rank];
    if (!rn_sheet_fits(&l->sheet, picture))
        return RN_OK;
    rn_sheet_draw(&l->sheet, rank, picture);
    l->mistakes->n_pictures++;
    return rn_sheet_encode(&l->sheet, picture, &mistake->png, &mistake->png_size);
}

static rn_status show(look *l, const rn_source *source, const char *sheet_path)
{
    int64_t wanted[RN_MISTAKES_SHOWN], n = l->mistakes->count;
    for (int64_t i = 0; i < n; i++)
        l->place[i] = (place){ l->mistakes->item[i].outcome.sample, i };
    qsort(l->place, (size_t)n, sizeof *l->place, by_sample);
    for (int64_t i = 0; i < n; i++)
        wanted[i] = l->place[i].sample;
    rn_status status = rn_sheet_init(&l->sheet, source->config, n);
    if (!status)
        status = rn_show(source, wanted, n, keep, l);
    l->mistakes->width = l->sheet.tile_width;
    if (!status && sheet_path && l->mistakes->n_pictures)
        status = rn_sheet_write(&l->sheet, sheet_path);
    rn_sheet_clear(&l->sheet);
    return status;
}

rn_status rn_mistakes_find(rn_mistakes *mistakes, const rn_outcomes *outcomes,
                           const rn_source *source, const char *sheet_path)
{
    look l = { .mistakes = mistakes };
    rn_outcome *found = NULL;
    rn_status status = rn_outcomes_mistakes(outcomes, RN_MISTAKES_SHOWN, &found, &mistakes->count);
    for (int64_t i = 0; i < mistakes->count; i++)
        mistakes->item[i].outcome = found[i];
    free(found);
    return status || !mistakes->count ? status : show(&l, source, sheet_path);
}

void rn_mistakes_clear(rn_mistakes *mistakes)
{
    for (int64_t i = 0; i < mistakes->count; i++)
        free(mistakes->item[i].png);
    *mistakes = (rn_mistakes){ .count = 0 };
}
