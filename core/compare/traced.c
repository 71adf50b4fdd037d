/* traced.c: names of tensors in traces. */
#include "compare/traced.h"

const char *rn_traced_prefix(rn_traced_kind kind)
{
    static const char *const prefixes[] = { [RN_TRACED_FORWARD] = "",
                                            [RN_TRACED_GRADIENT] = "grad.",
                                            [RN_TRACED_AFTER] = "after.",
                                            [RN_TRACED_MASK] = "mask." };
    return prefixes[kind];
}
