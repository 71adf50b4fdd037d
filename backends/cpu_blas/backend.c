/* backend.c: the plugin's entry point: convolutions and the other operators on OpenBLAS and a pool
 * of threads. */
#include "cpu/operators.h"
#include "cpu_blas/cpu_blas.h"
#include "reference/reference.h"

#define RN_OP(OPERATOR, name, bytes) CPU_BLAS_##OPERATOR(name)
#define OWN(name) &cpu_blas_##name,
#define SHARED(name) &cpu_##name,
#define REFERENCE(name) &reference_##name,
#define LACKS(name) NULL,
static const cpu_operator *const OPERATORS[] = {
#include <resnet/operators.h>
};
#undef OWN
#undef SHARED
#undef REFERENCE
#undef LACKS

#define RN_OP(OPERATOR, name, bytes) CPU_BLAS_##OPERATOR(name)
#include "base/operator_names.h"

static rn_status device_info(int32_t index, rn_device_info *info)
{
    return cpu_device_info(index, info, cpu_blas_library());
}

static rn_status open_device(const rn_open_params *params, rn_context **context)
{
    /* Our pool divides the work; each of its threads calls BLAS by itself. */
    cpu_blas_single_thread();
    rn_status status = cpu_blas_check();
    if (status)
        return status;
    status = cpu_open(params, OPERATORS, context);
    if (status)
        return status;
    status = cpu_blas_reserve((*context)->n_threads);
    if (status) {
        cpu_close(*context);
        *context = NULL;
    }
    return status;
}

static const rn_backend BACKEND = {
    .size = sizeof(rn_backend),
    .name = "cpu_blas",
    .doc = "Processors, with OpenBLAS and Winograd convolutions on a pool of threads.",
    .operators = OPERATOR_NAMES,
    .device_info = device_info,
    .open = open_device,
    CPU_BACKEND_SLOTS,
};

RN_PLUGIN_EXPORT rn_status RN_PLUGIN_ENTRY(const rn_host *host, rn_plugin *plugin)
{
    return cpu_plugin_init(host, plugin, &BACKEND, "0.1.0");
}
