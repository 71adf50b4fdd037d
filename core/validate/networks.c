/* networks.c: small networks that together have every operator, with odd shapes, every attribute
 * and every neighbour that the core merges. A backend is tried with the operators of their passes,
 * one at a time; so a new operator is tried as soon as a layer here uses it. */
#define _GNU_SOURCE /* asprintf */
#include "validate/networks.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/status.h"

#define LAYER(block, keys) "{ block = \"" block "\"; " keys " },\n"
#define CONV(keys) LAYER("conv2d", keys)
#define TO(channels) LAYER("conv2d", "channels = " #channels "; kernel = 1;")
#define NAMED(name, channels)                                                                      \
    LAYER("conv2d", "name = \"" name "\"; channels = " #channels "; kernel = 1;")
#define JOIN(block, name, inputs) LAYER(block, "name = \"" name "\"; input = [ " inputs " ];")
#define NORM LAYER("batch_norm", "")
#define RELU LAYER("relu", "")
#define SMALL_CONV CONV("channels = 5; kernel = 3; bias = true;")

/* The kernels that libraries have special forms of: pointwise, grouped, depthwise, wide. */
#define SHAPES_OF_CONV                                                                             \
    CONV("channels = 8; kernel = 3; padding = 1; bias = true;")                                    \
    CONV("channels = 12; kernel = [3, 1]; padding = [1, 0];")                                      \
    CONV("channels = 8; kernel = 1; bias = true;")                                                 \
    RELU CONV("channels = 8; kernel = 3; stride = 2; padding = 1; groups = 4;")                    \
        CONV("channels = 16; kernel = 3; dilation = 2; padding = 2;")                              \
            CONV("channels = 16; kernel = 3; groups = 16; padding = 1; bias = true;")              \
                CONV("channels = 5; kernel = [2, 4]; stride = [1, 2]; same_padding = true;")       \
                    CONV("channels = 7; kernel = 1; stride = 2;")

#define STEM_AND_BODY                                                                              \
    CONV("channels = 16; kernel = 7; stride = 2; padding = 3;")                                    \
    NORM RELU CONV("channels = 32; kernel = 3; padding = 1;")                                      \
        NORM RELU CONV("channels = 32; kernel = 3; padding = 1; groups = 8;") NORM TO(48)          \
            NORM RELU CONV("channels = 20; kernel = 5; padding = 2;")

#define SUMS_OF_NORMS                                                                              \
    NORM RELU NAMED("a", 6) LAYER("batch_norm", "name = \"n\"; epsilon = 1e-3; momentum = 0.3;")   \
        NAMED("b", 6) LAYER("batch_norm", "name = \"m\";") JOIN("add", "sum", "\"m\", \"n\"")      \
            RELU NAMED("c", 6) LAYER("batch_norm", "name = \"o\";")                                \
                JOIN("add", "last", "\"o\", \"sum\"")

#define POOLS                                                                                      \
    TO(9)                                                                                          \
    LAYER("max_pool", "kernel = 3; stride = 2; padding = 1;")                                      \
    TO(5)                                                                                          \
    LAYER("avg_pool", "kernel = [3, 2]; stride = [2, 1]; padding = [1, 1];")                       \
    TO(5)                                                                                          \
    LAYER("avg_pool", "kernel = 3; stride = 1; padding = 1; exclude_padding = true;")              \
    TO(40) LAYER("max_pool", "kernel = 2; stride = 2; same_padding = true;")

#define JOINS                                                                                      \
    NAMED("a", 6)                                                                                  \
    RELU LAYER("dropout", "rate = 0.3;")                                                           \
        LAYER("subsample", "name = \"s\"; stride = 2; channels_before = 2; channels_after = 3;")   \
            NAMED("b", 11) JOIN("add", "sum", "\"s\", \"b\"") NAMED("c", 2)                        \
                JOIN("concat", "all", "\"c\", \"sum\", \"b\"") RELU TO(4)

#define CURVES                                                                                     \
    TO(6)                                                                                          \
    LAYER("sigmoid", "")                                                                           \
    TO(6)                                                                                          \
    LAYER("tanh", "")                                                                              \
    TO(6)                                                                                          \
    LAYER("silu", "")                                                                              \
    TO(6)                                                                                          \
    LAYER("hard_sigmoid", "")                                                                      \
    TO(6)                                                                                          \
    LAYER("hard_swish", "")                                                                        \
    TO(6) LAYER("leaky_relu", "") TO(6) LAYER("relu6", "") TO(6) LAYER("gelu", "")

/* Products element by element, and by one number for each channel. */
#define PRODUCTS                                                                                   \
    NAMED("a", 6)                                                                                  \
    NAMED("b", 6)                                                                                  \
    JOIN("multiply", "product", "\"a\", \"b\"")                                                    \
    LAYER("global_avg_pool", "name = \"pool\";")                                                   \
    LAYER("sigmoid", "name = \"gate\";") JOIN("multiply", "gated", "\"product\", \"gate\"")

#define ROWS                                                                                       \
    LAYER("global_avg_pool", "")                                                                   \
    LAYER("flatten", "")                                                                           \
    LAYER("linear", "name = \"wide\"; units = 37;")                                                \
    RELU LAYER("linear", "name = \"narrow\"; units = 1; bias = false;")

const rn_small_network rn_small_networks[] = {
    { RN_FAMILY_CONVOLUTION, 2, { 3, 17, 13 }, 5, .layers = SHAPES_OF_CONV },
    { RN_FAMILY_CONVOLUTION, 1, { 1, 40, 36 }, 5, .layers = STEM_AND_BODY },
    { RN_FAMILY_CONVOLUTION,
      5,
      { 33, 5, 1 },
      5,
      .layers = CONV("channels = 1; kernel = [5, 1];") CONV("channels = 34; kernel = 1;") RELU },
    { RN_FAMILY_NORM, 3, { 5, 7, 9 }, 5, .layers = SUMS_OF_NORMS },
    { RN_FAMILY_NORM, 2, { 17, 1, 1 }, 5, .layers = NORM RELU },
    { RN_FAMILY_NORM, 4, { 64, 16, 20 }, 5, .layers = NORM RELU NORM },
    { RN_FAMILY_POOL, 2, { 3, 23, 19 }, 5, .layers = POOLS },
    { RN_FAMILY_POOL,
      1,
      { 1, 6, 6 },
      5,
      .layers = TO(2) LAYER("avg_pool", "kernel = 2;") LAYER("max_pool", "kernel = 3;") },
    { RN_FAMILY_LOSS,
      7,
      { 4, 3, 2 },
      11,
      .is_flat = true,
      .layers = ROWS,
      .train = "label_smoothing = 0.1;" },
    { RN_FAMILY_LOSS, 1, { 130, 1, 1 }, 1000, .layers = RELU },
    { RN_FAMILY_LOSS, 6, { 3, 4, 4 }, 9, .has_shares = true, .layers = TO(4) },
    { RN_FAMILY_LOSS, 6, { 3, 4, 4 }, 9, .scales_loss = true, .layers = TO(4) },
    { RN_FAMILY_ELEMENT, 3, { 6, 9, 7 }, 5, .of_bytes = true, .layers = JOINS },
    { RN_FAMILY_ELEMENT,
      5,
      { 8, 4, 4 },
      5,
      .needs = "residual",
      .layers = LAYER("residual/basic", "channels = 8; drop_path = 0.4;") },
    { RN_FAMILY_ELEMENT, 3, { 5, 7, 3 }, 5, .layers = CURVES },
    { RN_FAMILY_ELEMENT, 2, { 5, 7, 3 }, 5, .layers = PRODUCTS },
    { RN_FAMILY_UPDATE,
      2,
      { 3, 4, 3 },
      5,
      .layers = SMALL_CONV NORM,
      .train = "momentum = 0.9; nesterov = true; weight_decay = 0.01; ema_decay = 0.9; "
               "accumulate = 2;" },
    { RN_FAMILY_UPDATE,
      2,
      { 3, 4, 3 },
      5,
      .layers = SMALL_CONV,
      .train = "momentum = 0.0; clip_norm = 0.5;" },
    { RN_FAMILY_UPDATE,
      2,
      { 3, 4, 3 },
      5,
      .layers = SMALL_CONV,
      .train = "optimizer = \"adamw\"; weight_decay = 0.1; clip_value = 0.01;" },
    { RN_FAMILY_UPDATE,
      2,
      { 3, 4, 3 },
      5,
      .scales_loss = true,
      .layers = SMALL_CONV,
      .train = "optimizer = \"lamb\"; weight_decay = 0.1;" },
    { RN_FAMILY_UPDATE,
      2,
      { 3, 4, 3 },
      5,
      .layers = SMALL_CONV,
      .train = "optimizer = \"lars\"; momentum = 0.9; weight_decay = 0.1;" },
    { RN_FAMILY_UPDATE,
      2,
      { 3, 4, 3 },
      5,
      .layers = SMALL_CONV,
      .train = "optimizer = \"rmsprop\"; momentum = 0.9; weight_decay = 0.1;" },
    { 0 },
};

rn_status rn_small_network_config(const rn_small_network *network, rn_config **out)
{
    const int64_t *in = network->input;
    char *text = NULL;
    if (asprintf(&text,
                 "network = {\n"
                 "input = { channels = %d; height = %d; width = %d; };\nclasses = %d;\n"
                 "layers = (\n%s%s{ block = \"linear\"; name = \"fc\"; }\n);\n};\n"
                 "train = { batch = %d; %s };\n",
                 (int)in[0], (int)in[1], (int)in[2], (int)network->classes, network->layers,
                 network->is_flat ? "" : LAYER("global_avg_pool", "") LAYER("flatten", ""),
                 (int)network->batch, network->train ? network->train : "") < 0)
        return rn_fail(RN_E_NOMEM, "no memory for a cfg");
    rn_config_source source = { .path = "check.cfg", .text = text };
    rn_status status = rn_config_load_source(&source, out);
    free(text);
    if (!status && network->scales_loss)
        (*out)->backend.precision = RN_PRECISION_FP16; /* the device computes in fp32 */
    return status;
}
