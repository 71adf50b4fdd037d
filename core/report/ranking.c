/* ranking.c: which class is the most likely, and which are among the first five. */
#include "report/ranking.h"

#define TOP 5

int64_t rn_ranking_first(const float *probabilities, int64_t n_classes)
{
    int64_t first = 0;
    for (int64_t k = 1; k < n_classes; k++)
        if (probabilities[k] > probabilities[first])
            first = k;
    return first;
}

bool rn_ranking_in_top5(const float *probabilities, int64_t n_classes, int64_t k)
{
    const float own = probabilities[k];
    int more_likely = 0;
    for (int64_t i = 0; i < n_classes && more_likely < TOP; i++)
        more_likely += probabilities[i] > own || (probabilities[i] == own && i < k);
    return more_likely < TOP;
}
