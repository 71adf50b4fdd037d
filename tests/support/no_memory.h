/* no_memory.h: replaces the allocation functions of the sources that include it first, so that a
 * test can make each allocation fail in turn. */
#ifndef RN_TESTS_NO_MEMORY_H
#define RN_TESTS_NO_MEMORY_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The number of the next allocation to fail, from 1; 0 if none is to fail. */
extern long no_memory_after;

static inline int no_memory_fails(void)
{
    return no_memory_after > 0 && --no_memory_after == 0;
}

static inline void *no_memory_malloc(size_t size)
{
    return no_memory_fails() ? NULL : malloc(size);
}

static inline void *no_memory_calloc(size_t count, size_t size)
{
    return no_memory_fails() ? NULL : calloc(count, size);
}

static inline void *no_memory_realloc(void *old, size_t size)
{
    return no_memory_fails() ? NULL : realloc(old, size);
}

static inline char *no_memory_strndup(const char *text, size_t size)
{
    return no_memory_fails() ? NULL : strndup(text, size);
}

/* Like the library's, leaves an invalid pointer in `*out` on failure. */
static inline int no_memory_asprintf(char **out, const char *format, ...)
{
    va_list args;
    *out = (char *)1;
    if (no_memory_fails())
        return -1;
    va_start(args, format);
    int length = vasprintf(out, format, args);
    va_end(args);
    return length;
}

#define malloc no_memory_malloc
#define calloc no_memory_calloc
#define realloc no_memory_realloc
#undef strdup
#define strdup(text) no_memory_strndup(text, strlen(text))
#undef strndup
#define strndup no_memory_strndup
#define asprintf no_memory_asprintf

#endif
