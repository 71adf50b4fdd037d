/* subject.c: a block with values for its attributes, on an input that it takes. */
#define _GNU_SOURCE /* open_memstream */
#include "validate/subject.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "base/text.h"
#include "config/attr.h"

#define SHOWN_VALUES 800 /* characters */

/* ---- Building ---- */

static rn_status find_block(void *context, const char *name, const rn_block **block)
{
    return rn_registry_block(context, name, block);
}

static rn_status find_custom(void *context, const char *name, const rn_loaded_op **op)
{
    return rn_registry_op(context, name, op);
}

/* The subject whose build is in progress, and its attributes; builds of other blocks within it ask
 * for attributes of their own. */
static _Thread_local rn_subject *building;
static _Thread_local const rn_attrs *building_attrs;
static rn_graph own; /* the builder's slots */

static void note_read(const rn_attrs *attrs, const char *name)
{
    for (uint32_t i = 0; name && building && attrs == building_attrs && i < attrs->n_rows; i++)
        if (strcmp(rn_attr_row(attrs->rows, i)->name, name) == 0)
            building->reads[i] = true;
}

static int64_t attr_int(rn_graph *g, const rn_attrs *attrs, const char *name)
{
    note_read(attrs, name);
    return own.attr_int(g, attrs, name);
}

static double attr_float(rn_graph *g, const rn_attrs *attrs, const char *name)
{
    note_read(attrs, name);
    return own.attr_float(g, attrs, name);
}

static const char *attr_text(rn_graph *g, const rn_attrs *attrs, const char *name)
{
    note_read(attrs, name);
    return own.attr_text(g, attrs, name);
}

static void attr_pair(rn_graph *g, const rn_attrs *attrs, const char *name, int64_t value[2])
{
    note_read(attrs, name);
    own.attr_pair(g, attrs, name, value);
}

static void watch_reads(rn_graph *g)
{
    own = *g;
    g->attr_int = attr_int;
    g->attr_float = attr_float;
    g->attr_text = attr_text;
    g->attr_pair = attr_pair;
}

/* The values that are set, as in a cfg: "channels = 8; shortcut = \"A\";" */
static void print_values(FILE *out, const rn_subject *s)
{
    for (uint32_t i = 0; i < s->block->n_attrs; i++) {
        const rn_attr *row = rn_attr_row(s->block->attrs, i);
        bool is_text = row->type == RN_ATTR_CHOICE || row->type == RN_ATTR_STRING;
        const char *quote = is_text ? "\"" : "";
        if (s->values[i][0])
            rn_print(out, "%s = %s%s%s; ", row->name, quote, s->values[i], quote);
    }
}

static rn_status read_values(const rn_subject *s, rn_tree **tree, rn_attrs **attrs)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    if (!out)
        return rn_fail(RN_E_NOMEM, "no memory for attributes");
    print_values(out, s);
    if (fclose(out))
        return rn_fail(RN_E_NOMEM, "no memory for attributes");
    rn_status status = rn_tree_load_text("attributes", text, tree);
    if (!status)
        status =
            rn_attrs_from_tree(s->block->attrs, s->block->n_attrs, *tree, NULL, s->name, attrs);
    free(text);
    return status;
}

static rn_status build_in(rn_subject *s, const rn_attrs *attrs, rn_built *built)
{
    rn_dag *dag = built->dag;
    char plugin[256];
    rn_tensor_desc images = rn_desc_make(RN_F32, 4, s->shape);
    rn_block_plugin(s->name, plugin, sizeof plugin);
    dag->plugin = plugin;
    dag->find_block = find_block;
    dag->find_custom = find_custom;
    dag->find_block_context = s->checking->registry;
    dag->n_classes = 5;
    rn_value *x = rn_dag_input(dag, "images", &images);
    if (dag->status)
        return dag->status;
    watch_reads(&dag->builder);
    if (s->prepare)
        s->prepare(&dag->builder);
    building = s;
    building_attrs = attrs;
    built->y = rn_dag_block(dag, s->block, attrs, "block", x);
    building = NULL;
    dag->plugin = NULL;
    return dag->status;
}

rn_status rn_subject_build(rn_subject *s, rn_built *built)
{
    rn_attrs *attrs = NULL;
    rn_tree *tree = NULL;
    *built = (rn_built){ 0 };
    rn_status status = read_values(s, &tree, &attrs);
    if (!status)
        status = rn_dag_create(s->training, RN_U8, &built->dag);
    if (!status)
        status = build_in(s, attrs, built);
    if (status) {
        rn_dag_destroy(built->dag);
        built->dag = NULL;
    }
    rn_attrs_destroy(attrs);
    rn_tree_destroy(tree);
    return status;
}

