/* test_optimisers.c: fifty steps of each optimizer, with limits of gradients, averages, sums of
 * several batches, groups and frozen layers, against those of PyTorch and timm: the cases of
 * optimisers.txt, computed by make_optimisers.py. */
#define _GNU_SOURCE /* open_memstream */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "io/file.h"
#include "passes/average.h"
#include "support/check.h"
#include "support/net_harness.h"

#define FOLDER "tests/train/"
#define BATCH 8
#define REST 4 /* images of an epoch's last batch */
#define N_BATCHES 6
#define N_STEPS 50

/* Of the largest value of a tensor. Measured on Zen 4: 4e-6 with reference, 9e-6 with onednn. */
#define LIMIT 1e-5

/* Where the clock chooses onednn's algorithms, each run may have others: once 1.01e-5, on Zen 5. */
#define CHOSEN_LIMIT 2e-5

typedef struct subject {
    char *name, *keys; /* keys: "momentum=0.9 nesterov=true" */
} subject;

static subject subjects[40];
static int n_subjects;
static rn_safetensors *golden;

/* ---- Cases ---- */

/* A key as a line of a cfg; words get quotes. */
static void print_key(FILE *out, const char *key, const char *value)
{
    bool is_word =
        isalpha((unsigned char)*value) && strcmp(value, "true") != 0 && strcmp(value, "false") != 0;
    fprintf(out, is_word ? "%s = \"%s\";\n" : "%s = %s;\n", key, value);
}

/* The network's cfg with the keys of a case. */
static char *make_cfg(const subject *s)
{
    char path[CHECK_PATH_MAX], *text = NULL, *rest = NULL;
    uint8_t *network = NULL;
    size_t size = 0;
    uint64_t bytes = 0;
    if (rn_file_read(check_source(path, FOLDER "optimisers.cfg"), &network, &bytes))
        return NULL;
    FILE *out = open_memstream(&text, &size);
    char *keys = strdup(s->keys);
    fprintf(out, "%.*s\ntrain = { batch = %d;\n", (int)bytes, (const char *)network, BATCH);
    for (char *word = strtok_r(keys, " ", &rest); word; word = strtok_r(NULL, " ", &rest)) {
        char *value = strchr(word, '=');
        *value++ = 0;
        print_key(out, word, value);
    }
    fputs("};\n", out);
    fclose(out);
    free(keys);
    free(network);
    return text;
}

static void read_subjects(void)
{
    char path[CHECK_PATH_MAX], line[1024];
    FILE *file = fopen(check_source(path, FOLDER "optimisers.txt"), "r");
    while (file && fgets(line, sizeof line, file)) {
        size_t length = strcspn(line, " ");
        line[strcspn(line, "\n")] = 0;
        if (*line == '#' || !*line)
            continue;
        subjects[n_subjects++] =
            (subject){ .name = strndup(line, length), .keys = strdup(line + length) };
    }
    if (file)
        fclose(file);
}

static const rn_named_tensor *find(const subject *s, const char *name)
{
    char full[256];
    snprintf(full, sizeof full, "%s.%s", s->name, name);
    const rn_named_tensor *tensor = rn_safetensors_find(golden, full);
    op_check(tensor != NULL, "%s is not in the goldens", full);
    return tensor;
}

/* ---- Training ---- */

static rn_status open_trial(net_trial *t, const op_backend *backend, const subject *s)
{
    rn_pass_plans *plans;
    char *text = make_cfg(s);
    t->backend = backend;
    t->config = text ? net_config_text(s->name, text, backend) : NULL;
    if (!t->config || !net_registry()) {
        free(text);
        return rn_fail(RN_E_CONFIG, "no cfg");
    }
    free(text);
    rn_status status = rn_session_open(t->config, net_registry(), &t->session);
    if (!status)
        status = rn_session_add(t->session, RN_PASS_TRAIN, BATCH, false, &t->train);
    if (!status)
        status = rn_session_add(t->session, RN_PASS_TRAIN, REST, false, &plans);
    if (!status && t->config->train.accumulate > 1)
        status = rn_session_add(t->session, RN_PASS_ACCUMULATE, BATCH, false, &plans);
    if (!status)
        status = rn_session_bind(t->session);
    if (!status)
        status = rn_store_initialise(t->session->store, RN_WEIGHT_INIT_HE_NORMAL, 1);
    return status ? status : net_fill(t, golden);
}

