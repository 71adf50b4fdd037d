/* choices.h: the fastest algorithm for each key, in memory and in a file of the user's cache, so
 * that the next start need not time it again. */
#ifndef BACKENDS_BASE_CHOICES_H
#define BACKENDS_BASE_CHOICES_H

#include <resnet/host.h>

typedef struct choices choices;

/* Where choices are kept. The texts must stay valid until choices_close(). */
typedef struct choices_file {
    const rn_host *host;
    const char *name;       /* in the cache's folder: "onednn-convolutions" */
    const char *first_line; /* says what the file is, and which version of it, without newline */
    const char *what;       /* names the choices in notes: "the fastest convolutions" */
    const char *machine;    /* put before each key, with tabs and newlines as spaces; NULL: none */
} choices_file;

/* Reads the file, if there is one. A file that cannot be read or parsed is noted and ignored. NULL:
 * out of memory. */
choices *choices_open(const choices_file *file);

/* Writes the file if anything was added. To be called before what was chosen is used: a run that is
 * killed and resumed has to compute the same bits. */
void choices_keep(choices *c);

/* Keeps them, and frees `c`. */
void choices_close(choices *c);

/* The choice for `key`, or NULL. Owned by `c`, and valid until the next set. */
const char *choices_find(const choices *c, const char *key);

/* Sets the choice for `key`. Neither may contain a tab or a newline. If memory runs out, the
 * choice is dropped. */
void choices_set(choices *c, const char *key, const char *name);

#endif
