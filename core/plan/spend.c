/* spend.c: gives back the memory of kept tensors after the last operator that reads them. */
#include "plan/spend.h"

#include "base/memory.h"

static bool may_spend(const rn_plan *plan)
{
    return plan->device->host_memory.size && !plan->dag->training;
}

uint64_t rn_spend_bytes(const rn_plan *plan)
{
    uint64_t bytes = 0;
    for (int32_t i = 0; may_spend(plan) && i < plan->dag->n_values; i++)
        if (plan->dag->values[i]->last_constant)
            bytes += plan->dag->values[i]->desc.size_bytes;
    return bytes;
}

void rn_spend(rn_plan *plan, int32_t i)
{
    const rn_device *device = plan->device;
    const rn_launch *constant = &plan->constants[i];
    for (int32_t k = 0; may_spend(plan) && k < constant->node->n_inputs; k++) {
        const rn_value *value = constant->node->inputs[k];
        if (!value || value->last_constant != i + 1)
            continue;
        rn_memory_give_back(device->host_memory.pointer(device->context, constant->operands[k]),
                            value->desc.size_bytes);
        plan->kept->spent_version = plan->kept->version;
    }
}
