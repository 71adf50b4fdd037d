/* test_ops.c: every operator and gradient of tests/golden/ops on every backend. PyTorch and timm
 * computed the goldens in double precision; the oracle is tested here like any other backend.
 * Metric: |got - golden| <= 1e-5 * max(|golden|, rms of the golden tensor), as sums may cancel. The
 * limit is 1e-3 for batch norm of x around 1000: the golden inputs were rounded to float32, and one
 * unit in the last place at 1000 is 6e-5 standard deviations.
 *
 * Below fp32 the inputs are rounded first, and the oracle replaces the golden file. */
#include <dirent.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "io/safetensors.h"
#include "support/check.h"
#include "support/op_backends.h"
#include "support/op_chains.h"

static char folder[CHECK_PATH_MAX]; /* of the goldens */

/* One operator of the golden files. `set` holds the file's tensors, whose shapes give attributes
 * that the JSON lacks. An operator with `state`, names of tensors, takes several steps. */
typedef struct recipe {
    const char *op;
    op_chain *chain;
    void (*read_attrs)(const json_t *json, const op_set *set, op_attrs *attrs);
    const char *state[2];
} recipe;

static void read_pair(const json_t *json, const char *key, int64_t missing, int64_t pair[2])
{
    const json_t *value = json_object_get(json, key);
    for (size_t i = 0; i < 2; i++) {
        const json_t *number = json_is_array(value) ? json_array_get(value, i) : value;
        pair[i] = number ? json_integer_value(number) : missing;
    }
}

static double read_number(const json_t *json, const char *key, double missing)
{
    const json_t *value = json_object_get(json, key);
    return value ? json_number_value(value) : missing;
}

static void read_conv2d(const json_t *json, const op_set *set, op_attrs *attrs)
{
    const op_tensor *weight = op_set_find(set, "weight");
    rn_conv2d_attrs *a = &attrs->conv2d;
    *a = (rn_conv2d_attrs){ .size = sizeof *a,
                            .has_bias = json_is_true(json_object_get(json, "bias")),
                            .channels = weight->desc.shape[0],
                            .kernel = { weight->desc.shape[2], weight->desc.shape[3] },
                            .groups = (int64_t)read_number(json, "groups", 1) };
    read_pair(json, "stride", 1, a->stride);
    read_pair(json, "dilation", 1, a->dilation);
    read_pair(json, "padding", 0, a->padding);
    read_pair(json, "padding", 0, a->padding_end);
}

static void read_batch_norm(const json_t *json, const op_set *set, op_attrs *attrs)
{
    (void)set;
    attrs->batch_norm =
        (rn_batch_norm_attrs){ .size = sizeof attrs->batch_norm,
                               .training = json_is_true(json_object_get(json, "training")),
                               .epsilon = read_number(json, "eps", 1e-5),
                               .momentum = read_number(json, "momentum", 0.1) };
}

static void read_pool(const json_t *json, const op_set *set, op_attrs *attrs)
{
    (void)set;
    rn_pool_attrs *a = &attrs->pool;
    *a = (rn_pool_attrs){ .size = sizeof *a,
                          .exclude_padding =
                              json_is_false(json_object_get(json, "count_include_pad")) };
    read_pair(json, "kernel", 1, a->kernel);
    read_pair(json, "stride", 1, a->stride);
    read_pair(json, "padding", 0, a->padding);
    read_pair(json, "padding", 0, a->padding_end);
}

static void read_linear(const json_t *json, const op_set *set, op_attrs *attrs)
{
    (void)json;
    attrs->linear = (rn_linear_attrs){ .size = sizeof attrs->linear,
                                       .has_bias = op_set_find(set, "bias") != NULL,
                                       .units = op_set_find(set, "weight")->desc.shape[0] };
}

static void read_cross_entropy(const json_t *json, const op_set *set, op_attrs *attrs)
{
    (void)set;
    attrs->cross_entropy =
        (rn_cross_entropy_attrs){ .size = sizeof attrs->cross_entropy,
                                  .label_smoothing = read_number(json, "label_smoothing", 0) };
}

static void read_sgd(const json_t *json, const op_set *set, op_attrs *attrs)
{
    (void)set;
    attrs->sgd = (rn_sgd_attrs){ .size = sizeof attrs->sgd,
                                 .nesterov = json_is_true(json_object_get(json, "nesterov")),
                                 .momentum = read_number(json, "momentum", 0),
                                 .weight_decay = read_number(json, "weight_decay", 0) };
}

