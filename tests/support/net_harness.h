/* net_harness.h: runs whole networks on every backend and compares their tensors. */
#ifndef RN_TESTS_NET_HARNESS_H
#define RN_TESTS_NET_HARNESS_H

#include "io/safetensors.h"
#include "support/op_backends.h"
#include "train/step.h"

/* The program's registry; NULL, which counts as a failure, if it cannot be created. */
rn_registry *net_registry(void);
void net_registry_close(void);

/* Loads a cfg with the backend's name, threads and precision; NULL, which counts as a failure, if
 * it is invalid. */
rn_config *net_config(const char *path, const op_backend *backend);

/* The same of a cfg's contents, unless that is NULL; `path` is for messages. */
rn_config *net_config_text(const char *path, const char *text, const op_backend *backend);

/* A cfg of the source tree ("share/models/resnet18.cfg") on a backend, ready to run.
 * Zero-initialise it but for the field marked "given"; close it also after a failure. */
typedef struct net_trial {
    bool soft_labels; /* given: training takes shares of the classes */
    const op_backend *backend;
    rn_config *config;
    rn_session *session;
    rn_pass_plans *train, *evaluate;
} net_trial;

/* Plans a training step and an evaluation of one batch, and initialises the parameters. */
rn_status net_open(net_trial *trial, const op_backend *backend, const char *cfg, int64_t batch,
                   bool keep_all);
void net_close(net_trial *trial);

/* Uploads every parameter and running statistic from "param.NAME"; the file may have no others. */
rn_status net_fill(net_trial *trial, const rn_safetensors *file);

/* Limits of op_relative_rms in 16-bit precisions. The worst with onednn in bf16 on Zen 4: logits
 * 0.013, tensors after five steps 0.10, gradients of the first step 0.18. */
#define NET_HALF_LIMIT 0.15
#define NET_HALF_GRADIENT_LIMIT 0.3

/* Checks that |found - expected| <= limit * max(scale, largest |expected|). In 16-bit precisions
 * the limits are those above. */
void net_compare(const net_trial *trial, const rn_named_tensor *expected, const float *found,
                 double limit, double scale);

/* Downloads a tensor's values; freed by the caller. NULL, which counts as a failure, if nothing
 * computes it. */
float *net_download(const net_trial *trial, rn_plan *plan, const rn_value *value, const char *what);

int64_t net_count(const rn_named_tensor *tensor);

/* The magnitude that a parameter's gradient would have without cancellation. A bias's gradient is a
 * sum over all pixels of all images, of which only rounding errors are left if a normalisation
 * follows. 0 for parameters that are not vectors. */
double net_gradient_scale(rn_plan *plan, const rn_value *parameter);

#endif
