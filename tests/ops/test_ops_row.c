/* test_ops_row.c: operators that follow each other give the same bits as when each is waited for,
 * on every backend, whether or not it makes one launch of several. Where a backend tells its
 * launches, those of equal updates are few. */
#include <resnet/profile.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "graph/graph.h"
#include "support/check.h"
#include "support/op_backends.h"

/* Tensors of one length lie in a row in each of the two buffers. */
enum { N_TENSORS = 60, MAX_CALLS = 16 * N_TENSORS, SCALARS_BYTES = 4096 };
enum { PARAM, MEAN, SQUARE, AVERAGE, N_KEPT };

static const int64_t LENGTHS[] = { 1, 7, 64, 33, 513, 4099, 30000 };

static int64_t length_of(int t)
{
    return LENGTHS[t % (int)(sizeof LENGTHS / sizeof *LENGTHS)];
}

/* One run: its operands are offsets in the buffers, for inputs only. */
typedef struct row_call {
    const char *op;
    const void *attrs;
    int n_inputs;
    rn_tensor_desc descs[RN_MAX_OPERANDS];
    rn_operand operands[RN_MAX_OPERANDS];
    bool is_present[RN_MAX_OPERANDS];
    bool uploads; /* another learning rate, before it */
    rn_kernel *kernel;
    rn_operand workspace;
} row_call;

typedef struct row {
    const op_backend *backend;
    rn_buffer *kept, *arena;
    uint64_t kept_at[N_KEPT][N_TENSORS], gradient_at[N_TENSORS];
    uint64_t kept_bytes, arena_bytes;
    uint64_t workspace_at;
    row_call calls[MAX_CALLS];
    int n;
} row;

/* Where the scalars lie at the beginning of the arena. */
enum { LEARNING_RATE = 0, CORRECTION = 64, LOSS = 128, LOSS_SCALE = 192, FACTORS = 256 };

static void places_set(row *r)
{
    for (int k = 0; k < N_KEPT; k++) {
        for (int t = 0; t < N_TENSORS; t++) {
            r->kept_at[k][t] = r->kept_bytes;
            r->kept_bytes += ((uint64_t)length_of(t) * 4 + 63) / 64 * 64;
        }
    }
    r->arena_bytes = SCALARS_BYTES;
    for (int t = 0; t < N_TENSORS; t++) {
        r->gradient_at[t] = r->arena_bytes;
        r->arena_bytes += ((uint64_t)length_of(t) * 4 + 63) / 64 * 64;
    }
    r->workspace_at = r->arena_bytes;
    r->arena_bytes += 1 << 20;
}

/* ---- Calls ---- */

static row_call *call_add(row *r, const char *op, const void *attrs)
{
    row_call *call = &r->calls[r->n++];
    if (r->n > MAX_CALLS)
        abort();
    *call = (row_call){ .op = op, .attrs = attrs };
    return call;
}

static void operand_add(row_call *call, rn_buffer *buffer, uint64_t at, int64_t length)
{
    int i = call->n_inputs++;
    call->descs[i] = rn_desc_make(RN_F32, 1, &length);
    call->operands[i] = (rn_operand){ buffer, at };
    call->is_present[i] = true;
}

static void kept_add(row *r, row_call *call, int which, int t)
{
    operand_add(call, r->kept, r->kept_at[which][t], length_of(t));
}

static void absent_add(row_call *call)
{
    call->n_inputs++;
}

static row_call *adam_add(row *r, const char *op, int t, const rn_adam_attrs *attrs)
{
    row_call *call = call_add(r, op, attrs);
    kept_add(r, call, PARAM, t);
    operand_add(call, r->arena, r->gradient_at[t], length_of(t));
    kept_add(r, call, MEAN, t);
    kept_add(r, call, SQUARE, t);
    operand_add(call, r->arena, LEARNING_RATE, 1);
    operand_add(call, r->arena, CORRECTION, 2);
    operand_add(call, r->arena, LOSS, 1);
    operand_add(call, r->arena, LOSS_SCALE, 2);
    return call;
}

static void sgd_add(row *r, int t, const rn_sgd_attrs *attrs)
{
    row_call *call = call_add(r, "sgd", attrs);
    kept_add(r, call, PARAM, t);
    operand_add(call, r->arena, r->gradient_at[t], length_of(t));
    kept_add(r, call, MEAN, t);
    operand_add(call, r->arena, LEARNING_RATE, 1);
    operand_add(call, r->arena, LOSS, 1);
    absent_add(call);
}

static void blend_add(row *r, int target, int source, int t, int from)
{
    row_call *call = call_add(r, "blend", NULL);
    kept_add(r, call, target, t);
    kept_add(r, call, source, from);
    operand_add(call, r->arena, FACTORS, 2);
}

