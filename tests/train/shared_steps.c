/* shared_steps.c: trains a network for some steps, alone or as one of several processes, and writes
 * what became of it; shared_steps.sh compares.
 *
 *   train CFG OUT [SETTING…]   losses, counts and kept tensors to OUT, by the first process
 *   compare A B LIMIT          do losses and tensors differ by LIMIT at most?
 *   weights A B LIMIT          the same without running statistics, averages and evaluations
 *
 * All processes must have the same bits in the end. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "train/statistics.h"
#include "train/step.h"
#include "train/synthetic.h"
#include "world/world.h"

#define N_STEPS 4
#define ROWS 12   /* of a batch, with any number of batches summed */
#define UNEVEN 11 /* of an evaluation that ranks cannot share */
#define N_VALUES (N_STEPS + 6)

typedef struct trial {
    rn_config *config;
    rn_registry *registry;
    rn_session *session;
    rn_pass_plans *train, *sum, *evaluate, *uneven;
    rn_synthetic images;
    double values[N_VALUES];
} trial;

static int usage(void)
{
    fprintf(stderr, "usage: shared_steps train CFG OUT [SETTING...] | compare A B LIMIT\n");
    return 2;
}

/* ---- Training ---- */

static rn_status add_passes(trial *t)
{
    int64_t n_summed = t->config->train.accumulate, rows = t->config->train.batch;
    rn_status status = rn_session_add(t->session, RN_PASS_TRAIN, rows, false, &t->train);
    if (!status && n_summed > 1)
        status = rn_session_add(t->session, RN_PASS_ACCUMULATE, rows, false, &t->sum);
    if (!status)
        status = rn_session_add(t->session, RN_PASS_EVALUATE, ROWS, false, &t->evaluate);
    if (!status)
        status = rn_session_add(t->session, RN_PASS_EVALUATE, UNEVEN, false, &t->uneven);
    if (!status)
        status = rn_session_bind(t->session);
    return status ? status : rn_store_initialise(t->session->store, RN_WEIGHT_INIT_HE_NORMAL, 5);
}

/* This process's rows of `count` images from `first` on. */
static rn_batch take_rows(const trial *t, const rn_pass_plans *plans, int64_t first)
{
    const rn_ranks *ranks = &t->session->shared;
    const rn_config *config = t->config;
    int64_t per_rank = plans->batch / plans->n_all;
    int64_t row = plans->n_all > 1 ? ranks->first * per_rank : 0;
    bool has_rows = plans->n_all > 1 || ranks->first == 0;
    int64_t size = config->network.channels * config->network.height * config->network.width;
    return (rn_batch){ .images = t->images.pixels + (first + row) * size,
                       .labels = t->images.labels + first,
                       .count = plans->batch,
                       .first = has_rows ? row : 0,
                       .n_here = has_rows ? per_rank * plans->n_ranks : 0 };
}

static rn_status run(trial *t, rn_pass_plans *plans, int64_t first, const rn_step_params *params,
                     rn_step_result *result)
{
    rn_batch batch = take_rows(t, plans, first);
    return rn_step_run(t->session, plans, &batch, params, result);
}

static rn_status train_step(trial *t, uint32_t step)
{
    int64_t n_summed = t->config->train.accumulate, rows = t->config->train.batch;
    rn_status status = RN_OK;
    for (int64_t i = 0; i < n_summed && !status; i++) {
        const rn_step_params params = { .learning_rate = 0.02,
                                        .n_updates = step,
                                        .n_summed = i,
                                        .average_decay = 0.9,
                                        .seed = 3,
                                        .step = step * (uint32_t)n_summed + (uint32_t)i };
        rn_step_result result;
        status = run(t, i + 1 < n_summed ? t->sum : t->train, i * rows, &params, &result);
        t->values[step] += result.loss / (double)n_summed;
    }
    return status;
}

static rn_status evaluate(trial *t, rn_pass_plans *plans, double *values)
{
    const rn_step_params nothing = { 0 };
    rn_step_result result;
    rn_status status = run(t, plans, 0, &nothing, &result);
    values[0] = result.loss;
    values[1] = (double)result.n_correct;
    values[2] = (double)result.n_top5;
    return status;
}

/* Appends the tensors of a role to the file, and to a sum that all processes must share. */
static rn_status write_tensors(const trial *t, uint32_t roles, FILE *out, uint64_t *sum)
{
    rn_named_tensor *tensors = NULL;
    int64_t count = 0, n = 0;
    rn_status status = rn_store_tensors(t->session->store, roles, &tensors, &count);
    for (int64_t i = 0; i < count && !status; i++) {
        int64_t size = (int64_t)rn_store_find(t->session->store, tensors[i].name)->desc.size_bytes;
        for (int64_t k = 0; k < size; k++)
            *sum = *sum * 1099511628211u + ((const unsigned char *)tensors[i].data)[k];
        n += size / 4;
    }
    if (out && !status)
        fwrite(&n, sizeof n, 1, out);
    for (int64_t i = 0; i < count && !status && out; i++)
        fwrite(tensors[i].data, 1,
               rn_store_find(t->session->store, tensors[i].name)->desc.size_bytes, out);
    rn_store_tensors_free(tensors, count);
    return status;
}

