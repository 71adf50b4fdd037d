/* study_keys.c: the keys of a study, checked against each other. */
#include "config/study_keys.h"

#include <inttypes.h>
#include <stdlib.h>

#include "config/variants.h"

static rn_status check_seeds(const rn_config *config, const rn_tree *study)
{
    const int64_t *seeds = config->study.seeds;
    if (!config->study.n_seeds)
        return rn_tree_fail(study, "study: seeds is missing, expected an array such as [0, 1, 2]");
    for (int64_t i = 0; i < config->study.n_seeds; i++)
        for (int64_t k = 0; k < i; k++)
            if (seeds[i] == seeds[k])
                return rn_tree_fail(rn_tree_get(study, "seeds"),
                                    "study: seeds: found %" PRId64 " twice, expected each once",
                                    seeds[i]);
    return RN_OK;
}

static rn_status check_variants(const rn_config *config)
{
    rn_variants *variants = calloc(1, sizeof *variants);
    if (!variants)
        return rn_tree_no_memory();
    rn_status status = rn_variants_read(config->tree, variants);
    rn_variants_clear(variants);
    free(variants);
    return status;
}

rn_status rn_study_check(const rn_config *config)
{
    const rn_tree *study = rn_tree_get(config->tree, "study");
    if (!study)
        return RN_OK;
    rn_status status = check_seeds(config, study);
    return status ? status : check_variants(config);
}
