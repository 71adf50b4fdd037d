/* rank_sums.c: which synchronised batch norms are refused. */
#include "base/rank_sums.h"

rn_status rank_sums_check(const rank_sums *ranks, const rn_host *host, const rn_op_desc *op)
{
    if (!rank_sums_wanted(op) || ranks->sum)
        return RN_OK;
    return host->fail(RN_E_UNSUPPORTED,
                      "%s: synchronised statistics need sums over the ranks, which this context "
                      "was not given (" RN_RANK_SUMS_ID ")",
                      op->op);
}
