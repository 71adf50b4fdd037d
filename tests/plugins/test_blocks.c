/* test_blocks.c: compares every golden block on every backend, with and without fused operators:
 * names and shapes of parameters, output in inference and in training, gradients, running
 * statistics. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "config/attr.h"
#include "io/safetensors.h"
#include "passes/autodiff.h"
#include "passes/fold.h"
#include "passes/fuse.h"
#include "plan/plan.h"
#include "plugin/registry.h"
#include "plugins/block_cases.h"
#include "support/check.h"
#include "support/op_backends.h"

#define LIMIT 1e-5 /* relative to the larger of the largest element and the tensor's scale */
/* Limits of op_relative_rms in 16-bit precisions. The worst with onednn in bf16 on Zen 4: results
 * and statistics 0.0054, gradients 0.18. */
#define HALF_LIMIT 0.02
#define HALF_GRADIENT_LIMIT 0.3

static rn_registry *registry;

/* One run of a case. */
typedef struct trial {
    const block_case *subject;
    const rn_safetensors *file;
    rn_device device;
    bool training, merged, is_half;
    rn_dag *dag; /* owned by the plan once that is created */
    rn_value *x, *y, *dy;
    rn_plan *plan;
    rn_store *store;
    rn_buffer *arena;
} trial;

static rn_tensor_desc desc_of(const rn_named_tensor *tensor)
{
    rn_tensor_desc d = { .size = sizeof d,
                         .dtype = RN_F32,
                         .layout = RN_LAYOUT_PLAIN,
                         .rank = tensor->rank,
                         .size_bytes = sizeof(float) };
    for (int32_t i = 0; i < tensor->rank; i++) {
        d.shape[i] = tensor->shape[i];
        d.size_bytes *= (uint64_t)tensor->shape[i];
    }
    return d;
}

static const rn_named_tensor *golden(const trial *t, const char *prefix, const char *name)
{
    char full[256];
    snprintf(full, sizeof full, "%s%s", prefix, name);
    const rn_named_tensor *tensor = rn_safetensors_find(t->file, full);
    op_check(tensor != NULL, "%s: the golden file has no %s", t->subject->file, full);
    return tensor;
}

static rn_status merge(trial *t)
{
    if (!t->training) {
        rn_status status = rn_fold_norm(t->dag, &t->device);
        if (status)
            return status;
        status = rn_fuse_conv(t->dag, &t->device);
        if (status)
            return status;
    }
    return rn_fuse_norm(t->dag, &t->device);
}

static rn_status find_block(void *context, const char *name, const rn_block **block)
{
    return rn_registry_block(context, name, block);
}

static rn_status find_custom(void *context, const char *name, const rn_loaded_op **op)
{
    return rn_registry_op(context, name, op);
}

static rn_value *build_block(trial *t, const rn_block *block, const rn_attrs *attrs)
{
    char plugin[64];
    rn_block_plugin(t->subject->block, plugin, sizeof plugin);
    t->dag->find_block = find_block;
    t->dag->find_custom = find_custom;
    t->dag->find_block_context = registry;
    t->dag->plugin = plugin;
    rn_value *y = rn_dag_block(t->dag, block, attrs, "", t->x);
    t->dag->plugin = NULL;
    return y;
}

static rn_status build(trial *t)
{
    int32_t mask_dtype;
    const rn_block *block = NULL;
    rn_attrs *attrs = NULL;
    int32_t n_settings = 0;
    while (n_settings < MAX_SETTINGS && t->subject->settings[n_settings].name)
        n_settings++;
    rn_tensor_desc x = desc_of(golden(t, "", "x")), dy = desc_of(golden(t, "", "dy"));
    rn_status status = rn_registry_block(registry, t->subject->block, &block);
    if (status)
        return status;
    status = rn_attrs_from_settings(block->attrs, block->n_attrs, t->subject->settings, n_settings,
                                    t->subject->block, &attrs);
    if (status)
        return status;
    status = rn_device_mask_dtype(&t->device, &mask_dtype);
    if (status)
        goto done;
    status = rn_dag_create(t->training, mask_dtype, &t->dag);
    if (status)
        goto done;
    t->x = rn_dag_input(t->dag, "x", &x);
    t->x->needs_gradient = t->training;
    t->y = build_block(t, block, attrs);
    status = t->dag->status;
    if (status)
        goto done;
    if (t->merged) {
        status = merge(t);
        if (status)
            goto done;
    }
    if (t->training) {
        t->dy = rn_dag_input(t->dag, "dy", &dy);
        status = rn_autodiff_append(t->dag, t->y, t->dy);
    }
done:
    rn_attrs_destroy(attrs);
    return status;
}

