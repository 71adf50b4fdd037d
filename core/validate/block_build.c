/* block_build.c: tests of what a block builds: with which values and inputs, and whether always the
 * same. */
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/status.h"
#include "config/attr.h"
#include "graph/custom.h"
#include "graph/op.h"
#include "validate/block.h"
#include "validate/subject.h"

#define MOST_SECONDS 2.0 /* for one build */

static double now_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* A clean refusal of attributes or inputs. */
static bool is_refusal(rn_status status)
{
    return status == RN_E_CONFIG || status == RN_E_SHAPE || status == RN_E_UNSUPPORTED;
}

/* Builds, or refuses with a message, and soon. */
static bool try_build(rn_subject *s)
{
    rn_built built;
    char text[RN_SUBJECT_TEXT];
    double start = now_s();
    rn_check_at(s->checking, "%s", rn_subject_text(s, text));
    rn_status status = rn_subject_build(s, &built);
    double seconds = now_s() - start;
    rn_dag_destroy(built.dag);
    if (status == RN_E_PLUGIN && strstr(rn_fail_text(), "there is no plugin"))
        rn_check_skip(s->checking, "%s: %s", text, rn_fail_text());
    else if (status && !is_refusal(status))
        rn_check_found(s->checking,
                       "%s: it fails with %s (%s); what it cannot take it refuses with RN_E_SHAPE, "
                       "RN_E_CONFIG or RN_E_UNSUPPORTED",
                       text, rn_status_name(status), rn_fail_text());
    if (seconds > MOST_SECONDS)
        rn_check_found(s->checking, "%s: building takes %.1f s", text, seconds);
    return !status;
}

/* ---- block.builds ---- */

static rn_status check_result(rn_subject *s)
{
    rn_built built;
    char text[RN_SUBJECT_TEXT];
    rn_status status = rn_subject_build(s, &built);
    if (status)
        return status;
    const rn_tensor_desc *y = &built.y->desc;
    if (y->dtype != RN_F32 || (y->rank != 4 && y->rank != 2))
        rn_check_found(s->checking, "%s: its result is %s, expected images (N, C, H, W) or (N, F)",
                       rn_subject_text(s, text), RN_DESC_STRING(y));
    else if (y->shape[0] != s->shape[0])
        rn_check_found(s->checking, "%s: its result %s is of another number of images",
                       rn_subject_text(s, text), RN_DESC_STRING(y));
    rn_dag_destroy(built.dag);
    return RN_OK;
}

rn_status rn_check_builds(rn_checking *c)
{
    for (uint32_t i = 0; i < c->plugin->plugin.n_blocks; i++) {
        rn_subject s;
        rn_check_at(c, "block %s with its defaults", c->plugin->blocks[i].name);
        if (rn_subject_find(c, &c->plugin->blocks[i], &s))
            rn_check_found(c,
                           "block %s builds on no image of 1 to 256 channels and 6 to 224 pixels; "
                           "the last reason: %s",
                           c->plugin->blocks[i].name, rn_fail_text());
    }
    return rn_subject_each(c, 20, check_result, NULL);
}

/* ---- block.attributes ---- */

static bool has_range(const rn_attr *row)
{
    return row->min != 0 || row->max != 0;
}

static void try_number(rn_subject *s, uint32_t i, const char *format, double value)
{
    const rn_attr *row = rn_attr_row(s->block->attrs, i);
    char kept[RN_SUBJECT_VALUE];
    if (has_range(row) && (value < row->min || value > row->max))
        return;
    memcpy(kept, s->values[i], sizeof kept);
    snprintf(s->values[i], RN_SUBJECT_VALUE, format, value);
    try_build(s);
    memcpy(s->values[i], kept, sizeof kept);
}

static void try_numbers(rn_subject *s, uint32_t i, const char *format)
{
    static const double usual[] = { 0, 1, 2, 3, 7, 64, -1 };
    const rn_attr *row = rn_attr_row(s->block->attrs, i);
    for (size_t k = 0; k < sizeof usual / sizeof *usual; k++)
        try_number(s, i, format, usual[k]);
    if (has_range(row)) {
        try_number(s, i, format, row->min);
        try_number(s, i, format, row->max);
    }
}

static void try_attribute(rn_subject *s, uint32_t i)
{
    static char line[] = "a line that no list of words has: %s \\ 100%";
    switch (rn_attr_row(s->block->attrs, i)->type) {
        case RN_ATTR_INT:
        case RN_ATTR_PAIR: try_numbers(s, i, "%.0f"); break;
        case RN_ATTR_FLOAT: try_numbers(s, i, "%.17g"); break;
        case RN_ATTR_STRING:
            snprintf(s->values[i], RN_SUBJECT_VALUE, "%s", line);
            try_build(s);
            s->values[i][0] = 0;
            break;
        default: break; /* rn_subject_each has tried bools and choices */
    }
}

/* After all bools and choices: the numbers; then every attribute has been asked for once. */
static rn_status check_numbers(rn_subject *s)
{
    for (uint32_t i = 0; i < s->block->n_attrs; i++)
        try_attribute(s, i);
    for (uint32_t i = 0; i < s->block->n_attrs; i++)
        if (!s->reads[i])
            rn_check_found(s->checking,
                           "block %s never reads its attribute %s; what a cfg sets has no effect",
                           s->name, rn_attr_row(s->block->attrs, i)->name);
    return RN_OK;
}

static rn_status build_variants(rn_subject *s)
{
    try_build(s);
    return RN_OK;
}

