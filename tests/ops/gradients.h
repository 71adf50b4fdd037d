/* gradients.h: the cases of test_gradients.c. */
#ifndef RN_TESTS_GRADIENTS_H
#define RN_TESTS_GRADIENTS_H

#include "support/op_oracle.h"

/* A case: its tensors; which inputs have which gradients; the step. */
typedef struct gradient_case {
    const char *name;
    op_chain *chain;
    void (*make)(op_case *c);
    const char *inputs[6], *gradients[6];
    double step;
} gradient_case;

/* Tensors whose elements are multiples of 2^-10. */
op_tensor *gradient_tensor(op_case *c, const char *name, int32_t rank, const int64_t *shape);
op_tensor *gradient_image(op_case *c, const char *name, int64_t n, int64_t channels, int64_t h,
                          int64_t w);

/* gradients_elements.c: activations of each kind, products, slices */
#define GRADIENT_N_ELEMENTS 12
extern const gradient_case GRADIENT_ELEMENTS[GRADIENT_N_ELEMENTS];

#endif
