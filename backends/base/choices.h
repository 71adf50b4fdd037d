/* choices.h: what was fastest for what: in memory, and in a file of the user's cache, so that the
 * next start need not time it again. */
#ifndef BACKENDS_BASE_CHOICES_H
#define BACKENDS_BASE_CHOICES_H

#include <resnet/host.h>

typedef struct backend_choices backend_choices;

/* Where they are kept; texts that stay until `close`. */
typedef struct backend_choices_file {
    const rn_host *host;
    const char *name;       /* in the cache's folder: "onednn-convolutions" */
    const char *first_line; /* says what the file is, and which version of it, without newline */
    const char *what;       /* they are, for notes: "the fastest convolutions" */
    const char *machine;    /* put before each key, with tabs and newlines as spaces; NULL: none */
} backend_choices_file;

/* Reads the file, if there is one; one that cannot be read or understood is as good as none, and a
 * note says so. NULL where memory ran out. */
backend_choices *backend_choices_open(const backend_choices_file *file);

/* Writes what was added, if anything was, and frees. */
void backend_choices_close(backend_choices *c);

/* What is kept for `key`; NULL: nothing. Belongs to `c`, until the next set. */
const char *backend_choices_find(const backend_choices *c, const char *key);

/* In place of what was kept for `key`. Neither holds a tab or a newline. What does not fit in
 * memory is not kept. */
void backend_choices_set(backend_choices *c, const char *key, const char *name);

/* The same until `close`; the file does not get it. */
void backend_choices_set_for_now(backend_choices *c, const char *key, const char *name);

#endif
