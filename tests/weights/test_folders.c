/* test_folders.c: networks that other programs saved, in files, folders and shards, without a cfg:
 * their logits are those programs', on every backend. Also for a cfg, by names. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "support/check.h"
#include "support/net_harness.h"
#include "train/model.h"
#include "weights/describe.h"
#include "weights/open.h"

#define LIMIT 1e-4 /* of the largest logit */
#define HALF_LIMIT 1e-2

/* What is opened, below the golden folder weights/, and compared with reference.safetensors in the
 * same folder. */
static const struct saved {
    const char *folder, *file; /* file "": the folder itself */
    const char *key;           /* of a checkpoint */
    double limit;
    bool has_class_names;
} saved[] = {
    { "timm_resnet18", "", NULL, LIMIT, true },
    { "transformers_basic", "", NULL, LIMIT, true },
    { "transformers_bottleneck", "", NULL, LIMIT, true },
    { "sharded", "", NULL, LIMIT, false },
    { "sharded", "model.safetensors.index.json", NULL, LIMIT, false },
    { "torch_bottleneck", "model.safetensors", NULL, LIMIT, false },
    { "torch_bottleneck", "weights.pth", NULL, LIMIT, false },
    { "torch_resnext", "", NULL, LIMIT, false },
    { "torch_zip", "weights.pth", NULL, LIMIT, false },
    { "torch_legacy", "weights.pth", NULL, LIMIT, false },
    { "torch_checkpoint", "checkpoint.pth.tar", NULL, LIMIT, false },
    { "torch_compiled_ema", "checkpoint.pth", "model_ema", LIMIT, false },
    { "lightning", "last.ckpt", NULL, LIMIT, false },
    { "torch_half_strided", "weights.pt", NULL, HALF_LIMIT, false },
    { "torch_bfloat16", "model.safetensors", NULL, HALF_LIMIT, false },
    { "torch_bfloat16", "weights.pth", NULL, HALF_LIMIT, false },
};
enum { N_SAVED = sizeof saved / sizeof *saved };

/* The session of a network that its weights alone describe. */
typedef struct opened {
    rn_weights *weights;
    net_trial trial;
    char *cfg;         /* of the network */
    const char *names; /* given: network.weight_names=...; NULL: none */
} opened;

/* Opens the weights and keeps the cfg that they describe. */
static rn_status describe(opened *o, const char *path, const char *key)
{
    const char *cfg = NULL;
    rn_status status = rn_weights_open(path, key, &o->weights);
    if (!status)
        status = rn_weights_describe(o->weights, &cfg);
    o->cfg = cfg ? strdup(cfg) : NULL;
    return status;
}

static rn_status load_config(opened *o, const op_backend *backend)
{
    char name[96], threads[32];
    const char *settings[] = { name, threads, "network.input.height=64", "network.input.width=64",
                               o->names };
    snprintf(name, sizeof name, "backend.name=%s", backend->table->name);
    snprintf(threads, sizeof threads, "run.threads=%d", (int)backend->threads);
    const rn_config_source source = { .path = o->weights->path,
                                      .text = o->cfg,
                                      .settings = settings,
                                      .n_settings = o->names ? 5 : 4 };
    return rn_config_load_source(&source, &o->trial.config);
}

/* Loads the weights into a session of the cfg. */
static rn_status bind_weights(opened *o, const op_backend *backend)
{
    net_trial *t = &o->trial;
    t->backend = backend;
    rn_status status = load_config(o, backend);
    if (!status)
        status = rn_session_open(t->config, net_registry(), &t->session);
    if (!status)
        status = rn_session_add(t->session, RN_PASS_PREDICT, 2, true, &t->evaluate);
    const rn_model_choice choice = { .path = o->weights->path, .opened = o->weights };
    return status ? status : rn_model_bind(t->session, &choice);
}

static void close_saved(opened *o)
{
    net_close(&o->trial);
    rn_weights_close(o->weights);
    free(o->cfg);
}

static void compare_logits(const opened *o, const rn_safetensors *reference, double limit)
{
    const net_trial *t = &o->trial;
    const rn_step_params nothing = { 0 };
    const rn_batch batch = { .images = rn_safetensors_find(reference, "x")->data, .count = 2 };
    rn_step_result result;
    rn_plan *plan = t->evaluate->by_rank[0];
    if (!op_accepted(t->backend, rn_step_run(t->session, t->evaluate, &batch, &nothing, &result),
                     "prediction"))
        return;
    float *found = net_download(t, plan, plan->dag->logits, "logits");
    if (found)
        net_compare(t, rn_safetensors_find(reference, "logits"), found, limit, 0);
    free(found);
}

