/* ranks.c: the ranks of a session. */
#include "train/ranks.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/processors.h"
#include "base/status.h"
#include "device/calls.h"
#include "world/world.h"

/* Up to so many ranks, batch norms are synchronised unless the cfg says otherwise. With more, the
 * statistics of whole batches cost too much time to be a default, and those of parts of them change
 * what is learnt. */
#define MOST_BY_DEFAULT 8

/* The ranks whose batch norms are synchronised, as the cfg says. */
static rn_status settle_norms(const rn_config *config, rn_ranks *ranks)
{
    int64_t wanted = config->train.norm_group;
    int64_t size = wanted > 0 ? wanted : ranks->all;
    if (size > 1 && (ranks->all % size || (ranks->n % size && size % ranks->n)))
        return rn_fail(RN_E_CONFIG,
                       "%s: train.synchronise_norms: found \"%lld\" with %d devices, %d in each "
                       "process; expected a number that divides %d and is a multiple or a divisor "
                       "of %d",
                       config->path, (long long)size, ranks->all, ranks->n, ranks->all, ranks->n);
    ranks->norm_group = (int32_t)size;
    return RN_OK;
}

rn_status rn_ranks_train(const rn_config *config, const rn_ranks *ranks, const char *label)
{
    char norms[64];
    if (!config->train.norm_group && ranks->all > MOST_BY_DEFAULT)
        return rn_fail(RN_E_CONFIG,
                       "%s: %d devices share each step, and train.synchronise_norms is not set; "
                       "above %d devices say whether batch norms take the statistics of \"all\", "
                       "of each \"device\", or of groups of \"N\" devices",
                       config->path, ranks->all, MOST_BY_DEFAULT);
    if (ranks->norm_group == ranks->all)
        snprintf(norms, sizeof norms, "of all");
    else if (ranks->norm_group == 1)
        snprintf(norms, sizeof norms, "of each device");
    else
        snprintf(norms, sizeof norms, "of groups of %d", ranks->norm_group);
    rn_log(RN_LOG_INFO,
           "%s: %d devices of %d processes share each step; batch norms take the statistics %s; "
           "gradients are exchanged in %s",
           label, ranks->all, ranks->all / ranks->n, norms, ranks->in_bf16 ? "bf16" : "fp32");
    return RN_OK;
}

rn_status rn_ranks_settle(const rn_config *config, rn_device *const *devices, int32_t n,
                          rn_ranks *out)
{
    const rn_world *world = rn_world_get();
    char text[32];
    snprintf(text, sizeof text, "%d", n);
    rn_status status = rn_world_agree("number of devices", text);
    if (status)
        return status;
    *out = (rn_ranks){ .devices = devices,
                       .n = n,
                       .first = world->process * n,
                       .all = world->n_processes * n,
                       .in_bf16 = config->train.exchange == RN_EXCHANGE_BF16 };
    status = settle_norms(config, out);
    if (!status && out->in_bf16 && devices[0]->collective.size)
        status = rn_fail(RN_E_UNSUPPORTED,
                         "train.exchange = \"bf16\": backend %s exchanges gradients itself, in "
                         "fp32; remove the key, or use another backend",
                         devices[0]->label);
    return status;
}

rn_status rn_ranks_agree_plugins(const rn_registry *registry)
{
    if (rn_world_is_alone())
        return RN_OK;
    char *versions = rn_registry_versions(registry);
    if (!versions)
        return rn_fail(RN_E_NOMEM, "no memory to compare the plugins");
    rn_status status = rn_world_agree("the list of plugins", versions);
    free(versions);
    return status;
}

int32_t rn_ranks_threads(const rn_config *config)
{
    if (config->run.threads || rn_world_get()->n_on_host == 1 || getenv("OMP_NUM_THREADS"))
        return (int32_t)config->run.threads;
    return (int32_t)rn_processors_computing();
}

char *rn_ranks_device(const rn_backend *backend)
{
    const rn_world *world = rn_world_get();
    int32_t count = 0;
    char text[16] = "";
    if (world->n_on_host > 1 && !rn_backend_count(backend, &count) && count > 1) {
        snprintf(text, sizeof text, "%d", world->place % count);
        rn_log(RN_LOG_INFO, "process %d on host %s takes device %s of %d", world->process,
               world->hosts[world->process], text, count);
    }
    return strdup(text);
}
