/* test_folders.c: networks that other programs saved, in files, folders and shards, without a cfg:
 * their logits are those programs', on every backend. */
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
} opened;

static rn_status load_config(opened *o, const op_backend *backend, const char *cfg)
{
    char name[96], threads[32];
    const char *settings[] = { name, threads, "network.input.height=64", "network.input.width=64" };
    snprintf(name, sizeof name, "backend.name=%s", backend->table->name);
    snprintf(threads, sizeof threads, "run.threads=%d", (int)backend->threads);
    const rn_config_source source = {
        .path = o->weights->path, .text = cfg, .settings = settings, .n_settings = 4
    };
    return rn_config_load_source(&source, &o->trial.config);
}

static rn_status open_saved(opened *o, const op_backend *backend, const char *path,
                            const struct saved *s)
{
    const char *cfg = NULL;
    net_trial *t = &o->trial;
    t->backend = backend;
    rn_status status = rn_weights_open(path, s->key, &o->weights);
    if (!status)
        status = rn_weights_describe(o->weights, &cfg);
    if (!status)
        status = load_config(o, backend, cfg);
    if (!status)
        status = rn_session_open(t->config, net_registry(), &t->session);
    if (!status)
        status = rn_session_add(t->session, RN_PASS_PREDICT, 2, true, &t->evaluate);
    const rn_model_choice choice = { .path = path, .opened = o->weights };
    return status ? status : rn_model_bind(t->session, &choice);
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

static void test_logits(const op_backend *backend, const void *subject)
{
    const struct saved *s = subject;
    char path[CHECK_PATH_MAX], beside[CHECK_PATH_MAX], name[128];
    opened o = { 0 };
    rn_safetensors *reference = NULL;
    snprintf(name, sizeof name, "weights/%s/reference.safetensors", s->folder);
    if (!check_golden(beside, name))
        return;
    snprintf(path, sizeof path, "%.*s%s", (int)(strrchr(beside, '/') - beside + (*s->file != 0)),
             beside, s->file);
    op_check(!rn_safetensors_read(beside, &reference), "%s", rn_fail_text());
    if (reference && op_accepted(backend, open_saved(&o, backend, path, s), s->folder)) {
        compare_logits(&o, reference, s->limit);
        op_check((o.weights->class_names != NULL) == s->has_class_names, "classes of %s",
                 s->folder);
    }
    net_close(&o.trial);
    rn_weights_close(o.weights);
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
    int result = op_tests_run("networks of other programs");
    net_registry_close();
    return result;
}