static rn_status make_plan(trial *t)
{
    for (int32_t i = 0; i < t->dag->n_values; i++)
        if (t->dag->values[i]->gradient)
            t->dag->values[i]->gradient->pinned = true;
    t->y->pinned = true;
    rn_dag *dag = t->dag;
    t->dag = NULL;
    rn_status status = rn_plan_create(&t->device, dag, &t->plan);
    if (status)
        return status;
    t->dag = t->plan->dag;
    status = rn_store_create(&(rn_device *){ &t->device }, 1, t->dag, &t->store);
    if (status)
        return status;
    status = t->device.backend->buffer_create(t->device.context, t->plan->memory->arena_bytes,
                                              &t->arena);
    if (status)
        return status;
    return rn_plan_bind(t->plan, t->store, 0, t->arena);
}

/* Uploads the golden file's parameters, which must be exactly the block's by name and shape. */
static rn_status fill(trial *t)
{
    int32_t n_golden = 0;
    for (int64_t i = 0; i < t->file->n_tensors; i++)
        n_golden += strncmp(t->file->tensors[i].name, "param.", 6) == 0;
    op_check(t->store->n_entries == n_golden, "%s: %d parameters, not %d", t->subject->file,
             t->store->n_entries, n_golden);
    for (int32_t i = 0; i < t->store->n_entries; i++) {
        const rn_store_entry *entry = &t->store->entries[i];
        const rn_named_tensor *tensor = golden(t, "param.", entry->name);
        if (!tensor)
            return rn_fail(RN_E_DATA, "no parameter %s", entry->name);
        rn_tensor_desc expected = desc_of(tensor);
        if (memcmp(expected.shape, entry->desc.shape, sizeof expected.shape) != 0)
            return rn_fail(RN_E_SHAPE, "parameter %s has another shape", entry->name);
        rn_status status = rn_store_upload(t->store, entry, tensor->data);
        if (status)
            return status;
    }
    rn_status status = rn_plan_upload(t->plan, t->x, golden(t, "", "x")->data);
    if (status || !t->dy)
        return status;
    return rn_plan_upload(t->plan, t->dy, golden(t, "", "dy")->data);
}

/* The magnitude that elements would have without cancellation. A vector's gradient is a sum over
 * all pixels of all images, of which nothing is left if a normalisation follows a bias. */
static double scale_of(const trial *t, const rn_named_tensor *expected)
{
    const rn_tensor_desc *y = &t->y->desc;
    bool is_sum = expected->rank == 1 && strncmp(expected->name, "grad.", 5) == 0;
    return is_sum ? sqrt((double)(y->shape[0] * y->shape[2] * y->shape[3])) : 1;
}

static void compare_half(const trial *t, const rn_named_tensor *expected, const float *found)
{
    int64_t count = (int64_t)(desc_of(expected).size_bytes / sizeof(float));
    bool is_gradient = !strncmp(expected->name, "grad.", 5) || !strcmp(expected->name, "dx");
    double off = op_relative_rms(found, expected->data, count, scale_of(t, expected));
    op_check(off <= (is_gradient ? HALF_GRADIENT_LIMIT : HALF_LIMIT),
             "%s: %s is off by %.3g of its RMS", t->subject->file, expected->name, off);
}