static void read_adam(const json_t *json, const op_set *set, op_attrs *attrs)
{
    (void)set;
    attrs->adam = (rn_adam_attrs){ .size = sizeof attrs->adam,
                                   .beta1 = read_number(json, "beta1", 0),
                                   .beta2 = read_number(json, "beta2", 0),
                                   .epsilon = read_number(json, "eps", 0),
                                   .weight_decay = read_number(json, "weight_decay", 0) };
}

static void read_lars(const json_t *json, const op_set *set, op_attrs *attrs)
{
    (void)set;
    attrs->lars = (rn_lars_attrs){ .size = sizeof attrs->lars,
                                   .nesterov = json_is_true(json_object_get(json, "nesterov")),
                                   .momentum = read_number(json, "momentum", 0),
                                   .weight_decay = read_number(json, "weight_decay", 0),
                                   .trust = read_number(json, "trust", 0),
                                   .epsilon = read_number(json, "eps", 0) };
}

static void read_rmsprop(const json_t *json, const op_set *set, op_attrs *attrs)
{
    (void)set;
    attrs->rmsprop = (rn_rmsprop_attrs){ .size = sizeof attrs->rmsprop,
                                         .decay = read_number(json, "decay", 0),
                                         .momentum = read_number(json, "momentum", 0),
                                         .epsilon = read_number(json, "eps", 0),
                                         .weight_decay = read_number(json, "weight_decay", 0) };
}

static void read_clip(const json_t *json, const op_set *set, op_attrs *attrs)
{
    (void)set;
    attrs->clip =
        (rn_clip_attrs){ .size = sizeof attrs->clip, .limit = read_number(json, "limit", 0) };
}

static void read_dropout(const json_t *json, const op_set *set, op_attrs *attrs)
{
    (void)set;
    attrs->dropout =
        (rn_dropout_attrs){ .size = sizeof attrs->dropout,
                            .stream = (uint32_t)read_number(json, "stream", 0),
                            .rate = read_number(json, "rate", 0),
                            .first_element = (int64_t)read_number(json, "first_element", 0) };
}

static void read_activation(const json_t *json, const op_set *set, op_attrs *attrs)
{
    static const char *const names[] = {
#define KIND(CONSTANT, name, number, n_parameters, formula) [number] = #name,
        RN_ACTIVATIONS(KIND)
#undef KIND
    };
    const char *wanted = json_string_value(json_object_get(json, "kind"));
    int32_t kind = sizeof names / sizeof *names - 1;
    (void)set;
    while (kind > 0 && (!wanted || strcmp(names[kind], wanted)))
        kind--;
    op_check(kind > 0, "there is no activation \"%s\"", wanted ? wanted : "");
    attrs->activation = (rn_activation_attrs){ .size = sizeof attrs->activation,
                                               .kind = kind ? kind : RN_ACTIVATION_SCALE,
                                               .alpha = read_number(json, "alpha", 0),
                                               .beta = read_number(json, "beta", 0) };
}

static const recipe RECIPES[] = {
    { "conv2d", op_chain_conv2d, read_conv2d, { NULL } },
    { "batchnorm", op_chain_batch_norm, read_batch_norm, { NULL } },
    { "relu", op_chain_relu, NULL, { NULL } },
    { "maxpool", op_chain_max_pool, read_pool, { NULL } },
    { "avgpool", op_chain_avg_pool, read_pool, { NULL } },
    { "global_avgpool", op_chain_global_avg_pool, NULL, { NULL } },
    { "linear", op_chain_linear, read_linear, { NULL } },
    { "cross_entropy", op_chain_cross_entropy, read_cross_entropy, { NULL } },
    { "soft_cross_entropy", op_chain_cross_entropy, read_cross_entropy, { NULL } },
    { "drop_path", op_chain_drop_path, read_dropout, { NULL } },
    { "activation", op_chain_activation, read_activation, { NULL } },
    { "multiply", op_chain_multiply, NULL, { NULL } },
    { "lookup", op_chain_lookup, NULL, { NULL } },
    { "blend", op_chain_blend, NULL, { NULL } },
    { "clip_norm", op_chain_clip_norm, read_clip, { NULL } },
    { "clip_value", op_chain_clip_value, read_clip, { NULL } },
    { "sgd", op_chain_sgd, read_sgd, { "velocity" } },
    { "adamw", op_chain_adamw, read_adam, { "mean", "square" } },
    { "lamb", op_chain_lamb, read_adam, { "mean", "square" } },
    { "lars", op_chain_lars, read_lars, { "velocity" } },
    { "rmsprop", op_chain_rmsprop, read_rmsprop, { "square", "velocity" } },
};

