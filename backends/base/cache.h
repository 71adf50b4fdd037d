/* cache.h: files in the user's cache, which are written whole or not at all. */
#ifndef BACKENDS_BASE_CACHE_H
#define BACKENDS_BASE_CACHE_H

#include <resnet/host.h>
#include <stdbool.h>
#include <stdio.h>

enum { CACHE_PATH_BYTES = 1024, CACHE_WHY_BYTES = 1280 /* for rn_host.is_trusted */ };

/* $XDG_CACHE_HOME/resnet-run/<name>, or ~/.cache/resnet-run/<name>, as the XDG base directory
 * specification has it. False, and "", where there is no such folder to name. */
bool cache_path(const char *name, char path[CACHE_PATH_BYTES]);

/* Opens a file of the cache for reading. NULL where there is none, or where it is not trusted; the
 * first time a note says so. */
FILE *cache_open(const rn_host *host, const char *path);

/* Replaces the file by what `write` writes, so that nobody ever reads half of one; makes the
 * folders from the cache on that are missing. `write` is given `what`, and says whether it could.
 * False, with errno, where it failed, or where the folder is not trusted; then nothing has
 * changed. */
bool cache_replace(const rn_host *host, const char *path,
                   bool (*write)(FILE *file, const void *what), const void *what);

#endif
