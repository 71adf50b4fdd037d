/* nearest.c: suggestions for misspelt words. */
#include "base/nearest.h"

#include <stdbool.h>
#include <string.h>

#define MAX_LENGTH 63

static int min3(int a, int b, int c)
{
    int least = a < b ? a : b;
    return least < c ? least : c;
}

/* Levenshtein distance: insertions, deletions and substitutions. */
static int distance(const char *a, const char *b)
{
    int n = (int)strlen(a), m = (int)strlen(b);
    int row[MAX_LENGTH + 1];
    for (int j = 0; j <= m; j++)
        row[j] = j;
    for (int i = 1; i <= n; i++) {
        int diagonal = row[0];
        row[0] = i;
        for (int j = 1; j <= m; j++) {
            int above = row[j];
            row[j] = min3(above + 1, row[j - 1] + 1, diagonal + (a[i - 1] != b[j - 1]));
            diagonal = above;
        }
    }
    return row[m];
}

/* A shared prefix of four letters or more also counts as close: "kernel_size" for "kernel", "batch"
 * for "batch_norm". */
static bool begins_with(const char *a, const char *b)
{
    size_t length = strlen(b);
    return length >= 4 && !strncmp(a, b, length);
}

const char *rn_nearest(const char *word, const char *const *words)
{
    size_t length = strlen(word);
    if (length > MAX_LENGTH)
        return NULL;
    int limit = length < 4 ? 1 : length < 8 ? 2 : 3;
    const char *best = NULL;
    for (; *words; words++) {
        if (strlen(*words) > MAX_LENGTH)
            continue;
        int d = distance(word, *words);
        if (d > 1 && (begins_with(word, *words) || begins_with(*words, word)))
            d = 1;
        if (d <= limit) {
            best = *words;
            limit = d - 1;
        }
    }
    return best;
}