static const recipe *find_recipe(const char *op)
{
    for (size_t i = 0; i < sizeof RECIPES / sizeof *RECIPES; i++)
        if (op && !strcmp(op, RECIPES[i].op))
            return &RECIPES[i];
    return NULL;
}

/* Loads all tensors of a file; returns its attributes, which the caller releases. */
static json_t *load(const char *file, op_set *set)
{
    char path[CHECK_PATH_MAX + 300];
    rn_safetensors *loaded = NULL;
    snprintf(path, sizeof path, "%s/%s", folder, file);
    snprintf(set->name, sizeof set->name, "%.*s", (int)strcspn(file, "."), file);
    rn_status status = rn_safetensors_read(path, &loaded);
    op_check(!status, "%s", rn_fail_text());
    if (status)
        return NULL;
    for (int64_t i = 0; i < loaded->n_tensors; i++) {
        const rn_named_tensor *t = &loaded->tensors[i];
        op_tensor *copy = op_set_add(set, t->name, t->dtype, t->rank, t->shape);
        memcpy(copy->data, t->data, copy->desc.size_bytes);
    }
    const char *text = rn_safetensors_metadata(loaded, "attrs");
    json_t *json = text ? json_loads(text, 0, NULL) : NULL;
    rn_safetensors_destroy(loaded);
    return json;
}

/* Every expected result must have been computed, and match. */
static void compare_all(const op_backend *backend, const op_set *golden, const op_set *out)
{
    static const char *const RESULTS[] = { "y",
                                           "dx",
                                           "dx_sum",
                                           "dz",
                                           "dweight",
                                           "dbias",
                                           "running_mean_out",
                                           "running_var_out",
                                           "loss",
                                           "probs",
                                           "dlogits",
                                           "target_out",
                                           "gradient_out",
                                           "norm",
                                           "loss_scale_out" };
    op_limit limit = { .tolerance = strstr(golden->name, "_offset") ? 1e-3 : 1e-5 };
    int compared = 0;
    for (size_t i = 0; i < sizeof RESULTS / sizeof *RESULTS; i++) {
        const op_tensor *expected = op_set_find(golden, RESULTS[i]);
        const op_tensor *got = op_set_find(out, RESULTS[i]);
        if (!expected)
            continue;
        compared++;
        if (!got) { /* dx_sum need not be offered */
            op_check(!strcmp(RESULTS[i], "dx_sum"), "%s: %s: %s was not computed", backend->label,
                     golden->name, RESULTS[i]);
            continue;
        }
        op_compare(backend, golden->name, got, expected, op_limit_on(backend, expected, limit));
    }
    op_check(compared > 0, "%s: the file holds no result", golden->name);
}

/* Adds the tensors that the operator keeps between steps. A velocity is kept only with momentum;
 * the square of rmsprop begins as 1. */
static void add_state(const recipe *r, const json_t *json, const op_tensor *param, op_set *in)
{
    for (size_t i = 0; i < 2 && r->state[i]; i++) {
        if (!strcmp(r->state[i], "velocity") && read_number(json, "momentum", 0) <= 0)
            continue;
        float *data = op_set_like(in, r->state[i], param)->data;
        for (int64_t k = 0; k < op_count(param) && !strcmp(r->op, "rmsprop"); k++)
            data[k] = strcmp(r->state[i], "square") ? 0 : 1;
    }
}

/* The learning rate and Adam's correction of step `step`, from 0. */
static void set_rates(const json_t *json, int step, op_set *in)
{
    const json_t *rate = json_object_get(json, "lr");
    rate = json_is_array(rate) ? json_array_get(rate, (size_t)step) : rate;
    *(float *)op_set_find(in, "learning_rate")->data = (float)json_number_value(rate);
    float *correction = op_set_find(in, "correction")->data;
    correction[0] = (float)(1 - pow(read_number(json, "beta1", 0), step + 1));
    correction[1] = (float)(1 - pow(read_number(json, "beta2", 0), step + 1));
}

