/* arguments.c: the arguments of a pickle's opcodes. */
#include "weights/torch/arguments.h"

#include <string.h>

typedef struct reader {
    const uint8_t *bytes;
    uint64_t size;
    uint64_t *at;
} reader;

static bool read_number(const reader *r, uint32_t width, uint64_t *number)
{
    if (r->size - *r->at < width)
        return false;
    *number = 0;
    for (uint32_t i = 0; i < width; i++)
        *number |= (uint64_t)r->bytes[*r->at + i] << 8 * i;
    *r->at += width;
    return true;
}

static bool read_bytes(const reader *r, uint32_t width, rn_value_text *text)
{
    uint64_t length;
    if (!read_number(r, width, &length) || length > r->size - *r->at)
        return false;
    *text = (rn_value_text){ (const char *)r->bytes + *r->at, length };
    *r->at += length;
    return true;
}

static bool read_line(const reader *r, rn_value_text *text)
{
    const uint8_t *start = r->bytes + *r->at;
    const uint8_t *end = memchr(start, '\n', (size_t)(r->size - *r->at));
    if (!end)
        return false;
    *text = (rn_value_text){ (const char *)start, (uint64_t)(end - start) };
    *r->at += text->length + 1;
    if (text->length && start[text->length - 1] == '\r')
        text->length--;
    return true;
}

static uint32_t width_of(rn_argument_form form)
{
    switch (form) {
        case RN_ARGUMENT_U8:
        case RN_ARGUMENT_BYTES_8: return 1;
        case RN_ARGUMENT_U16: return 2;
        case RN_ARGUMENT_U32:
        case RN_ARGUMENT_I32:
        case RN_ARGUMENT_BYTES_32: return 4;
        default: return 8;
    }
}

bool rn_argument_read(const uint8_t *bytes, uint64_t size, uint64_t *at, rn_argument_form form,
                      rn_argument *argument)
{
    const reader r = { bytes, size, at };
    uint64_t number = 0;
    switch (form) {
        case RN_ARGUMENT_NONE: return true;
        case RN_ARGUMENT_BYTES_8:
        case RN_ARGUMENT_BYTES_32:
        case RN_ARGUMENT_BYTES_64: return read_bytes(&r, width_of(form), &argument->text);
        case RN_ARGUMENT_LINE: return read_line(&r, &argument->text);
        case RN_ARGUMENT_NUMBER_LINE:
            return read_line(&r, &argument->text) &&
                   rn_argument_integer(argument->text, &argument->number) && argument->number >= 0;
        case RN_ARGUMENT_TWO_LINES:
            return read_line(&r, &argument->text) && read_line(&r, &argument->second);
        default: break;
    }
    if (!read_number(&r, width_of(form), &number))
        return false;
    argument->number = form == RN_ARGUMENT_I32 ? (int32_t)number : (int64_t)number;
    return true;
}

bool rn_argument_integer(rn_value_text text, int64_t *integer)
{
    bool negative = text.length && text.start[0] == '-';
    int64_t value = 0;
    uint64_t end = text.length, i = negative;
    if (end && text.start[end - 1] == 'L')
        end--;
    if (i >= end)
        return false;
    for (; i < end; i++) {
        int digit = text.start[i] - '0';
        if (digit < 0 || digit > 9 || __builtin_mul_overflow(value, 10, &value) ||
            __builtin_sub_overflow(value, digit, &value))
            return false;
    }
    /* Counted downwards, as the smallest number has no positive one. */
    *integer = value;
    return negative || !__builtin_sub_overflow(0, value, integer);
}

bool rn_argument_signed(rn_value_text bytes, int64_t *integer)
{
    uint64_t value = 0;
    if (bytes.length > 8)
        return false;
    for (uint64_t i = 0; i < bytes.length; i++)
        value |= (uint64_t)(uint8_t)bytes.start[i] << 8 * i;
    uint64_t sign = bytes.length ? (uint64_t)1 << (8 * bytes.length - 1) : 0;
    *integer = (int64_t)((value ^ sign) - sign);
    return true;
}
