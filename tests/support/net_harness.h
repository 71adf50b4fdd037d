/* net_harness.h: whole networks on every backend: from a cfg to a session, tensors to compare. */
#ifndef RN_TESTS_NET_HARNESS_H
#define RN_TESTS_NET_HARNESS_H

#include "io/safetensors.h"
#include "support/op_backends.h"
#include "train/step.h"

/* The registry of the whole program, or NULL, which is counted as a failure. */
rn_registry *net_registry(void);
void net_registry_close(void);

/* Reads a cfg for a backend and its threads; NULL, counted as a failure, where it is bad. */
rn_config *net_config(const char *path, const op_backend *backend);

/* A cfg of this source tree ("share/models/resnet18.cfg") on a backend, ready to run. Zero it
 * before use; close it also after a failure. */
typedef struct net_trial {
    const op_backend *backend;
    rn_config *config;
    rn_session *session;
    rn_pass_plans *train, *evaluate;
} net_trial;

/* Plans a training step and an evaluation of one batch, and initialises the parameters. */
rn_status net_open(net_trial *trial, const op_backend *backend, const char *cfg, int64_t batch,
                   bool keep_all);
void net_close(net_trial *trial);

/* Fills every parameter and running statistic in from "param.NAME"; the file has no others. */
rn_status net_fill(net_trial *trial, const rn_safetensors *file);

/* Of op_relative_rms. The worst with onednn in bf16 on Zen 4: logits 0.013, tensors after five
 * steps 0.10, gradients of the first step 0.18. */
#define NET_HALF_LIMIT 0.15
#define NET_HALF_GRADIENT_LIMIT 0.3

/* Numbers of one element or less than `scale` are measured against `scale`:
 * |found - expected| <= limit * max(scale, largest |expected|). In halves the limits are those
 * above. */
void net_compare(const net_trial *trial, const rn_named_tensor *expected, const float *found,
                 double limit, double scale);

/* The values of a plan's tensor; freed by the caller. NULL is counted as a failure. */
float *net_download(const net_trial *trial, rn_plan *plan, const rn_value *value, const char *what);

int64_t net_count(const rn_named_tensor *tensor);

/* The size that the gradient of this parameter has without cancellation: a vector's is a sum over
 * all pixels of all images, of which only rounding is left where a normalisation follows a bias.
 * 0: the gradient's own. */
double net_gradient_scale(rn_plan *plan, const rn_value *parameter);

#endif
