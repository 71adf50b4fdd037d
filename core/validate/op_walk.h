/* op_walk.h: every operator that a backend is tried with, alone, with operands that fit. */
#ifndef RN_CORE_VALIDATE_OP_WALK_H
#define RN_CORE_VALIDATE_OP_WALK_H

#include "compare/bisect_trial.h"
#include "validate/check.h"
#include "validate/networks.h"

/* The backend that is checked, beside the reference. */
typedef struct rn_bench_pair {
    rn_checking *checking;
    rn_device *tested, *reference;
} rn_bench_pair;

/* Opens both. The caller closes them, also on failure. RN_E_DEVICE: the backend has no device. */
rn_status rn_pair_open(rn_checking *c, bool deterministic, rn_bench_pair *pair);
void rn_pair_close(rn_bench_pair *pair);

/* One operator alone; its inputs have values. */
typedef rn_status rn_op_visit(rn_bench_pair *pair, const rn_case *c, void *context);

/* Calls `visit` for each operator of the networks of a family (0: of all), in all passes, each kind
 * of operands once. The inputs have the values that the reference has computed. */
rn_status rn_op_walk(rn_bench_pair *pair, rn_family family, rn_op_visit *visit, void *context);

/* What the backend answers about an operator; false: it declines. The reason is rn_fail_text(). */
rn_status rn_op_ask(rn_bench_pair *pair, const rn_case *c, rn_op_answer *answer, bool *accepts);

/* Whether two runs of an operator gave the same, to the rounding of one that is not
 * deterministic. */
bool rn_op_is_close(const rn_case *c, const rn_case_results *a, const rn_case_results *b);

/* "conv2d (x (2, 3, 17, 13), weight (8, 3, 3, 3), …)" */
#define RN_OP_TEXT 768
const char *rn_op_text(const rn_case *c, char text[RN_OP_TEXT]);

#endif