/* One step on as many batches as it takes; returns how many. */
static int take_step(net_trial *t, int step, int first, float *losses)
{
    const rn_config *config = t->config;
    int n = (int)config->train.accumulate < N_BATCHES - first ? (int)config->train.accumulate
                                                              : N_BATCHES - first;
    const float *images = rn_safetensors_find(golden, "images")->data;
    const int32_t *labels = rn_safetensors_find(golden, "labels")->data;
    for (int i = 0; i < n; i++) {
        int64_t start = (first + i) * BATCH;
        const rn_batch batch = { .images = images + start * 64,
                                 .labels = labels + start,
                                 .count = first + i == N_BATCHES - 1 ? REST : BATCH };
        const rn_step_params params = { .learning_rate = config->train.learning_rate,
                                        .n_updates = step,
                                        .n_summed = i,
                                        .average_decay = rn_average_decay(config, step) };
        rn_pass_plans *plans =
            rn_session_find(t->session, i == n - 1 ? RN_PASS_TRAIN : RN_PASS_ACCUMULATE,
                            batch.count);
        rn_step_result result = { 0 };
        op_check(!rn_step_run(t->session, plans, &batch, &params, &result), "%s", rn_fail_text());
        losses[i] = (float)result.loss;
    }
    return n;
}

static double limit_of(const op_backend *backend)
{
    bool is_chosen = strcmp(backend->table->name, "onednn") == 0 &&
                     backend->convolution == RN_CONVOLUTION_FASTEST;
    return is_chosen ? CHOSEN_LIMIT : LIMIT;
}

static void compare_weights(const net_trial *t, const subject *s, double limit)
{
    rn_store *store = t->session->store;
    for (int32_t i = 0; i < store->n_entries; i++) {
        const rn_store_entry *entry = &store->entries[i];
        if (entry->role == RN_ROLE_OPTIMIZER || entry->role == RN_ROLE_SCRATCH)
            continue;
        const rn_named_tensor *expected = find(s, entry->name);
        float *found = malloc(entry->desc.size_bytes);
        if (expected && found && !rn_store_download(store, entry, found))
            net_compare(t, expected, found, limit, 0.1);
        free(found);
    }
}

static void test_case(const op_backend *backend, const void *context)
{
    const subject *s = context;
    net_trial t = { .backend = NULL };
    float losses[N_STEPS * N_BATCHES] = { 0 };
    rn_status status = open_trial(&t, backend, s);
    op_check(!status, "%s", rn_fail_text());
    int n_losses = 0;
    for (int step = 0; step < N_STEPS && !status; step++)
        n_losses += take_step(&t, step, n_losses % N_BATCHES, &losses[n_losses]);
    const rn_named_tensor *expected = find(s, "loss");
    if (!status && expected) {
        op_check(net_count(expected) == n_losses, "%d losses", n_losses);
        net_compare(&t, expected, losses, LIMIT, 0);
        compare_weights(&t, s, limit_of(backend));
    }
    net_close(&t);
}

int main(int n_args, char **args)
{
    char path[CHECK_PATH_MAX];
    op_backends_open();
    read_subjects();
    if (rn_safetensors_read(check_source(path, FOLDER "optimisers.safetensors"), &golden))
        return 1;
    for (int i = 0; i < n_subjects; i++)
        op_tests_add(subjects[i].name, test_case, &subjects[i]);
    op_tests_only(n_args, args);
    int result = op_tests_run("optimisers");
    rn_safetensors_destroy(golden);
    for (int i = 0; i < n_subjects; i++) {
        free(subjects[i].name);
        free(subjects[i].keys);
    }
    net_registry_close();
    return result;
}
