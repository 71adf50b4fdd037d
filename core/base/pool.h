/* pool.h: memory for many small things that are freed together. */
#ifndef RN_CORE_BASE_POOL_H
#define RN_CORE_BASE_POOL_H

#include <stddef.h>
#include <stdint.h>

typedef struct rn_pool rn_pool;

/* A pool of at most `limit_bytes`, which keeps what a hostile file can make of us within bounds.
 * NULL: no memory. */
rn_pool *rn_pool_create(uint64_t limit_bytes);
void rn_pool_destroy(rn_pool *pool);

/* Zeroed memory, aligned for any type, until the pool is destroyed. NULL: no memory, or beyond the
 * limit. */
void *rn_pool_take(rn_pool *pool, size_t bytes);

/* The same for `count` elements of `size` bytes, whose product may overflow. */
void *rn_pool_take_array(rn_pool *pool, size_t count, size_t size);

/* A copy of `length` bytes, with a 0 after them. */
char *rn_pool_text(rn_pool *pool, const char *text, size_t length);

/* A text that is printed as printf does. */
char *rn_pool_print(rn_pool *pool, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
