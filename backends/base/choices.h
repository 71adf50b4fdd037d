/* choices.h: what was fastest for what: in memory, and in a file of the user's cache, so that the
 * next start need not time it again. */
#ifndef BACKENDS_BASE_CHOICES_H
#define BACKENDS_BASE_CHOICES_H

#include <resnet/host.h>

typedef struct choices choices;

/* Where they are kept; texts that stay until `close`. */
typedef struct choices_file {
    const rn_host *host;
    const char *name;       /* in the cache's folder: "onednn-convolutions" */
    const char *first_line; /* says what the file is, and which version of it, without newline */
    const char *what;       /* they are, for notes: "the fastest convolutions" */
    const char *machine;    /* put before each key, with tabs and newlines as spaces; NULL: none */
} choices_file;

/* Reads the file, if there is one; one that cannot be read or understood is as good as none, and a
 * note says so. NULL where memory ran out. */
choices *choices_open(const choices_file *file);

/* Writes what was added, if anything was, and frees. */
void choices_close(choices *c);

/* What is kept for `key`; NULL: nothing. Belongs to `c`, until the next set. */
const char *choices_find(const choices *c, const char *key);

/* In place of what was kept for `key`. Neither holds a tab or a newline. What does not fit in
 * memory is not kept. */
void choices_set(choices *c, const char *key, const char *name);

/* The same until `close`; the file does not get it. */
void choices_set_for_now(choices *c, const char *key, const char *name);

#endif
