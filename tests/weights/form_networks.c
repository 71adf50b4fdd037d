/* form_networks.c: networks of cfgs as tensors without values. */
#include "weights/form_networks.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/status.h"
#include "graph/net.h"
#include "io/element.h"
#include "support/check.h"

static rn_registry *registry;

void form_network_close(void)
{
    rn_registry_destroy(registry);
    registry = NULL;
}

rn_dag *form_network_build(const char *path, const char *text, int64_t height, int64_t width)
{
    char rows[64], columns[64];
    const char *settings[] = { rows, columns };
    const rn_config_source source = {
        .path = path, .text = text, .settings = settings, .n_settings = 2
    };
    rn_config *config = NULL;
    rn_dag *dag = NULL;
    snprintf(rows, sizeof rows, "network.input.height=%" PRId64, height);
    snprintf(columns, sizeof columns, "network.input.width=%" PRId64, width);
    rn_status status = registry ? RN_OK : rn_registry_create(NULL, &registry);
    if (!status)
        status = rn_config_load_source(&source, &config);
    if (!status)
        status = rn_net_build(&(rn_net_params){ .config = config,
                                                .registry = registry,
                                                .batch = 1,
                                                .mask_dtype = RN_U8 },
                              &dag);
    if (status)
        check_note("%s", rn_fail_text());
    CU_ASSERT_EQUAL_FATAL(status, RN_OK);
    rn_config_destroy(config);
    return dag;
}

rn_weights *form_network_weights(const rn_dag *dag)
{
    rn_weights *weights = NULL;
    CU_ASSERT_EQUAL_FATAL(rn_weights_create("w", &weights), RN_OK);
    for (int32_t i = 0; i < dag->n_values; i++) {
        const rn_value *value = dag->values[i];
        if (value->role != RN_ROLE_PARAM && value->role != RN_ROLE_STATE)
            continue;
        rn_stored tensor = { .name = value->name,
                             .type = rn_element_by_text("F32"),
                             .rank = value->desc.rank };
        memcpy(tensor.shape, value->desc.shape, sizeof tensor.shape);
        rn_stored_pack(&tensor);
        CU_ASSERT_EQUAL_FATAL(rn_weights_add(weights, &tensor), RN_OK);
    }
    CU_ASSERT_EQUAL_FATAL(rn_stored_sort(&weights->table, "w"), RN_OK);
    return weights;
}

rn_stored *form_network_tensor(rn_weights *weights, const char *name)
{
    for (int64_t i = 0; i < weights->table.count; i++)
        if (strcmp(weights->table.tensors[i].name, name) == 0)
            return &weights->table.tensors[i];
    CU_FAIL_FATAL("no such tensor");
    return NULL;
}
