/* choices.h: which algorithm was fastest for which convolution: in memory, and in a file of the
 * user's cache, so that the next start need not time them again. */
#ifndef RN_BACKENDS_ONEDNN_CHOICES_H
#define RN_BACKENDS_ONEDNN_CHOICES_H

#include "onednn/onednn.h"

typedef struct onednn_choices onednn_choices;

/* Reads the file, if there is one; one that cannot be read or understood is as good as none, and a
 * note says so. NULL where memory ran out. */
onednn_choices *onednn_choices_open(void);

/* Writes what was added, if anything was, and frees. */
void onednn_choices_close(onednn_choices *c);

/* The name of the algorithm kept for `key`; NULL: none. Belongs to `c`, until the next set. */
const char *onednn_choices_find(const onednn_choices *c, const char *key);

/* In place of what was kept for `key`. Neither holds a tab or a newline. What does not fit in
 * memory is not kept. */
void onednn_choices_set(onednn_choices *c, const char *key, const char *name);

#endif
