/* births.c: compares the shapes of a network before and after each of its growths. */
#include "train/births.h"

#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "config/growth.h"
#include "graph/net.h"

_Static_assert(RN_MAX_GENERATIONS == RN_MAX_GROWTHS + 1, "");

struct rn_births {
    rn_store *networks[RN_MAX_GENERATIONS]; /* after 0, 1, ... growths */
    int32_t n;                              /* growths */
};

rn_status rn_births_graph(const rn_config *config, rn_registry *registry, rn_dag **out)
{
    const rn_net_params params = {
        .config = config, .registry = registry, .batch = 1, .mask_dtype = RN_U8
    };
    return rn_net_build(&params, out);
}

rn_status rn_births_network(const rn_config *config, rn_registry *registry, rn_store **out)
{
    rn_dag *dag = NULL;
    rn_status status = rn_births_graph(config, registry, &dag);
    if (status)
        return status;
    status = rn_store_create(NULL, 0, dag, out);
    rn_dag_destroy(dag);
    return status;
}

static rn_status add_network(rn_births *births, const rn_config *config, rn_registry *registry)
{
    rn_config *grown = NULL;
    rn_status status = rn_growth_apply(config, births->n, &grown);
    if (!status)
        status = rn_births_network(grown, registry, &births->networks[births->n]);
    rn_config_destroy(grown);
    return status;
}

rn_status rn_births_open(const rn_config *config, int32_t n, rn_registry *registry, rn_births **out)
{
    rn_births *births = calloc(1, sizeof *births);
    if (!births)
        return rn_fail(RN_E_NOMEM, "no memory for the growth");
    rn_status status = add_network(births, config, registry);
    while (!status && births->n < n) {
        births->n++;
        status = add_network(births, config, registry);
    }
    if (status)
        rn_births_close(births);
    else
        *out = births;
    return status;
}

void rn_births_close(rn_births *births)
{
    for (int32_t i = 0; births && i <= births->n; i++)
        rn_store_destroy(births->networks[i]);
    free(births);
}

static bool has(const rn_store *network, const rn_value *value)
{
    const rn_store_entry *entry = rn_store_find(network, value->name);
    return entry && memcmp(entry->desc.shape, value->desc.shape, sizeof entry->desc.shape) == 0;
}

void rn_births_mark(const rn_births *births, rn_dag *dag)
{
    for (int32_t i = 0; births && i < dag->n_values; i++) {
        rn_value *value = dag->values[i];
        if (value->role != RN_ROLE_PARAM)
            continue;
        value->generation = births->n;
        while (value->generation > 0 && has(births->networks[value->generation - 1], value))
            value->generation--;
    }
}