static rn_status write_all(trial *t, const char *path)
{
    uint64_t sum = 0;
    char text[32];
    FILE *out = rn_world_is_first() ? fopen(path, "wb") : NULL;
    if (out)
        fwrite(t->values, sizeof t->values, 1, out);
    rn_status status = write_tensors(t, 1u << RN_ROLE_PARAM | 1u << RN_ROLE_OPTIMIZER, out, &sum);
    if (!status)
        status = write_tensors(t, 1u << RN_ROLE_STATE | 1u << RN_ROLE_AVERAGE, out, &sum);
    if (out)
        fclose(out);
    snprintf(text, sizeof text, "%016llx", (unsigned long long)sum);
    return status ? status : rn_world_agree("tensors after training", text);
}

static rn_status train(trial *t, const char *out)
{
    rn_status status = rn_world_open(t->registry, NULL);
    rn_world_set_deadline(t->config->run.deadline);
    if (!status)
        status = rn_session_open(t->config, t->registry, &t->session);
    if (!status)
        status = add_passes(t);
    rn_world_busy(NULL);
    if (!status)
        status = rn_synthetic_make(t->config, t->config->train.batch * t->config->train.accumulate,
                                   &t->images);
    for (uint32_t i = 0; i < N_STEPS && !status; i++)
        status = train_step(t, i);
    if (!status)
        status = rn_statistics_settle(t->session);
    if (!status)
        status = evaluate(t, t->evaluate, t->values + N_STEPS);
    if (!status)
        status = evaluate(t, t->uneven, t->values + N_STEPS + 3);
    return status ? status : write_all(t, out);
}

static int run_training(int argc, char **argv)
{
    trial t = { 0 };
    bool speaks = true;
    rn_status status = rn_config_load(argv[2], (const char *const *)argv + 4, argc - 4, &t.config);
    if (!status)
        status = rn_registry_create(NULL, &t.registry);
    if (!status)
        status = train(&t, argv[3]);
    status = rn_world_close(status, &speaks);
    if (status && speaks)
        fprintf(stderr, "shared_steps: %s\n", rn_fail_text());
    rn_synthetic_clear(&t.images);
    rn_session_close(t.session);
    rn_config_destroy(t.config);
    rn_registry_destroy(t.registry);
    rn_world_leave(status ? 1 : 0);
    return status ? 1 : 0;
}

/* ---- Comparing ---- */

static double read_tensors(FILE *a, FILE *b)
{
    int64_t n = 0, m = 0;
    double difference = 0, size = 1e-30;
    if (fread(&n, sizeof n, 1, a) != 1 || fread(&m, sizeof m, 1, b) != 1 || n != m)
        return INFINITY;
    for (int64_t i = 0; i < n; i++) {
        float x, y;
        if (fread(&x, sizeof x, 1, a) != 1 || fread(&y, sizeof y, 1, b) != 1)
            return INFINITY;
        difference += pow((double)(x - y), 2);
        size += pow((double)y, 2);
    }
    return sqrt(difference / size);
}

static int compare(char **argv)
{
    double x[N_VALUES], y[N_VALUES], limit = strtod(argv[4], NULL), worst = 0;
    bool weights = strcmp(argv[1], "weights") == 0;
    FILE *a = fopen(argv[2], "rb"), *b = fopen(argv[3], "rb");
    if (!a || !b || fread(x, sizeof x, 1, a) != 1 || fread(y, sizeof y, 1, b) != 1) {
        printf("%s or %s cannot be read\n", argv[2], argv[3]);
        return 1;
    }
    for (int i = 0; i < (weights ? N_STEPS : N_VALUES); i++)
        worst = fmax(worst, fabs(x[i] - y[i]));
    worst = fmax(worst, read_tensors(a, b));
    if (!weights)
        worst = fmax(worst, read_tensors(a, b));
    printf("%.3g\n", worst);
    return !(worst <= limit && isfinite(x[0]) && fabs(x[0] - x[N_STEPS - 1]) > 1e-3);
}

int main(int argc, char **argv)
{
    if (argc >= 4 && strcmp(argv[1], "train") == 0)
        return run_training(argc, argv);
    if (argc == 5 && (strcmp(argv[1], "compare") == 0 || strcmp(argv[1], "weights") == 0))
        return compare(argv);
    return usage();
}
