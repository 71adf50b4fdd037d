/* cupti_double.c: a double of libcupti that has seen two launches of a graph of three kernels, two
 * of which have the same name, and one kernel beside it: that without CUPTI_DOUBLE=plain. */
#include <cupti.h>
#include <stdlib.h>
#include <string.h>

static CUpti_BuffersCallbackRequestFunc give;
static CUpti_BuffersCallbackCompleteFunc take;

CUptiResult cuptiActivityRegisterCallbacks(CUpti_BuffersCallbackRequestFunc on_request,
                                           CUpti_BuffersCallbackCompleteFunc on_complete)
{
    give = on_request;
    take = on_complete;
    return CUPTI_SUCCESS;
}

CUptiResult cuptiActivityEnable(CUpti_ActivityKind kind)
{
    return kind == CUPTI_ACTIVITY_KIND_CONCURRENT_KERNEL ? CUPTI_SUCCESS : CUPTI_ERROR_INVALID_KIND;
}

static void append(CUpti_ActivityKernel10 **end, const char *name, uint64_t node, uint64_t ns)
{
    **end = (CUpti_ActivityKernel10){ .kind = CUPTI_ACTIVITY_KIND_CONCURRENT_KERNEL,
                                      .start = 1000,
                                      .end = 1000 + ns,
                                      .graphNodeId = node,
                                      .name = name };
    ++*end;
}

CUptiResult cuptiActivityFlushAll(uint32_t flag)
{
    uint8_t *buffer = NULL;
    size_t size = 0, max_records = 0;
    const char *plain = getenv("CUPTI_DOUBLE");
    (void)flag;
    give(&buffer, &size, &max_records);
    CUpti_ActivityKernel10 *first = (CUpti_ActivityKernel10 *)buffer, *end = first;
    append(&end, "tuning", 0, 9000000);
    for (int step = 0; step < 2 && !plain; step++) {
        append(&end, "_Z3addPf", 7, 250000);
        append(&end, "sm90_\"xmma\", wgmma", 8, 1500000);
        append(&end, "_Z3addPf", 9, 750000);
    }
    take(NULL, 0, buffer, size, (size_t)(end - first) * sizeof *first);
    return CUPTI_SUCCESS;
}

CUptiResult cuptiActivityGetNextRecord(uint8_t *buffer, size_t valid_bytes, CUpti_Activity **record)
{
    CUpti_ActivityKernel10 *first = (CUpti_ActivityKernel10 *)buffer;
    CUpti_ActivityKernel10 *next = *record ? (CUpti_ActivityKernel10 *)*record + 1 : first;
    if ((size_t)(next - first) * sizeof *first >= valid_bytes)
        return CUPTI_ERROR_MAX_LIMIT_REACHED;
    *record = (CUpti_Activity *)next;
    return CUPTI_SUCCESS;
}
