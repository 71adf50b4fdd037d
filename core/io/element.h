/* element.h: the types of the numbers in files of tensors, and what each is read as. */
#ifndef RN_CORE_IO_ELEMENT_H
#define RN_CORE_IO_ELEMENT_H

#include <stdbool.h>
#include <stdint.h>

typedef struct rn_element {
    const char *text; /* "F32", as safetensors files call it */
    uint32_t size;    /* bytes of an element */
    int32_t dtype;    /* RN_F32, RN_I32 or RN_U8: what it is read as */
    /* Converts `count` elements to four bytes each; `from` may be misaligned. False if a number
     * does not fit. NULL if no conversion is needed. */
    bool (*convert)(const uint8_t *from, uint64_t count, void *to);
} rn_element;

#define RN_ELEMENT_LIST "F32, F16, BF16, F64, I64, I32, I16, I8, U8 or BOOL"

/* The type called `text`, or NULL. */
const rn_element *rn_element_by_text(const char *text);

/* The type that `dtype` is written as, or NULL. */
const rn_element *rn_element_by_dtype(int32_t dtype);

#endif
