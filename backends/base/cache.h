/* cache.h: files in the user's cache, which are written completely or not at all. */
#ifndef BACKENDS_BASE_CACHE_H
#define BACKENDS_BASE_CACHE_H

#include <resnet/host.h>
#include <stdbool.h>
#include <stdio.h>

enum { CACHE_PATH_BYTES = 1024, CACHE_WHY_BYTES = 1280 /* for rn_host.is_trusted */ };

/* $XDG_CACHE_HOME/resnet-run/<name>, or ~/.cache/resnet-run/<name>, as in the XDG base directory
 * specification. Returns false, and "", if there is no such folder or the path is too long. */
bool cache_path(const char *name, char path[CACHE_PATH_BYTES]);

/* Opens a file of the cache for reading. NULL if there is none, or if it is not trusted, which is
 * noted the first time. */
FILE *cache_open(const rn_host *host, const char *path);

/* Makes other processes wait that want to change the same file, for a second at most; also those
 * that change another file of its folder. Hand the result to cache_unlock. */
int cache_lock(const char *path);
void cache_unlock(int lock);

/* Atomically replaces the file by what `write` writes; creates missing folders from the cache down.
 * `write` is called with `what` and returns false if it fails. Returns false, with errno, if
 * anything failed or the folder is not trusted; then the file is unchanged. */
bool cache_replace(const rn_host *host, const char *path,
                   bool (*write)(FILE *file, const void *what), const void *what);

#endif
