/* mutate.c: changes bytes at random, in the ways in which files break. */
#include "fuzz/mutate.h"

#include <string.h>

/* Where a change is made, and what it copies from. */
struct change {
    mutate_input *input;
    const uint8_t *other;
    size_t other_size;
    uint64_t *random;
};

uint64_t mutate_random(uint64_t *state)
{
    uint64_t z = *state += 0x9E3779B97F4A7C15u;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}

static size_t below(struct change *c, size_t count)
{
    return count ? mutate_random(c->random) % count : 0;
}

/* A length up to `most`; short ones are as likely as long ones. */
static size_t length(struct change *c, size_t most)
{
    size_t limit = (size_t)1 << below(c, 12);
    return below(c, (limit < most ? limit : most) + 1);
}

static void flip_bit(struct change *c)
{
    if (c->input->size)
        c->input->bytes[below(c, c->input->size)] ^= (uint8_t)(1 << below(c, 8));
}

static void set_byte(struct change *c)
{
    if (c->input->size)
        c->input->bytes[below(c, c->input->size)] = (uint8_t)mutate_random(c->random);
}

/* A number of 1 to 8 bytes, in either order, at or near the limits of what it can hold. */
static void set_number(struct change *c)
{
    static const uint64_t limits[] = { 0, 1, 0x7f, 0xff, 0x7fff, 0xffff, INT32_MAX, UINT32_MAX };
    size_t width = (size_t)1 << below(c, 4);
    if (c->input->size < width)
        return;
    uint8_t *at = c->input->bytes + below(c, c->input->size - width + 1);
    uint64_t value = below(c, 8) ? limits[below(c, 8)] : UINT64_MAX;
    value += below(c, 3) - 1;
    int is_little = (int)below(c, 2);
    for (size_t i = 0; i < width; i++)
        at[i] = (uint8_t)(value >> 8 * (is_little ? i : width - 1 - i));
}

static void cut(struct change *c)
{
    c->input->size = below(c, c->input->size + 1);
}

static void remove_range(struct change *c)
{
    size_t at = below(c, c->input->size + 1), count = length(c, c->input->size - at);
    memmove(c->input->bytes + at, c->input->bytes + at + count, c->input->size - at - count);
    c->input->size -= count;
}

/* Makes room at a random place. */
static uint8_t *insert(struct change *c, size_t count)
{
    size_t at = below(c, c->input->size + 1);
    uint8_t *to = c->input->bytes + at;
    memmove(to + count, to, c->input->size - at);
    c->input->size += count;
    return to;
}

static void insert_random(struct change *c)
{
    size_t count = length(c, c->input->capacity - c->input->size);
    for (uint8_t *to = insert(c, count); count > 0; count--)
        *to++ = (uint8_t)mutate_random(c->random);
}

static void insert_other(struct change *c)
{
    size_t from = below(c, c->other_size + 1), most = c->other_size - from;
    size_t room = c->input->capacity - c->input->size;
    size_t count = length(c, room < most ? room : most);
    memcpy(insert(c, count), c->other + from, count);
}

static void overwrite_with_other(struct change *c)
{
    size_t at = below(c, c->input->size + 1), from = below(c, c->other_size + 1);
    size_t room = c->input->size - at, most = c->other_size - from;
    memcpy(c->input->bytes + at, c->other + from, length(c, room < most ? room : most));
}

static void overwrite_with_itself(struct change *c)
{
    size_t from = below(c, c->input->size + 1), at = below(c, c->input->size + 1);
    size_t most = c->input->size - (from > at ? from : at);
    memmove(c->input->bytes + at, c->input->bytes + from, length(c, most));
}

void mutate(mutate_input *input, const uint8_t *other, size_t other_size, uint64_t *random)
{
    /* What is listed twice is twice as likely. */
    static void (*const changes[])(struct change *) = {
        flip_bit,
        flip_bit,
        set_byte,
        set_byte,
        set_number,
        set_number,
        cut,
        remove_range,
        insert_other,
        insert_random,
        overwrite_with_other,
        overwrite_with_itself,
    };
    struct change c = { input, other, other_size, random };
    do
        changes[below(&c, sizeof changes / sizeof *changes)](&c);
    while (below(&c, 2));
}
