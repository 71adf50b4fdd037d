/* optimizer.c: the keys that only some optimizers read, and defaults that differ between them. */
#include "config/optimizer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/config_keys.h"

/* One row an optimizer, by its number. */
static const struct own {
    const char *keys[4]; /* of `some` below, those that it reads; ends with NULL */
    double weight_decay, epsilon;
} owns[] = {
    [RN_OPTIMIZER_SGD] = { { "momentum", "nesterov" }, 0, 0 },
    [RN_OPTIMIZER_ADAMW] = { { "beta1", "beta2", "epsilon" }, 0.01, 1e-8 },
    [RN_OPTIMIZER_LAMB] = { { "beta1", "beta2", "epsilon" }, 0.01, 1e-6 },
    [RN_OPTIMIZER_LARS] = { { "momentum", "nesterov", "trust", "epsilon" }, 0, 1e-8 },
    [RN_OPTIMIZER_RMSPROP] = { { "momentum", "square_decay", "epsilon" }, 0, 1e-10 },
};
enum { N_KEYS = sizeof owns->keys / sizeof *owns->keys };

/* The keys that not every optimizer reads. */
static const char *const some[] = { "momentum", "nesterov",     "beta1",  "beta2",
                                    "trust",    "square_decay", "epsilon" };

static const rn_tree *given(const rn_config *config, const char *key)
{
    return rn_tree_get(rn_tree_get(config->tree, "train"), key);
}

static bool reads(const struct own *own, const char *key)
{
    for (int i = 0; i < N_KEYS && own->keys[i]; i++)
        if (strcmp(own->keys[i], key) == 0)
            return true;
    return false;
}

/* Is a key of numbers or of truth not at its default? A cfg that extends another one may set a key
 * back to it. */
static bool is_set(const rn_config *config, const char *key)
{
    char path[64];
    snprintf(path, sizeof path, "train.%s", key);
    const rn_config_key *row = rn_config_find_key(path);
    const void *at = (const char *)config + row->offset;
    if (row->attr.type == RN_ATTR_BOOL)
        return *(const bool *)at;
    return *(const double *)at != strtod(row->attr.default_text, NULL);
}

static rn_status check_keys(const rn_config *config, const struct own *own)
{
    for (size_t i = 0; i < sizeof some / sizeof *some; i++)
        if (!reads(own, some[i]) && is_set(config, some[i]))
            return rn_tree_fail(given(config, some[i]),
                                "train: %s: the optimizer \"%s\" does not read it; leave it out",
                                some[i], rn_config_word(config, "train.optimizer"));
    return RN_OK;
}

static rn_status check_pairs(const rn_config *config)
{
    if (config->train.nesterov && config->train.momentum <= 0)
        return rn_tree_fail(
            given(config, "nesterov"),
            "train: nesterov: found true with momentum 0, expected a momentum above 0");
    if (config->train.clip_norm > 0 && config->train.clip_value > 0)
        return rn_tree_fail(given(config, "clip_value"),
                            "train: clip_value: found beside clip_norm, expected one of them");
    return RN_OK;
}

rn_status rn_optimizer_check(rn_config *config)
{
    const struct own *own = &owns[config->train.optimizer];
    rn_status status = check_keys(config, own);
    if (status)
        return status;
    if (!given(config, "weight_decay"))
        config->train.weight_decay = own->weight_decay;
    if (config->train.epsilon == 0)
        config->train.epsilon = own->epsilon;
    return check_pairs(config);
}
