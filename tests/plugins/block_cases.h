/* block_cases.h: the golden blocks, and what a cfg would say of each. */
#ifndef RN_TESTS_PLUGINS_BLOCK_CASES_H
#define RN_TESTS_PLUGINS_BLOCK_CASES_H

#include "plugins/settings.h"

/* The channels of the paths of Inception. */
#define PATHS INT("c1", 4), PAIR("c2", 3, 5), PAIR("c3", 2, 4), INT("c4", 3)

/* A golden file and its block. */
typedef struct block_case {
    const char *file, *block; /* file: in blocks/, without ".safetensors" */
    rn_setting settings[MAX_SETTINGS];
} block_case;

static const block_case cases[] = {
    { "residual_identity", "residual/residual", { INT("channels", 3) } },
    { "residual_wide", "residual/residual", { INT("channels", 16) } },
    { "residual_1x1_s2",
      "residual/residual",
      { INT("channels", 6), INT("stride", 2), BOOL("use_1x1conv", 1) } },
    { "basic", "residual/basic", { INT("channels", 8) } },
    { "basic_s2", "residual/basic", { INT("channels", 16), INT("stride", 2) } },
    { "bottleneck", "residual/bottleneck", { INT("channels", 8) } },
    { "bottleneck_s2", "residual/bottleneck", { INT("channels", 8), INT("stride", 2) } },
    { "preact", "residual/preact_basic", { INT("channels", 8) } },
    { "preact_s2", "residual/preact_basic", { INT("channels", 16), INT("stride", 2) } },
    { "bottleneck_32x4d",
      "resnext/resnext",
      { INT("channels", 64), INT("stride", 2), INT("cardinality", 32), INT("group_width", 4) } },
    { "resnext_identity",
      "resnext/book",
      { INT("channels", 32), INT("group_width", 16), FLOAT("bottleneck_ratio", 1) } },
    { "resnext_1x1_s2",
      "resnext/book",
      { INT("channels", 64), INT("group_width", 8), FLOAT("bottleneck_ratio", 0.5),
        INT("stride", 2), BOOL("use_1x1conv", 1) } },
    { "residual_same",
      "residual/residual",
      { INT("channels", 6), INT("stride", 2), BOOL("use_1x1conv", 1), BOOL("same_padding", 1) } },
    { "resnext_same",
      "resnext/book",
      { INT("channels", 8), INT("group_width", 4), FLOAT("bottleneck_ratio", 1), INT("stride", 2),
        BOOL("use_1x1conv", 1), BOOL("same_padding", 1) } },
    { "bottleneck_d",
      "residual/bottleneck",
      { INT("channels", 4), INT("stride", 2), TEXT("shortcut", "D") } },
    { "inception", "inception", { PATHS, INT("kernel3", 3) } },
    { "inception_book", "inception/book", { PATHS } },
    { "inception_residual", "inception/residual", { PATHS, INT("channels", 7) } },
    { "vgg_book", "vgg", { INT("channels", 5), INT("convs", 2) } },
    { "densenet", "densenet", { INT("layers", 2), INT("growth", 3) } },
    { "densenet_transition", "densenet/transition", { { 0 } } },
    { "densenet_book", "densenet/book", { INT("layers", 2), INT("growth", 3) } },
    { "densenet_book_transition", "densenet/book_transition", { { 0 } } },
    { "se_basic", "se/basic", { INT("channels", 16), INT("divisor", 8) } },
    { "se_bottleneck_d",
      "se/bottleneck",
      { INT("channels", 4), INT("stride", 2), TEXT("shortcut", "D"), INT("divisor", 8) } },
    { "regnet_x", "regnet", { INT("channels", 16), INT("stride", 2), INT("group_width", 4) } },
    { "regnet_y",
      "regnet",
      { INT("channels", 16), INT("group_width", 8), FLOAT("se_ratio", 0.25) } },
    { "csc", "shift/csc", { INT("channels", 5), INT("expansion", 4) } },
    { "csc_s2", "shift/csc", { INT("channels", 9), INT("stride", 2), INT("expansion", 2) } },
    { "highway", "highway", { FLOAT("gate_bias", -1.5) } },
};

#endif
