/* autodiff_cases.h: blocks and graphs whose gradients are tested as a whole. */
#ifndef RN_TESTS_AUTODIFF_CASES_H
#define RN_TESTS_AUTODIFF_CASES_H

#include <resnet/graph.h>

#define AUTODIFF_SETTINGS 6

/* A plugin's block, or a function that builds a graph, for an input of (2, 8, 4, 4). */
typedef struct autodiff_case {
    const char *name, *block;
    rn_setting settings[AUTODIFF_SETTINGS];
    rn_value *(*build)(rn_graph *g, rn_value *x);
} autodiff_case;

/* The last case has no name. */
extern const autodiff_case autodiff_cases[];

#endif
