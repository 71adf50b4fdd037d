/* guarded.h: memory that ends at a page that nobody may touch, so that reading or writing beyond it
 * ends the process. */
#ifndef RN_CORE_VALIDATE_GUARDED_H
#define RN_CORE_VALIDATE_GUARDED_H

#include <stddef.h>

/* `size` bytes of zeros, of which the last lies before that page; never freed. NULL: no memory. A
 * multiple of 8 keeps the beginning aligned. */
void *rn_guarded(size_t size);

/* The same with a copy of `from`. */
void *rn_guarded_copy(const void *from, size_t size);

#endif