/* ---- Values and inputs ---- */

static void set_value(rn_subject *s, uint32_t row, const char *format, double value)
{
    snprintf(s->values[row], RN_SUBJECT_VALUE, format, value);
}

static double within(const rn_attr *row, double value)
{
    if (row->min == 0 && row->max == 0)
        return value;
    return value < row->min ? row->min : value > row->max ? row->max : value;
}

/* A value for an attribute that a cfg has to give. */
static void set_required(rn_subject *s, uint32_t i, double number)
{
    const rn_attr *row = rn_attr_row(s->block->attrs, i);
    size_t length;
    switch (row->type) {
        case RN_ATTR_INT: set_value(s, i, "%.0f", within(row, number)); break;
        case RN_ATTR_PAIR: set_value(s, i, "%.0f", within(row, 3)); break;
        case RN_ATTR_FLOAT: set_value(s, i, "%.9g", within(row, 1)); break;
        case RN_ATTR_BOOL: snprintf(s->values[i], RN_SUBJECT_VALUE, "true"); break;
        case RN_ATTR_CHOICE:
            length = strcspn(row->choices, "|");
            snprintf(s->values[i], RN_SUBJECT_VALUE, "%.*s", (int)length, row->choices);
            break;
        default: snprintf(s->values[i], RN_SUBJECT_VALUE, "a");
    }
}

static bool is_required(const rn_subject *s, uint32_t i)
{
    return !rn_attr_row(s->block->attrs, i)->default_text;
}

/* Tries a number for the first of what has to be given, and another one for the rest. */
static rn_status try_values(rn_subject *s, double first, double rest)
{
    rn_built built;
    double number = first;
    for (uint32_t i = 0; i < s->block->n_attrs; i++)
        if (is_required(s, i)) {
            set_required(s, i, number);
            number = rest;
        }
    rn_status status = rn_subject_build(s, &built);
    rn_dag_destroy(built.dag);
    return status;
}

static rn_status find_values(rn_subject *s)
{
    static const double firsts[] = { 8, 16, 4, 64, 2, 1 }, rests[] = { 8, 4, 1, 0.5 };
    rn_status status = RN_OK;
    for (size_t i = 0; i < sizeof firsts / sizeof *firsts; i++)
        for (size_t k = 0; k < sizeof rests / sizeof *rests; k++) {
            status = try_values(s, firsts[i], rests[k]);
            if (!status)
                return RN_OK;
        }
    return status;
}

rn_status rn_subject_find(rn_checking *c, const rn_block *block, rn_subject *s)
{
    static const int64_t channels[] = { 8, 16, 32, 64, 256, 3, 1 }, sides[] = { 6, 32, 224 };
    rn_status status = RN_OK;
    *s = (rn_subject){ .checking = c, .block = block, .training = true };
    snprintf(s->name, sizeof s->name, "%.79s/%.79s", c->plugin->plugin.name, block->name);
    for (size_t i = 0; i < sizeof sides / sizeof *sides; i++)
        for (size_t k = 0; k < sizeof channels / sizeof *channels; k++) {
            const int64_t shape[4] = { 4, channels[k], sides[i], sides[i] };
            memcpy(s->shape, shape, sizeof shape);
            status = find_values(s);
            if (!status)
                return RN_OK;
        }
    return status;
}

const char *rn_subject_text(const rn_subject *s, char text[RN_SUBJECT_TEXT])
{
    char *values = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&values, &size);
    if (out) {
        print_values(out, s);
        fclose(out);
    }
    snprintf(text, RN_SUBJECT_TEXT, "%s on (%lld, %lld, %lld, %lld)%s%.*s", s->name,
             (long long)s->shape[0], (long long)s->shape[1], (long long)s->shape[2],
             (long long)s->shape[3], values && *values ? " with " : "", SHOWN_VALUES,
             values ? values : "");
    free(values);
    return text;
}

#define MOST_OPERATIONS 300000000 /* of one run, on the reference, which is slow */