static void check_add(row *r, int t)
{
    row_call *call = call_add(r, "check_finite", NULL);
    operand_add(call, r->arena, LOSS_SCALE, 2);
    operand_add(call, r->arena, r->gradient_at[t], length_of(t));
}

static const rn_adam_attrs DECAYS = {
    .size = sizeof DECAYS, .beta1 = 0.9, .beta2 = 0.999, .epsilon = 1e-8, .weight_decay = 0.05
};
static const rn_adam_attrs PLAIN = {
    .size = sizeof PLAIN, .beta1 = 0.9, .beta2 = 0.999, .epsilon = 1e-8
};
static const rn_adam_attrs OTHER = {
    .size = sizeof OTHER, .beta1 = 0.8, .beta2 = 0.999, .epsilon = 1e-8
};
static const rn_sgd_attrs SGD = { .size = sizeof SGD, .momentum = 0.9, .weight_decay = 0.01 };

/* Updates of all tensors, whose weight decay differs; then their averages. */
static void add_step(row *r)
{
    for (int t = 0; t < N_TENSORS; t++)
        adam_add(r, "adamw", t, t % 3 ? &PLAIN : &DECAYS);
    for (int t = 0; t < N_TENSORS; t++)
        blend_add(r, AVERAGE, PARAM, t, t);
    for (int t = 0; t < N_TENSORS; t++)
        sgd_add(r, t, &SGD);
}

/* What must not become one launch: an update of what the last one has changed, other attributes,
 * other operators between, a workspace, and a number that the host changes. */
static void add_mixed(row *r)
{
    for (int t = 0; t + 14 < N_TENSORS; t += 7) {
        blend_add(r, PARAM, AVERAGE, t + 6, t + 13);
        blend_add(r, AVERAGE, PARAM, t + 13, t + 6);
        blend_add(r, MEAN, AVERAGE, t + 6, t + 13);
        blend_add(r, MEAN, AVERAGE, t + 6, t + 6);
    }
    for (int t = 0; t < N_TENSORS; t++)
        adam_add(r, "adamw", t, t % 2 ? &PLAIN : &OTHER);
    for (int t = 0; t < N_TENSORS; t++) {
        sgd_add(r, t, &SGD);
        if (t % 5 == 0)
            check_add(r, t);
    }
    for (int t = 0; t < N_TENSORS; t++)
        adam_add(r, t % 2 ? "lamb" : "adamw", t, &DECAYS);
    for (int t = 0; t < N_TENSORS; t++)
        adam_add(r, "adamw", t, &PLAIN)->uploads = t % 4 == 0;
}

/* ---- Runs ---- */

static rn_status call_prepare(row *r, row_call *call)
{
    const rn_backend *table = r->backend->table;
    const rn_tensor_desc *inputs[RN_MAX_OPERANDS] = { NULL };
    for (int i = 0; i < call->n_inputs; i++)
        inputs[i] = call->is_present[i] ? &call->descs[i] : NULL;
    rn_op_desc desc = { .size = sizeof desc,
                        .op = call->op,
                        .name = "row",
                        .attrs = call->attrs,
                        .inputs = inputs,
                        .n_inputs = call->n_inputs };
    rn_op_answer answer = { .size = sizeof answer };
    rn_status status = table->query(r->backend->context, &desc, &answer);
    if (status)
        return status;
    if (answer.workspace_bytes)
        call->workspace = (rn_operand){ r->arena, r->workspace_at };
    return table->prepare(r->backend->context, &desc, &call->kernel);
}

static float *filled(uint64_t bytes, uint32_t seed)
{
    op_set set = { .n = 0 };
    op_tensor *values = op_set_vector(&set, "values", (int64_t)(bytes / 4));
    op_fill(values, seed);
    float *data = values->data;
    values->data = NULL;
    op_set_clear(&set);
    return data;
}

/* Fills both buffers: the same before each sequence. Squares are positive. */
static rn_status buffers_fill(const row *r)
{
    const rn_backend *table = r->backend->table;
    float *kept = filled(r->kept_bytes, 3), *arena = filled(r->arena_bytes, 4);
    for (uint64_t i = r->kept_at[SQUARE][0] / 4; i < r->kept_at[AVERAGE][0] / 4; i++)
        kept[i] *= kept[i];
    arena[LEARNING_RATE / 4] = 0.01f;
    arena[CORRECTION / 4] = 0.5f, arena[CORRECTION / 4 + 1] = 0.25f;
    arena[LOSS / 4] = 1.5f;
    arena[LOSS_SCALE / 4] = 3, arena[LOSS_SCALE / 4 + 1] = 0;
    arena[FACTORS / 4] = 0.75f, arena[FACTORS / 4 + 1] = 0.25f;
    rn_status status =
        table->upload(r->backend->context, (rn_operand){ r->kept, 0 }, kept, r->kept_bytes);
    if (!status)
        status =
            table->upload(r->backend->context, (rn_operand){ r->arena, 0 }, arena, r->arena_bytes);
    if (!status)
        status = table->synchronize(r->backend->context);
    free(kept);
    free(arena);
    return status;
}

