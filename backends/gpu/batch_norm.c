/* batch_norm.c: the launch that applies a batch norm's statistics. */
#include "gpu/batch_norm.h"

#include "gpu/launch.h"
#include "gpu/operators.h"

rn_status gpu_batch_norm_apply(rn_kernel *kernel, const rn_operand *o)
{
    const rn_batch_norm_attrs *a = kernel->desc.attrs;
    const rn_operand apply[] = {
        o[RN_AT_BATCH_NORM_X],
        o[RN_AT_BATCH_NORM_WEIGHT],
        o[RN_AT_BATCH_NORM_BIAS],
        o[a->training ? RN_AT_BATCH_NORM_MEAN : RN_AT_BATCH_NORM_RUNNING_MEAN],
        o[a->training ? RN_AT_BATCH_NORM_INV_STD : RN_AT_BATCH_NORM_RUNNING_VAR],
        o[RN_AT_BATCH_NORM_Z],
        o[RN_AT_BATCH_NORM_Y],
        o[RN_AT_BATCH_NORM_MASK]
    };
    return gpu_launch_run(kernel->context, gpu_launch_at(kernel, kernel->n_launches - 1), apply);
}
