/* fuzz.h: the driver of fuzzing. A program that is linked with it changes its corpus at random, and
 * calls rn_fuzz_one on each result. */
#ifndef RN_TESTS_FUZZ_H
#define RN_TESTS_FUZZ_H

#include <stddef.h>
#include <stdint.h>

/* Given by the program: the folder of its corpus, in the source tree. */
extern const char *const rn_fuzz_corpus;

/* Given by the program: tries an input, in memory of exactly this size. Returns other than 0 where
 * a promise is broken. */
int rn_fuzz_one(const uint8_t *data, size_t size);

#endif
