/* nearest.h: suggestions for misspelt words. */
#ifndef RN_CORE_BASE_NEAREST_H
#define RN_CORE_BASE_NEAREST_H

/* The word in `words` (NULL-terminated) closest to `word`, by edit distance; NULL if none is. */
const char *rn_nearest(const char *word, const char *const *words);

#endif