static void compare(const trial *t, const rn_named_tensor *expected, const float *found)
{
    int64_t count = (int64_t)(desc_of(expected).size_bytes / sizeof(float));
    const float *wanted = expected->data;
    double largest = scale_of(t, expected), difference = 0;
    if (t->is_half) {
        compare_half(t, expected, found);
        return;
    }
    for (int64_t i = 0; i < count; i++) {
        largest = fmax(largest, fabs((double)wanted[i]));
        double d = fabs((double)found[i] - (double)wanted[i]);
        difference = d > difference || isnan(d) ? d : difference;
    }
    op_check(difference <= LIMIT * largest, "%s: %s is off by %.3g of %.3g", t->subject->file,
             expected->name, difference, largest);
}

static void check_value(trial *t, const rn_value *value, const char *prefix, const char *name)
{
    const rn_named_tensor *expected = golden(t, prefix, name);
    float *found = value ? malloc(rn_plan_bytes(value)) : NULL;
    op_check(found != NULL, "%s: nothing computes %s%s", t->subject->file, prefix, name);
    if (found && expected) {
        op_check(!rn_plan_download(t->plan, value, found), "%s: %s", t->subject->file,
                 rn_fail_text());
        compare(t, expected, found);
    }
    free(found);
}

static void check_statistics(trial *t, const rn_store_entry *entry)
{
    const rn_named_tensor *expected = golden(t, "after.", entry->name);
    float *found = malloc(entry->desc.size_bytes);
    if (found && expected) {
        op_check(!rn_store_download(t->store, entry, found), "%s: %s", t->subject->file,
                 rn_fail_text());
        compare(t, expected, found);
    }
    free(found);
}

static void check_results(trial *t)
{
    check_value(t, t->y, "", t->training ? "y_train" : "y_infer");
    if (!t->training)
        return;
    check_value(t, t->x->gradient, "", "dx");
    for (int32_t i = 0; i < t->store->n_entries; i++) {
        const rn_store_entry *entry = &t->store->entries[i];
        const rn_value *value = rn_dag_find(t->dag, entry->name);
        if (entry->role == RN_ROLE_STATE)
            check_statistics(t, entry);
        else
            check_value(t, value ? value->gradient : NULL, "grad.", entry->name);
    }
}

static rn_status compute(trial *t)
{
    rn_status status = build(t);
    if (status)
        return status;
    status = make_plan(t);
    if (status)
        return status;
    status = fill(t);
    if (status)
        return status;
    return rn_plan_run(t->plan);
}

static void run_trial(const op_backend *backend, trial t)
{
    t.is_half = op_is_rounded(backend);
    t.device = (rn_device){ .backend = backend->table,
                            .context = backend->context,
                            .label = (char *)(uintptr_t)backend->label };
    if (op_accepted(backend, compute(&t), t.subject->file))
        check_results(&t);
    if (!t.plan)
        rn_dag_destroy(t.dag);
    rn_plan_destroy(t.plan);
    rn_store_destroy(t.store);
    if (t.arena)
        t.device.backend->buffer_destroy(t.device.context, t.arena);
    free(t.device.staging);
}

static void run_case(const op_backend *backend, const void *subject)
{
    const block_case *c = subject;
    char path[CHECK_PATH_MAX], name[256];
    rn_safetensors *file = NULL;
    snprintf(name, sizeof name, "blocks/%s.safetensors", c->file);
    if (!check_golden(path, name))
        return;
    rn_status status = rn_safetensors_read(path, &file);
    op_check(!status, "%s", rn_fail_text());
    if (status)
        return;
    for (int variant = 0; variant < 4; variant++)
        run_trial(backend,
                  (trial){
                      .subject = c, .file = file, .training = variant & 1, .merged = variant & 2 });
    rn_safetensors_destroy(file);
}

int main(void)
{
    op_backends_open();
    op_backends_add_halves();
    if (rn_registry_create(NULL, &registry)) {
        printf("%s\n", rn_fail_text());
        return 1;
    }
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        op_tests_add(cases[i].file, run_case, &cases[i]);
    int result = op_tests_run("blocks");
    rn_registry_destroy(registry);
    return result;
}
