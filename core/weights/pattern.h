/* pattern.h: patterns of tensors' names, which are matched and filled in. In a pattern `{i}` stands
 * for a number, `{i+1}` and `{i-1}` for one more and one less, and `*` at the end for any rest. A
 * letter stands once in a pattern. */
#ifndef RN_CORE_WEIGHTS_PATTERN_H
#define RN_CORE_WEIGHTS_PATTERN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/pool.h"

#define RN_PATTERN_LETTERS 26

/* What a name has where its pattern has letters and `*`. */
typedef struct rn_pattern_values {
    int64_t numbers[RN_PATTERN_LETTERS]; /* of 'a' to 'z'; -1: not in the pattern */
    const char *rest;                    /* the end of the name; "" where there is no `*` */
} rn_pattern_values;

/* Whether the name is of the pattern, which is well formed; sets `*values` then. A number has
 * neither a sign nor zeros in front, so that the pattern makes the same name again. */
bool rn_pattern_match(const char *pattern, const char *name, rn_pattern_values *values);

/* The name that the pattern makes of the values, in memory of the pool. NULL: a number would be
 * below 0, or there is no memory. */
const char *rn_pattern_fill(const char *pattern, const rn_pattern_values *values, rn_pool *pool);

/* What is wrong with a pattern; NULL: nothing. */
const char *rn_pattern_fault(const char *pattern);

/* Whether two patterns that are well formed have the same letters, and both or neither a `*`. */
bool rn_pattern_agree(const char *a, const char *b);

#endif