rn_status rn_check_attributes(rn_checking *c)
{
    return rn_subject_each(c, 100, build_variants, check_numbers);
}

/* ---- block.repeatable ---- */

static bool same_values(rn_value *const *a, rn_value *const *b, int32_t n)
{
    for (int32_t i = 0; i < n; i++) {
        if (!a[i] != !b[i])
            return false;
        if (a[i] && (strcmp(a[i]->name, b[i]->name) != 0 || a[i]->role != b[i]->role ||
                     !rn_desc_same_shape(&a[i]->desc, &b[i]->desc)))
            return false;
    }
    return true;
}

/* Of two nodes of one operator. */
static bool same_attrs(const rn_node *a, const rn_node *b)
{
    const rn_attrs *of_a = a->custom ? a->custom->attrs : NULL;
    const rn_attrs *of_b = b->custom ? b->custom->attrs : NULL;
    for (uint32_t i = 0; of_a && of_b && i < of_a->n_rows; i++) {
        const rn_setting *x = &of_a->values[i], *y = &of_b->values[i];
        if (memcmp(x->int_value, y->int_value, sizeof x->int_value) != 0 ||
            memcmp(&x->float_value, &y->float_value, sizeof x->float_value) != 0 ||
            (x->text_value && strcmp(x->text_value, y->text_value) != 0))
            return false;
    }
    return !a->attrs || memcmp(a->attrs, b->attrs, a->op->attrs_size) == 0;
}

static bool same_node(const rn_node *a, const rn_node *b)
{
    return strcmp(a->op->name, b->op->name) == 0 && strcmp(a->name, b->name) == 0 &&
           a->n_inputs == b->n_inputs && a->n_outputs == b->n_outputs && same_attrs(a, b) &&
           same_values(a->inputs, b->inputs, a->n_inputs) &&
           same_values(a->outputs, b->outputs, a->n_outputs);
}

static void compare(rn_subject *s, const rn_dag *a, const rn_dag *b, const char *how)
{
    char text[RN_SUBJECT_TEXT];
    int32_t i = 0;
    while (i < a->n_nodes && i < b->n_nodes && same_node(a->nodes[i], b->nodes[i]))
        i++;
    if (i == a->n_nodes && i == b->n_nodes)
        return;
    rn_check_found(s->checking,
                   "%s: built %s, it gives another graph, from operator %d (%s) on; the same "
                   "attributes and shape give the same graph",
                   rn_subject_text(s, text), how, (int)i,
                   i < a->n_nodes ? a->nodes[i]->name : "the end");
}

typedef struct thread_build {
    rn_subject *subject;
    rn_built built;
    rn_status status;
} thread_build;

static void *build_in_thread(void *argument)
{
    thread_build *t = argument;
    t->status = rn_subject_build(t->subject, &t->built);
    return NULL;
}

static rn_status build_elsewhere(rn_subject *s, rn_built *built)
{
    thread_build t = { .subject = s };
    pthread_t thread;
    if (pthread_create(&thread, NULL, build_in_thread, &t))
        return rn_fail(RN_E_NOMEM, "no memory for a thread");
    pthread_join(thread, NULL);
    *built = t.built;
    return t.status ? rn_fail(t.status, "it does not build in another thread") : RN_OK;
}

/* Between two builds come others: a larger input, and no training. */
static void build_others(const rn_subject *s)
{
    rn_subject other = *s;
    rn_built built;
    other.shape[2] *= 2;
    rn_subject_build(&other, &built);
    rn_dag_destroy(built.dag);
    other.training = false;
    rn_subject_build(&other, &built);
    rn_dag_destroy(built.dag);
}

static rn_status check_repeats(rn_subject *s)
{
    rn_built first, again = { 0 }, elsewhere = { 0 };
    rn_status status = rn_subject_build(s, &first);
    if (status)
        return status;
    build_others(s);
    status = rn_subject_build(s, &again);
    if (!status)
        compare(s, first.dag, again.dag, "a second time");
    if (!status)
        status = build_elsewhere(s, &elsewhere);
    if (!status)
        compare(s, first.dag, elsewhere.dag, "in another thread");
    rn_dag_destroy(first.dag);
    rn_dag_destroy(again.dag);
    rn_dag_destroy(elsewhere.dag);
    return status;
}

rn_status rn_check_repeatable(rn_checking *c)
{
    return rn_subject_each(c, 20, check_repeats, NULL);
}

/* ---- block.shapes ---- */

static rn_status check_shapes(rn_subject *s)
{
    static const int64_t channels[] = { 1, 2, 3, 7, 64, 1000, 1 << 20 };
    static const int64_t sizes[][2] = { { 1, 1 },  { 1, 2 },   { 2, 1 },    { 7, 5 },
                                        { 3, 31 }, { 28, 28 }, { 4096, 3 }, { 40000, 40000 } };
    rn_subject given = *s;
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        for (size_t k = 0; k <= sizeof channels / sizeof *channels; k++) {
            bool is_own = k == sizeof channels / sizeof *channels;
            const int64_t shape[4] = { i % 2 ? 1 : 3, is_own ? given.shape[1] : channels[k],
                                       sizes[i][0], sizes[i][1] };
            memcpy(s->shape, shape, sizeof shape);
            try_build(s);
        }
    memcpy(s->shape, given.shape, sizeof given.shape);
    return RN_OK;
}

rn_status rn_check_shapes(rn_checking *c)
{
    return rn_subject_each(c, 6, check_shapes, NULL);
}
