/* net_golden.h: networks whose parameters and results are in tests/golden/nets. */
#ifndef RN_TESTS_NET_GOLDEN_H
#define RN_TESTS_NET_GOLDEN_H

#include "support/net_harness.h"

/* Reads nets/NAME.safetensors; NULL after the test is reported as skipped. */
rn_safetensors *net_golden_open(const char *name);

/* Its images and labels, which it keeps. */
rn_batch net_golden_batch(const rn_safetensors *file);

/* Downloads a value and compares it (net_compare). */
void net_golden_compare(const net_trial *t, rn_plan *plan, const rn_value *value,
                        const rn_named_tensor *expected, double limit);

/* An op_test of the network that `subject` names, tests/config/nets/NAME.cfg: logits in both modes,
 * the gradients of the first step, the losses of five steps, and the kept tensors after them. */
void net_golden_test(const op_backend *backend, const void *subject);

#endif
