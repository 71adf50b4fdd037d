/* outcomes.c: what a network said about each image. */
#include "report/outcomes.h"

#include <math.h>
#include <stdlib.h>

#include "base/finite.h"
#include "base/status.h"
#include "report/ranking.h"

static rn_status no_memory(void)
{
    return rn_fail(RN_E_NOMEM, "no memory for the results of the images");
}

/* ---- Collecting ---- */

static rn_status make_room(rn_outcomes *outcomes, int64_t count)
{
    if (outcomes->count + count <= outcomes->capacity)
        return RN_OK;
    int64_t capacity = 2 * outcomes->capacity + count;
    rn_outcome *grown = realloc(outcomes->row, (size_t)capacity * sizeof *grown);
    if (!grown)
        return no_memory();
    outcomes->row = grown;
    outcomes->capacity = capacity;
    return RN_OK;
}

rn_status rn_outcomes_add(rn_outcomes *outcomes, const rn_batch *batch, const float *probabilities)
{
    int64_t n_classes = outcomes->n_classes;
    if (!rn_all_finite(probabilities, batch->count * n_classes))
        return RN_E_DIVERGED;
    rn_status status = make_room(outcomes, batch->count);
    if (status)
        return status;
    for (int64_t i = 0; i < batch->count; i++) {
        const float *row = probabilities + i * n_classes;
        int32_t predicted = (int32_t)rn_ranking_first(row, n_classes);
        int32_t truth = batch->labels[i];
        outcomes->row[outcomes->count++] =
            (rn_outcome){ .sample = batch->samples[i],
                          .truth = truth,
                          .predicted = predicted,
                          .confidence = row[predicted],
                          .in_top5 = rn_ranking_in_top5(row, n_classes, truth) };
    }
    return RN_OK;
}

void rn_outcomes_clear(rn_outcomes *outcomes)
{
    free(outcomes->row);
    outcomes->row = NULL;
    outcomes->count = outcomes->capacity = 0;
}

/* ---- Counting ---- */

double rn_outcomes_top5(const rn_outcomes *outcomes)
{
    int64_t n = 0;
    for (int64_t i = 0; i < outcomes->count; i++)
        n += outcomes->row[i].in_top5;
    return (double)n / (double)outcomes->count;
}

rn_status rn_outcomes_score(const rn_outcomes *outcomes, rn_class_score **scores)
{
    rn_class_score *score = calloc((size_t)outcomes->n_classes, sizeof *score);
    *scores = score;
    if (!score)
        return no_memory();
    for (int64_t i = 0; i < outcomes->count; i++) {
        const rn_outcome *o = &outcomes->row[i];
        score[o->truth].images++;
        score[o->predicted].predicted++;
        score[o->truth].correct += o->truth == o->predicted;
    }
    for (int64_t k = 0; k < outcomes->n_classes; k++) {
        score[k].index = k;
        score[k].recall = (double)score[k].correct / (double)score[k].images;
        score[k].precision = (double)score[k].correct / (double)score[k].predicted;
    }
    return RN_OK;
}

/* ---- Sorting ---- */

static int compare_scores(const void *a, const void *b)
{
    const rn_class_score *x = a, *y = b;
    if (x->recall != y->recall)
        return x->recall < y->recall ? -1 : 1;
    if (x->images != y->images)
        return x->images > y->images ? -1 : 1;
    return (x->index > y->index) - (x->index < y->index);
}

rn_status rn_outcomes_worst(const rn_outcomes *outcomes, rn_class_score **scores, int64_t *count)
{
    rn_status status = rn_outcomes_score(outcomes, scores);
    *count = 0;
    if (status)
        return status;
    for (int64_t k = 0; k < outcomes->n_classes; k++)
        if ((*scores)[k].images)
            (*scores)[(*count)++] = (*scores)[k];
    qsort(*scores, (size_t)*count, sizeof **scores, compare_scores);
    return RN_OK;
}

static int compare_confidence(const void *a, const void *b)
{
    const rn_outcome *x = a, *y = b;
    if (x->confidence != y->confidence)
        return x->confidence > y->confidence ? -1 : 1;
    return (x->sample > y->sample) - (x->sample < y->sample);
}

rn_status rn_outcomes_mistakes(const rn_outcomes *outcomes, int64_t limit, rn_outcome **mistakes,
                               int64_t *count)
{
    *count = 0;
    *mistakes = malloc((size_t)(outcomes->count + 1) * sizeof **mistakes);
    if (!*mistakes)
        return no_memory();
    for (int64_t i = 0; i < outcomes->count; i++)
        if (outcomes->row[i].truth != outcomes->row[i].predicted)
            (*mistakes)[(*count)++] = outcomes->row[i];
    qsort(*mistakes, (size_t)*count, sizeof **mistakes, compare_confidence);
    if (*count > limit)
        *count = limit;
    return RN_OK;
}
