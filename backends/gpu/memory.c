/* memory.c: checks of buffers, the same on every device. */
#include "gpu/memory.h"

#include <inttypes.h>

#include "gpu/kernel.h"

rn_status gpu_range_check(rn_operand operand, uint64_t buffer_bytes, uint64_t size_bytes)
{
    if (operand.offset_bytes <= buffer_bytes && size_bytes <= buffer_bytes - operand.offset_bytes)
        return RN_OK;
    return gpu_host->fail(RN_E_PLUGIN,
                          "%" PRIu64 " bytes from byte %" PRIu64 " on do not lie "
                          "within a buffer of %" PRIu64,
                          size_bytes, operand.offset_bytes, buffer_bytes);
}