static rn_status calls_run(const row *r, bool waits)
{
    const rn_backend *table = r->backend->table;
    rn_context *context = r->backend->context;
    rn_status status = RN_OK;
    for (int i = 0; i < r->n && !status; i++) {
        const row_call *call = &r->calls[i];
        float rate = 0.001f * (float)i;
        if (call->uploads)
            status =
                table->upload(context, (rn_operand){ r->arena, LEARNING_RATE }, &rate, sizeof rate);
        if (!status)
            status = table->run(context, call->kernel, call->operands, call->workspace);
        if (!status && waits)
            status = table->synchronize(context);
    }
    return status;
}

/* Fills the buffers, runs all, and returns what the kept tensors hold; NULL: it failed. */
static float *sequence_run(const row *r, bool waits)
{
    float *kept = malloc(r->kept_bytes);
    rn_status status = buffers_fill(r);
    if (!status)
        status = calls_run(r, waits);
    if (!status)
        status = r->backend->table->download(r->backend->context, kept, (rn_operand){ r->kept, 0 },
                                             r->kept_bytes);
    op_check(!status, "%s: %s", r->backend->label, rn_fail_text());
    if (status) {
        free(kept);
        return NULL;
    }
    return kept;
}

/* The launches of the sequence; the latest is of the last run that joined it. */
static void launches_check(const row *r, int most)
{
    const rn_profile *profile =
        r->backend->table->extension
            ? r->backend->table->extension(r->backend->context, RN_PROFILE_ID)
            : NULL;
    rn_profile_entry entry = { .size = sizeof entry };
    int64_t n = 0;
    if (!profile || most == 0)
        return;
    rn_status status = profile->start(r->backend->context);
    if (!status)
        status = calls_run(r, false);
    if (!status)
        status = profile->stop(r->backend->context, &n);
    if (!status)
        status = profile->entry(r->backend->context, n - 1, &entry);
    op_check(!status, "%s: %s", r->backend->label, rn_fail_text());
    op_check(n <= most, "%s: %lld launches for %d runs, and %d would do", r->backend->label,
             (long long)n, r->n, most);
    op_check(entry.run == r->n - 1, "%s: the last launch counts as that of run %d of %d",
             r->backend->label, (int)entry.run, r->n);
}

static void compare(const row *r, const float *got, const float *expected)
{
    const uint64_t n = r->kept_bytes / 4;
    uint64_t i = 0;
    while (i < n && memcmp(&got[i], &expected[i], 4) == 0)
        i++;
    if (i < n)
        op_check(false, "%s: element %llu is %.9g, and %.9g where each run is waited for",
                 r->backend->label, (unsigned long long)i, (double)got[i], (double)expected[i]);
}

typedef struct sequence {
    void (*add)(row *r);
    int most_launches; /* 0: any number */
} sequence;

static void sequence_check(row *r, const sequence *of)
{
    rn_status status = RN_OK;
    of->add(r);
    for (int i = 0; i < r->n && !status; i++)
        status = call_prepare(r, &r->calls[i]);
    if (!op_accepted(r->backend, status, "a row of updates"))
        return;
    float *expected = sequence_run(r, true);
    for (int i = 0; i < 3 && expected; i++) {
        float *got = sequence_run(r, false);
        if (got)
            compare(r, got, expected);
        free(got);
    }
    free(expected);
    launches_check(r, of->most_launches);
}

static void test_row(const op_backend *backend, const void *subject)
{
    const rn_backend *table = backend->table;
    row *r = calloc(1, sizeof *r);
    if (!r)
        abort();
    r->backend = backend;
    places_set(r);
    rn_status status = table->buffer_create(backend->context, r->kept_bytes, &r->kept);
    if (!status)
        status = table->buffer_create(backend->context, r->arena_bytes, &r->arena);
    if (op_accepted(backend, status, "buffers"))
        sequence_check(r, subject);
    for (int i = 0; i < r->n; i++)
        if (r->calls[i].kernel)
            table->kernel_destroy(backend->context, r->calls[i].kernel);
    if (r->arena)
        table->buffer_destroy(backend->context, r->arena);
    if (r->kept)
        table->buffer_destroy(backend->context, r->kept);
    free(r);
}

int main(int n_args, char **args)
{
    static const sequence STEP = { add_step, 9 }, MIXED = { add_mixed, 0 };
    op_backends_open();
    op_tests_add("equal updates", test_row, &STEP);
    op_tests_add("what must stay apart", test_row, &MIXED);
    op_tests_only(n_args, args);
    return op_tests_run("operators in a row");
}
