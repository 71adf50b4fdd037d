/* arguments.h: the arguments that follow the opcodes of a pickle. */
#ifndef RN_CORE_WEIGHTS_TORCH_ARGUMENTS_H
#define RN_CORE_WEIGHTS_TORCH_ARGUMENTS_H

#include <resnet/status.h>
#include <stdbool.h>
#include <stdint.h>

#include "weights/torch/value.h"

/* The form of an argument. Numbers are little-endian. */
typedef enum rn_argument_form {
    RN_ARGUMENT_NONE,
    RN_ARGUMENT_U8, /* a number of so many bits */
    RN_ARGUMENT_U16,
    RN_ARGUMENT_U32,
    RN_ARGUMENT_I32,
    RN_ARGUMENT_64,
    RN_ARGUMENT_BYTES_8, /* as many bytes as a number of so many bits says */
    RN_ARGUMENT_BYTES_32,
    RN_ARGUMENT_BYTES_64,
    RN_ARGUMENT_LINE,
    RN_ARGUMENT_NUMBER_LINE, /* a number of 0 or more in decimal */
    RN_ARGUMENT_TWO_LINES
} rn_argument_form;

typedef struct rn_argument {
    int64_t number;
    rn_value_text text, second; /* bytes; one line, another */
} rn_argument;

/* Reads the argument at bytes[*at], and moves `*at` behind it; `*argument` keeps what the form does
 * not set. False if the bytes end in it, or it is no number. */
bool rn_argument_read(const uint8_t *bytes, uint64_t size, uint64_t *at, rn_argument_form form,
                      rn_argument *argument);

/* A decimal integer, "-12" or "12L". False: it is none, or beyond 64 bits. */
bool rn_argument_integer(rn_value_text text, int64_t *integer);

/* A little-endian integer in two's complement of up to 8 bytes. False: it has more. */
bool rn_argument_signed(rn_value_text bytes, int64_t *integer);

#endif