bool rn_subject_is_large(rn_subject *s)
{
    char text[RN_SUBJECT_TEXT];
    rn_built built;
    if (rn_subject_build(s, &built))
        return true;
    int64_t n = built.dag->n_operations;
    rn_dag_destroy(built.dag);
    if (n > MOST_OPERATIONS)
        rn_check_skip(s->checking, "%s: left out, as it computes %.1f billion operations",
                      rn_subject_text(s, text), (double)n * 1e-9);
    return n > MOST_OPERATIONS;
}

/* ---- A network around it ---- */

static rn_status print_network(FILE *out, const rn_subject *s, const char *backend, int32_t rank)
{
    rn_print(out,
             "network = {\n  input = { channels = 3; height = %lld; width = %lld; };\n"
             "  classes = 5;\n  init = \"he_normal\";\n  layers = (\n"
             "    { block = \"conv2d\"; name = \"stem\"; channels = %lld; kernel = 1; },\n"
             "    { block = \"%s\"; name = \"block\"; ",
             (long long)s->shape[2], (long long)s->shape[3], (long long)s->shape[1], s->name);
    print_values(out, s);
    rn_print(out, "},\n");
    if (rank == 4)
        rn_print(out, "    { block = \"global_avg_pool\"; },\n    { block = \"flatten\"; },\n");
    rn_print(out,
             "    { block = \"linear\"; name = \"fc\"; }\n  );\n};\n"
             "train = { batch = %lld; learning_rate = 0.05; momentum = 0.9; };\n"
             "backend = { name = \"%s\"; };\n",
             (long long)s->shape[0], backend);
    return fclose(out) ? rn_fail(RN_E_NOMEM, "no memory for a cfg") : RN_OK;
}

rn_status rn_subject_config(const rn_subject *s, const char *backend, rn_config **out)
{
    rn_subject copy = *s;
    rn_built built;
    char *text = NULL;
    size_t size = 0;
    rn_status status = rn_subject_build(&copy, &built);
    if (status)
        return status;
    int32_t rank = built.y->desc.rank;
    rn_dag_destroy(built.dag);
    FILE *stream = open_memstream(&text, &size);
    status = stream ? print_network(stream, s, backend, rank)
                    : rn_fail(RN_E_NOMEM, "no memory for a cfg");
    rn_config_source source = { .path = "check.cfg", .text = text };
    if (!status)
        status = rn_config_load_source(&source, out);
    free(text);
    return status;
}

/* ---- All of them ---- */

static rn_status check_variant(rn_subject *s, rn_subject_check *check, int *left)
{
    rn_built built;
    char text[RN_SUBJECT_TEXT];
    if (*left <= 0 || rn_subject_build(s, &built))
        return RN_OK;
    rn_dag_destroy(built.dag);
    --*left;
    rn_check_at(s->checking, "%s", rn_subject_text(s, text));
    return check(s);
}

/* With each other value of one attribute that has few of them. */
static rn_status check_choices(rn_subject *s, uint32_t row, rn_subject_check *check, int *left)
{
    const rn_attr *attr = rn_attr_row(s->block->attrs, row);
    const char *words = attr->type == RN_ATTR_BOOL     ? "true|false"
                        : attr->type == RN_ATTR_CHOICE ? attr->choices
                                                       : "";
    const char *usual = attr->default_text ? attr->default_text : s->values[row];
    char kept[RN_SUBJECT_VALUE];
    rn_status status = RN_OK;
    memcpy(kept, s->values[row], sizeof kept);
    for (const char *word = words; *word && !status;) {
        size_t length = strcspn(word, "|");
        snprintf(s->values[row], RN_SUBJECT_VALUE, "%.*s", (int)length, word);
        if (strcmp(s->values[row], usual) != 0)
            status = check_variant(s, check, left);
        word += length + (word[length] == '|');
    }
    memcpy(s->values[row], kept, sizeof kept);
    return status;
}

rn_status rn_subject_each(rn_checking *c, int most, rn_subject_check *check,
                          rn_subject_check *after)
{
    rn_status status = RN_OK;
    rn_subject *s = calloc(1, sizeof *s);
    if (!s)
        return rn_fail(RN_E_NOMEM, "no memory for a block");
    for (uint32_t i = 0; i < c->plugin->plugin.n_blocks && !status; i++) {
        int left = most;
        if (rn_subject_find(c, &c->plugin->blocks[i], s))
            continue;
        status = check_variant(s, check, &left);
        for (uint32_t row = 0; row < s->block->n_attrs && !status && left > 0; row++)
            status = check_choices(s, row, check, &left);
        if (after && !status)
            status = after(s);
    }
    free(s);
    return status;
}
