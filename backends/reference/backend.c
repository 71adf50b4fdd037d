/* backend.c: the reference backend's table and entry point. */
#include "reference/reference.h"

#define RN_OP(OPERATOR, name, bytes) REFERENCE_##OPERATOR(name)
#define OWN(name) &reference_##name,
#define LACKS(name) NULL,
static const cpu_operator *const OPERATORS[] = {
#include <resnet/operators.h>
};
#undef OWN
#undef LACKS

#define RN_OP(OPERATOR, name, bytes) REFERENCE_##OPERATOR(name)
#include "base/operator_names.h"

static rn_status device_info(int32_t index, rn_device_info *info)
{
    return cpu_device_info(index, info, "plain loops in double precision");
}

static rn_status open_device(const rn_open_params *params, rn_context **context)
{
    return cpu_open(params, OPERATORS, context);
}

static const rn_backend REFERENCE = {
    .size = sizeof REFERENCE,
    .name = "reference",
    .doc = "Plain loops in double precision: the oracle that the other backends are compared with.",
    .operators = OPERATOR_NAMES,
    .device_info = device_info,
    .open = open_device,
    CPU_BACKEND_SLOTS,
};

rn_status RN_PLUGIN_ENTRY(const rn_host *host, rn_plugin *plugin)
{
    return cpu_plugin_init(host, plugin, &REFERENCE, "0.1.0");
}