/* Copies the results to the tensors that they are the new contents of. */
static void take_over(const op_set *out, op_set *in)
{
    for (int i = 0; i < in->n; i++) {
        char name[32];
        snprintf(name, sizeof name, "%s_out", in->tensors[i]->name);
        const op_tensor *after = op_set_find(out, name);
        if (after)
            memcpy(in->tensors[i]->data, after->data, after->desc.size_bytes);
    }
}

/* Runs the file's steps, each from the result of the previous one. */
static void run_steps(const op_backend *backend, const recipe *r, const op_set *golden,
                      const json_t *json, const op_attrs *attrs)
{
    op_set in = { .n = 0 }, out = { .n = 0 };
    const op_tensor *start = op_set_find(golden, "param"), *gradient;
    snprintf(in.name, sizeof in.name, "%s", golden->name);
    memcpy(op_set_like(&in, "param", start)->data, start->data, start->desc.size_bytes);
    op_set_like(&in, "gradient", start);
    op_set_vector(&in, "learning_rate", 1);
    op_set_vector(&in, "correction", 2);
    op_set_vector(&in, "loss", 1);
    add_state(r, json, start, &in);
    for (int step = 0;; step++) {
        char name[24];
        snprintf(name, sizeof name, "grad%d", step);
        gradient = op_set_find(golden, name);
        if (!gradient)
            break;
        memcpy(op_set_find(&in, "gradient")->data, gradient->data, gradient->desc.size_bytes);
        set_rates(json, step, &in);
        if (!op_accepted(backend, r->chain(backend, &in, attrs, &out), golden->name))
            break;
        snprintf(name, sizeof name, "param%d", step + 1);
        op_compare(backend, golden->name, op_set_find(&out, "param_out"), op_set_find(golden, name),
                   (op_limit){ .tolerance = 1e-5 });
        take_over(&out, &in);
        op_set_clear(&out);
    }
    op_set_clear(&out);
    op_set_clear(&in);
}

/* The gradient of x and x itself, which PyTorch's are, added. */
static void add_sum(op_set *golden)
{
    const op_tensor *x = op_set_find(golden, "x"), *dx = op_set_find(golden, "dx");
    float *sum = dx ? op_set_like(golden, "dx_sum", dx)->data : NULL;
    for (int64_t i = 0; sum && i < op_count(dx); i++)
        sum[i] = ((const float *)x->data)[i] + ((const float *)dx->data)[i];
}

static void test_golden(const op_backend *backend, const void *file)
{
    op_set golden = { .n = 0 }, out = { .n = 0 }, from_oracle = { .n = 0 };
    const op_set *expected = &golden;
    op_attrs attrs = { 0 };
    json_t *json = load(file, &golden);
    const recipe *r = json ? find_recipe(json_string_value(json_object_get(json, "op"))) : NULL;
    op_check(r != NULL, "%s: this test does not support the operator", (const char *)file);
    if (r && r->read_attrs)
        r->read_attrs(json, &golden, &attrs);
    if (r && r->chain == op_chain_conv2d)
        add_sum(&golden);
    if (r && r->state[0]) {
        run_steps(backend, r, &golden, json, &attrs);
        r = NULL;
    }
    if (r && op_is_rounded(backend)) {
        op_set_round(&golden);
        memcpy(from_oracle.name, golden.name, sizeof golden.name);
        op_accepted(backend, r->chain(op_backend_at(0), &golden, &attrs, &from_oracle),
                    golden.name);
        expected = &from_oracle;
    }
    if (r && op_accepted(backend, r->chain(backend, &golden, &attrs, &out), golden.name))
        compare_all(backend, expected, &out);
    op_set_clear(&out);
    op_set_clear(&from_oracle);
    op_set_clear(&golden);
    json_decref(json);
}

static int is_golden(const struct dirent *entry)
{
    return strstr(entry->d_name, ".safetensors") != NULL;
}

int main(int n_args, char **args)
{
    struct dirent **files = NULL;
    int n_files = 0;
    op_backends_open();
    op_backends_add_halves();
    if (check_golden(folder, "ops"))
        n_files = scandir(folder, &files, is_golden, alphasort);
    for (int i = 0; i < n_files; i++) {
        char name[96];
        snprintf(name, sizeof name, "%.*s", (int)strcspn(files[i]->d_name, "."), files[i]->d_name);
        op_tests_add(name, test_golden, files[i]->d_name);
    }
    op_tests_only(n_args, args);
    int result = op_tests_run("operators compared with goldens");
    for (int i = 0; i < n_files; i++)
        free(files[i]);
    free(files);
    return result;
}
