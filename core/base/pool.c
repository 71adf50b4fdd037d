/* pool.c: memory in chunks of growing size, in a list. */
#include "base/pool.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_CHUNK 4096
#define LARGEST_CHUNK (1u << 20)
#define ALIGNMENT _Alignof(max_align_t)

typedef struct chunk {
    struct chunk *next;
    size_t size, used; /* of `bytes` */
    _Alignas(max_align_t) unsigned char bytes[];
} chunk;

struct rn_pool {
    chunk *chunks; /* the newest first */
    size_t next_size;
    uint64_t left; /* that may still be taken */
};

rn_pool *rn_pool_create(uint64_t limit_bytes)
{
    rn_pool *pool = calloc(1, sizeof *pool);
    if (pool) {
        pool->next_size = FIRST_CHUNK;
        pool->left = limit_bytes;
    }
    return pool;
}

void rn_pool_destroy(rn_pool *pool)
{
    if (!pool)
        return;
    for (chunk *c = pool->chunks, *next; c; c = next) {
        next = c->next;
        free(c);
    }
    free(pool);
}

static chunk *add_chunk(rn_pool *pool, size_t least)
{
    size_t size = least > pool->next_size ? least : pool->next_size;
    if (size > pool->left)
        size = least;
    if (size > pool->left || size > SIZE_MAX - sizeof(chunk))
        return NULL;
    chunk *c = calloc(1, sizeof *c + size);
    if (!c)
        return NULL;
    c->size = size;
    c->next = pool->chunks;
    pool->chunks = c;
    pool->left -= size;
    if (pool->next_size < LARGEST_CHUNK)
        pool->next_size *= 2;
    return c;
}

void *rn_pool_take(rn_pool *pool, size_t bytes)
{
    if (bytes > SIZE_MAX - ALIGNMENT)
        return NULL;
    bytes = (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    chunk *c = pool->chunks;
    if (!c || c->size - c->used < bytes)
        c = add_chunk(pool, bytes);
    if (!c)
        return NULL;
    void *taken = c->bytes + c->used;
    c->used += bytes;
    return taken;
}

void *rn_pool_take_array(rn_pool *pool, size_t count, size_t size)
{
    size_t bytes;
    return __builtin_mul_overflow(count, size, &bytes) ? NULL : rn_pool_take(pool, bytes);
}

char *rn_pool_text(rn_pool *pool, const char *text, size_t length)
{
    char *copy = length < SIZE_MAX ? rn_pool_take(pool, length + 1) : NULL;
    if (copy && length)
        memcpy(copy, text, length);
    return copy;
}

char *rn_pool_print(rn_pool *pool, const char *format, ...)
{
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int length = vsnprintf(NULL, 0, format, args);
    char *text = length < 0 ? NULL : rn_pool_take(pool, (size_t)length + 1);
    if (text)
        vsnprintf(text, (size_t)length + 1, format, again);
    va_end(again);
    va_end(args);
    return text;
}