/* Sets the path of what is opened, and reads the reference beside it; NULL: it is not there. */
static rn_safetensors *find_saved(const struct saved *s, char path[CHECK_PATH_MAX])
{
    char beside[CHECK_PATH_MAX], name[128];
    rn_safetensors *reference = NULL;
    snprintf(name, sizeof name, "weights/%s/reference.safetensors", s->folder);
    if (!check_golden(beside, name))
        return NULL;
    snprintf(path, CHECK_PATH_MAX, "%.*s%s", (int)(strrchr(beside, '/') - beside + (*s->file != 0)),
             beside, s->file);
    op_check(!rn_safetensors_read(beside, &reference), "%s", rn_fail_text());
    return reference;
}

static void test_logits(const op_backend *backend, const void *subject)
{
    const struct saved *s = subject;
    char path[CHECK_PATH_MAX];
    opened o = { 0 };
    rn_safetensors *reference = find_saved(s, path);
    if (!reference)
        return;
    rn_status status = describe(&o, path, s->key);
    if (!status)
        status = bind_weights(&o, backend);
    if (op_accepted(backend, status, s->folder)) {
        compare_logits(&o, reference, s->limit);
        op_check((o.weights->class_names != NULL) == s->has_class_names, "classes of %s",
                 s->folder);
    }
    close_saved(&o);
    rn_safetensors_destroy(reference);
}

/* ---- Weights for a cfg ---- */

static const struct saved transformers = { "transformers_bottleneck", "", NULL, LIMIT, true };

/* Reads the cfg that the weights describe, then the weights as the file has them. */
static rn_status load_into_cfg(opened *o, const char *path)
{
    rn_status status = describe(o, path, NULL);
    rn_weights_close(o->weights);
    o->weights = NULL;
    if (!status)
        status = rn_weights_open(path, NULL, &o->weights);
    return status ? status : bind_weights(o, op_backend_at(0));
}

/* What names.c has for transformers. */
static const char list_of_family[] =
    "network.weight_names=("
    "{ file = \"resnet.embedder.embedder.convolution.*\";"
    "  network = \"conv1.*\"; },"
    "{ file = \"resnet.embedder.embedder.normalization.*\";"
    "  network = \"bn1.*\"; },"
    "{ file = \"resnet.encoder.stages.{s}.layers.{b}.layer.{n}.convolution.*\";"
    "  network = \"layer{s+1}.{b}.conv{n+1}.*\"; },"
    "{ file = \"resnet.encoder.stages.{s}.layers.{b}.layer.{n}.normalization.*\";"
    "  network = \"layer{s+1}.{b}.bn{n+1}.*\"; },"
    "{ file = \"resnet.encoder.stages.{s}.layers.{b}.shortcut.convolution.*\";"
    "  network = \"layer{s+1}.{b}.downsample.0.*\"; },"
    "{ file = \"resnet.encoder.stages.{s}.layers.{b}.shortcut.normalization.*\";"
    "  network = \"layer{s+1}.{b}.downsample.1.*\"; },"
    "{ file = \"classifier.1.*\"; network = \"fc.*\"; })";

static const char list_of_head[] =
    "network.weight_names=({ file = \"classifier.1.*\"; network = \"fc.*\"; })";

/* By the family's names, by a list of the cfg that says the same, and by one that does not. */
static void test_names(const op_backend *backend, const void *subject)
{
    static const char *const lists[] = { NULL, list_of_family, list_of_head };
    char path[CHECK_PATH_MAX];
    rn_safetensors *reference = find_saved(&transformers, path);
    (void)backend;
    (void)subject;
    for (int i = 0; reference && i < 3; i++) {
        opened o = { .names = lists[i] };
        rn_status status = load_into_cfg(&o, path);
        if (i == 2)
            op_check(check_failed(status, RN_E_DATA, "tensors are missing: \"conv1.weight\""),
                     "a list");
        else if (op_accepted(op_backend_at(0), status, "a cfg"))
            compare_logits(&o, reference, LIMIT);
        close_saved(&o);
    }
    rn_safetensors_destroy(reference);
}

int main(void)
{
    char names[N_SAVED][96];
    op_backends_open();
    for (int i = 0; i < N_SAVED; i++) {
        snprintf(names[i], sizeof names[i], "%s/%s", saved[i].folder, saved[i].file);
        op_tests_add(names[i], test_logits, &saved[i]);
    }
    op_tests_add_once("names for a cfg", test_names, NULL);
    int result = op_tests_run("networks of other programs");
    net_registry_close();
    return result;
}
