/* cache.h: files in the user's cache, which are written whole or not at all. */
#ifndef RN_BACKENDS_COMMON_CACHE_H
#define RN_BACKENDS_COMMON_CACHE_H

#include <stdbool.h>
#include <stdio.h>

enum { CACHE_PATH_BYTES = 1024 };

/* $XDG_CACHE_HOME/resnet-run/<name>, or ~/.cache/resnet-run/<name>, as the XDG base directory
 * specification has it. False, and "", where there is no such folder to name. */
bool cache_path(const char *name, char path[CACHE_PATH_BYTES]);

/* Replaces the file by what `write` writes, so that nobody ever reads half of one; makes the
 * folders from the cache on that are missing. `write` is given `what`, and says whether it could.
 * False, with errno, where it failed; then nothing has changed. */
bool cache_replace(const char *path, bool (*write)(FILE *file, const void *what),
                   const void *what);

#endif
