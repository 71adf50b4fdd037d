/* optimizer.c: the keys that only some optimizers read, and defaults that differ between them. */
#include "config/optimizer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/chosen.h"
#include "config/config_keys.h"
#include "config/param_groups.h"

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

static bool reads(const struct own *own, const char *key)
{
    for (int i = 0; i < N_KEYS && own->keys[i]; i++)
        if (strcmp(own->keys[i], key) == 0)
            return true;
    return false;
}

/* Does a key of numbers or of truth have its default? If not, `reset` gives it. */
static bool has_default(rn_config *config, const char *key, bool reset)
{
    char path[64];
    snprintf(path, sizeof path, "train.%s", key);
    const rn_config_key *row = rn_config_find_key(path);
    char *at = (char *)config + row->offset;
    if (row->attr.type == RN_ATTR_BOOL) {
        bool is_so = !*(bool *)at;
        *(bool *)at = *(bool *)at && !reset;
        return is_so;
    }
    double value = strtod(row->attr.default_text, NULL), *number = (double *)(void *)at;
    bool is_so = *number == value;
    *number = reset ? value : *number;
    return is_so;
}

static rn_status check_keys(rn_config *config, const struct own *own)
{
    for (size_t i = 0; i < sizeof some / sizeof *some; i++) {
        const rn_tree *node = rn_chosen_given(config, some[i]);
        if (!node || reads(own, some[i]))
            continue;
        bool is_over = rn_chosen_over(config, "optimizer", node);
        if (!has_default(config, some[i], is_over) && !is_over)
            return rn_tree_fail(node,
                                "train: %s: the optimizer \"%s\" does not read it; leave it out",
                                some[i], rn_config_word(config, "train.optimizer"));
    }
    return RN_OK;
}

static rn_status check_pairs(const rn_config *config)
{
    if (config->train.nesterov && config->train.momentum <= 0)
        return rn_tree_fail(
            rn_chosen_given(config, "nesterov"),
            "train: nesterov: found true with momentum 0, expected a momentum above 0");
    if (config->train.clip_norm > 0 && config->train.clip_value > 0)
        return rn_tree_fail(rn_chosen_given(config, "clip_value"),
                            "train: clip_value: found beside clip_norm, expected one of them");
    if (config->train.ema_warmup && config->train.ema_decay == 0)
        return rn_tree_fail(rn_chosen_given(config, "ema_warmup"),
                            "train: ema_warmup: found true without an average, expected an "
                            "ema_decay above 0");
    return RN_OK;
}

rn_status rn_optimizer_check(rn_config *config)
{
    const struct own *own = &owns[config->train.optimizer];
    rn_status status = check_keys(config, own);
    if (status)
        return status;
    if (!rn_chosen_given(config, "weight_decay"))
        config->train.weight_decay = own->weight_decay;
    if (config->train.epsilon == 0)
        config->train.epsilon = own->epsilon;
    rn_status checked = check_pairs(config);
    return checked ? checked : rn_param_groups_read(config);
}
