/* nearest.h: the word that somebody may have meant. */
#ifndef RN_CORE_BASE_NEAREST_H
#define RN_CORE_BASE_NEAREST_H

/* The word of `words` (NULL-terminated) nearest to `word` by edit distance; NULL: none is near. */
const char *rn_nearest(const char *word, const char *const *words);

#endif
