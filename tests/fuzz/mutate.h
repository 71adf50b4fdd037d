/* mutate.h: changes bytes at random, in the ways in which files break. */
#ifndef RN_TESTS_MUTATE_H
#define RN_TESTS_MUTATE_H

#include <stddef.h>
#include <stdint.h>

typedef struct mutate_input {
    uint8_t *bytes;
    size_t size, capacity;
} mutate_input;

/* Random numbers: the same for the same start (splitmix64). */
uint64_t mutate_random(uint64_t *state);

/* Changes an input once or a few times; pieces of `other` may be copied into it. It never outgrows
 * its capacity. */
void mutate(mutate_input *input, const uint8_t *other, size_t other_size, uint64_t *random);

#endif
