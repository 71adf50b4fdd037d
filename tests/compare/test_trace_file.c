/* test_trace_file.c: traces: what is written is read, of every detail; hostile files; hashes. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "compare/input.h"
#include "compare/trace_file.h"
#include "compare/trace_hash.h"
#include "io/safetensors.h"
#include "support/check.h"

#define LARGE 10000 /* values: more than a sample has */

static const rn_trace_header usual = { .label = "cudnn:0",
                                       .weights_hash = "aa",
                                       .input_hash = "bb",
                                       .cfg_hash = "cc",
                                       .cfg = "network.classes = 10\n",
                                       .phase = RN_TRACE_STEP,
                                       .precision = "bf16",
                                       .seed = 7,
                                       .batch = 2,
                                       .steps = 3,
                                       .versions = "{\"cudnn\":\"9\"}",
                                       .detail = RN_TRACE_FULL };
static const double noise[] = { 0.25, NAN };
static const float images[] = { 1, 2, 3, 4 };
static const int32_t labels[] = { 5, 6 }; /* of 7 classes */
static float values[LARGE];
static rn_config config = { .network = { .channels = 1, .height = 1, .width = 2 } };

static rn_traced tensor(rn_traced_kind kind, const char *name, int64_t count)
{
    rn_traced t = { .kind = kind, .name = name, .op = "conv2d", .layer = "stem", .rank = 2 };
    t.shape[0] = 2;
    t.shape[1] = count / 2;
    t.count = count;
    t.sum_length = 147;
    t.values = values;
    return t;
}

/* Writes three tensors, of which the last one in the alphabet is the first. */
static void write_usual(rn_trace_writer *w)
{
    const rn_traced first = tensor(RN_TRACED_FORWARD, "stem.conv", LARGE);
    const rn_traced second = tensor(RN_TRACED_GRADIENT, "stem.conv", 6);
    const rn_traced third = tensor(RN_TRACED_AFTER, "bn.mean", 4);
    for (int i = 0; i < LARGE; i++)
        values[i] = (float)sin(i);
    CU_ASSERT_EQUAL(rn_trace_write_input(w, images, (const int64_t[]){ 2, 1, 1, 2 }, labels),
                    RN_OK);
    CU_ASSERT_EQUAL(rn_trace_write(w, &first), RN_OK);
    CU_ASSERT_EQUAL(rn_trace_write(w, &second), RN_OK);
    CU_ASSERT_EQUAL(rn_trace_write(w, &third), RN_OK);
    CU_ASSERT_EQUAL(rn_trace_set_noise(w, RN_TRACED_GRADIENT, "stem.conv", noise), RN_OK);
}

static rn_trace_writer *begin(const char *path, rn_trace_detail detail)
{
    rn_trace_writer *w = NULL;
    rn_trace_header header = usual;
    header.detail = detail;
    CU_ASSERT_EQUAL_FATAL(rn_trace_create(path, &header, &w), RN_OK);
    return w;
}

static rn_trace_reader *open_trace(const char *path)
{
    rn_trace_reader *r = NULL;
    CU_ASSERT_EQUAL_FATAL(rn_trace_open(path, &r), RN_OK);
    return r;
}

static void check_header(const rn_trace_reader *r, rn_trace_detail detail)
{
    const rn_trace_header *h = rn_trace_header_of(r);
    CU_ASSERT_STRING_EQUAL(h->label, usual.label);
    CU_ASSERT_STRING_EQUAL(h->weights_hash, usual.weights_hash);
    CU_ASSERT_STRING_EQUAL(h->input_hash, usual.input_hash);
    CU_ASSERT_STRING_EQUAL(h->cfg_hash, usual.cfg_hash);
    CU_ASSERT_STRING_EQUAL(h->cfg, usual.cfg);
    CU_ASSERT_STRING_EQUAL(h->phase, usual.phase);
    CU_ASSERT_STRING_EQUAL(h->precision, usual.precision);
    CU_ASSERT_STRING_EQUAL(h->versions, usual.versions);
    CU_ASSERT_EQUAL(h->seed, 7);
    CU_ASSERT_EQUAL(h->batch, 2);
    CU_ASSERT_EQUAL(h->steps, 3);
    CU_ASSERT_EQUAL(h->detail, detail);
}

/* The order is that of computation; nothing is lost. */
static void check_tensors(const rn_trace_reader *r)
{
    double found[RN_N_COMPARE_MODES];
    CU_ASSERT_EQUAL_FATAL(rn_trace_count(r), 3);
    CU_ASSERT_EQUAL(rn_trace_find(r, RN_TRACED_FORWARD, "stem.conv"), 0);
    CU_ASSERT_EQUAL(rn_trace_find(r, RN_TRACED_GRADIENT, "stem.conv"), 1);
    CU_ASSERT_EQUAL(rn_trace_find(r, RN_TRACED_AFTER, "bn.mean"), 2);
    CU_ASSERT_EQUAL(rn_trace_find(r, RN_TRACED_MASK, "bn.mean"), -1);
    CU_ASSERT_EQUAL(rn_trace_find(r, RN_TRACED_FORWARD, "input.images"), -1);
    const rn_traced *t = rn_trace_at(r, 0, found);
    CU_ASSERT_STRING_EQUAL(t->op, "conv2d");
    CU_ASSERT_STRING_EQUAL(t->layer, "stem");
    CU_ASSERT_EQUAL(t->rank, 2);
    CU_ASSERT_EQUAL(t->shape[1], LARGE / 2);
    CU_ASSERT_EQUAL(t->count, LARGE);
    CU_ASSERT_EQUAL(t->sum_length, 147);
    CU_ASSERT_EQUAL(t->index, 0);
    CU_ASSERT_TRUE(isnan(found[0]) && isnan(found[1]));
    t = rn_trace_at(r, 1, found);
    CU_ASSERT_EQUAL(t->kind, RN_TRACED_GRADIENT);
    CU_ASSERT_STRING_EQUAL(t->name, "stem.conv");
    CU_ASSERT_TRUE(found[0] == 0.25 && isnan(found[1]));
    CU_ASSERT_STRING_EQUAL(rn_trace_at(r, 2, NULL)->name, "bn.mean");
}

static void check_full(rn_trace_reader *r)
{
    float *read = calloc(LARGE, sizeof *read), pixels[4];
    const float *one = NULL, *other = NULL;
    int32_t classes[2];
    int64_t count = 0;
    CU_ASSERT_EQUAL(rn_trace_read(r, 0, read), RN_OK);
    CU_ASSERT_EQUAL(memcmp(read, values, sizeof values), 0);
    for (int i = 0; i < 2; i++) { /* what was taken out of memory comes back */
        CU_ASSERT_EQUAL(rn_trace_sample(r, 0, read, &one, &other, &count), RN_OK);
        CU_ASSERT_EQUAL(count, LARGE);
        CU_ASSERT_PTR_EQUAL(one, read);
        CU_ASSERT_EQUAL(memcmp(other, values, sizeof values), 0);
    }
    CU_ASSERT_PTR_NOT_NULL_FATAL(rn_trace_input_shape(r));
    CU_ASSERT_EQUAL(rn_trace_input_shape(r)[3], 2);
    CU_ASSERT_EQUAL(rn_trace_read_input(r, pixels, classes), RN_OK);
    CU_ASSERT_EQUAL(memcmp(pixels, images, sizeof images), 0);
    CU_ASSERT_EQUAL(memcmp(classes, labels, sizeof labels), 0);
    free(read);
}

static void check_labels(rn_trace_reader *r)
{
    rn_compare_input input = { 0 };
    for (config.network.classes = 6; config.network.classes < 8; config.network.classes++) {
        CU_ASSERT_EQUAL(rn_compare_input_of_trace(&config, r, &input),
                        config.network.classes == 6 ? RN_E_DATA : RN_OK);
        rn_compare_input_close(&input);
    }
}

static void test_full(void)
{
    char path[CHECK_PATH_MAX];
    float read[6];
    rn_trace_writer *w = begin(check_scratch(path, "full"), RN_TRACE_FULL);
    write_usual(w);
    CU_ASSERT_EQUAL(rn_trace_reread(w, RN_TRACED_GRADIENT, "stem.conv", 6, read), RN_OK);
    CU_ASSERT_EQUAL(memcmp(read, values, sizeof read), 0);
    CU_ASSERT_TRUE(check_failed(rn_trace_reread(w, RN_TRACED_GRADIENT, "stem.conv", 5, read),
                                RN_E_UNSUPPORTED, "no tensor \"stem.conv\" of 5 values"));
    CU_ASSERT_TRUE(check_failed(rn_trace_reread(w, RN_TRACED_MASK, "stem.conv", 6, read),
                                RN_E_UNSUPPORTED, "no tensor"));
    CU_ASSERT_EQUAL(rn_trace_finish(w), RN_OK);
    rn_trace_reader *r = open_trace(path);
    check_header(r, RN_TRACE_FULL);
    check_tensors(r);
    check_full(r);
    check_labels(r);
    rn_trace_reader_destroy(r);
}

/* What a trace of less detail has are numbers of the whole tensor, and the same ones twice. */
static void check_less(const char *path, rn_trace_detail detail, int64_t expected)
{
    const float *one = NULL, *other = NULL;
    int64_t count = 0, n = expected - RN_TRACE_N_STATISTICS;
    rn_trace_reader *r = open_trace(path);
    check_header(r, detail);
    check_tensors(r);
    CU_ASSERT_PTR_NULL(rn_trace_input_shape(r));
    CU_ASSERT_TRUE(check_failed(rn_trace_read(r, 0, values), RN_E_UNSUPPORTED, "stem.conv"));
    CU_ASSERT_EQUAL(rn_trace_sample(r, 0, values, &one, &other, &count), RN_OK);
    CU_ASSERT_EQUAL_FATAL(count, expected);
    CU_ASSERT_EQUAL(memcmp(one, other, (size_t)count * sizeof *one), 0);
    CU_ASSERT_DOUBLE_EQUAL(other[n + 1], sqrt(0.5), 1e-3);
    CU_ASSERT_DOUBLE_EQUAL(other[n + 2], -1, 1e-3);
    CU_ASSERT_DOUBLE_EQUAL(other[n + 3], 1, 1e-3);
    for (int64_t k = 0, i = 0; k < n; k++) { /* in their order, from everywhere */
        while (i < LARGE && values[i] != other[k])
            i++;
        CU_ASSERT_FATAL(i < LARGE && fabs((double)i - (double)k * LARGE / (double)n) < 3);
    }
    CU_ASSERT_EQUAL(rn_trace_sample(r, 2, values, &one, &other, &count), RN_OK);
    CU_ASSERT_EQUAL(count, n ? 4 + RN_TRACE_N_STATISTICS : RN_TRACE_N_STATISTICS);
    rn_trace_reader_destroy(r);
}

static void test_less(void)
{
    char path[CHECK_PATH_MAX], copy[CHECK_PATH_MAX];
    rn_trace_reader *full = NULL;
    rn_trace_writer *w = begin(NULL, RN_TRACE_FULL);
    write_usual(w);
    CU_ASSERT_EQUAL_FATAL(rn_trace_reopen(w, &full), RN_OK);
    check_full(full);
    CU_ASSERT_EQUAL(rn_trace_save(full, check_scratch(copy, "copy"), RN_TRACE_FULL), RN_OK);
    rn_trace_reader *r = open_trace(copy);
    check_full(r);
    rn_trace_reader_destroy(r);
    for (int detail = RN_TRACE_SAMPLE; detail <= RN_TRACE_STATISTICS; detail++) {
        int64_t n = detail == RN_TRACE_SAMPLE ? 4100 : 4;
        CU_ASSERT_EQUAL(rn_trace_save(full, copy, (rn_trace_detail)detail), RN_OK);
        check_less(copy, (rn_trace_detail)detail, n);
        w = begin(check_scratch(path, "less"), (rn_trace_detail)detail);
        write_usual(w);
        CU_ASSERT_EQUAL(rn_trace_finish(w), RN_OK);
        check_less(path, (rn_trace_detail)detail, n);
    }
    rn_trace_reader_destroy(full);
}

/* A header that takes more than the room that was left for it. */
static void test_many(void)
{
    enum { MANY = 6000 };
    char path[CHECK_PATH_MAX], name[64];
    float read[200];
    rn_trace_writer *w = begin(check_scratch(path, "many"), RN_TRACE_FULL);
    for (int i = 0; i < MANY; i++) {
        rn_traced t = tensor(RN_TRACED_FORWARD, name, 200);
        snprintf(name, sizeof name, "a.layer.with.a.longer.name.%d", i);
        t.values = values + i;
        CU_ASSERT_EQUAL(rn_trace_write(w, &t), RN_OK);
    }
    CU_ASSERT_EQUAL(rn_trace_finish(w), RN_OK);
    rn_trace_reader *r = open_trace(path);
    CU_ASSERT_EQUAL_FATAL(rn_trace_count(r), MANY);
    for (int i = 0; i < MANY; i += 97) {
        CU_ASSERT_EQUAL(rn_trace_read(r, i, read), RN_OK);
        CU_ASSERT_EQUAL(memcmp(read, values + i, sizeof read), 0);
    }
    rn_trace_reader_destroy(r);
}

static void test_unfinished(void)
{
    char path[CHECK_PATH_MAX];
    struct stat info;
    const rn_traced t = tensor(RN_TRACED_FORWARD, "a", 4);
    rn_trace_writer *w = begin(check_scratch(path, "unfinished"), RN_TRACE_FULL);
    CU_ASSERT_EQUAL(rn_trace_write(w, &t), RN_OK);
    CU_ASSERT_TRUE(check_failed(rn_trace_write(w, &t), RN_E_DATA, "two tensors are named \"a\""));
    rn_trace_writer_destroy(w);
    CU_ASSERT_NOT_EQUAL(stat(path, &info), 0);
    w = NULL;
    CU_ASSERT_TRUE(check_failed(rn_trace_create("/nowhere/trace", &usual, &w), RN_E_IO,
                                "/nowhere/trace: cannot write it"));
    CU_ASSERT_PTR_NULL(w);
}

/* ---- Files of others ---- */

#define LEAST                                                                                      \
    {                                                                                              \
        "format", "resnet-trace 1", "phase", "infer", "batch", "2"                                 \
    }

static rn_status write_other(const char *const *metadata, int64_t n_metadata, const char *name,
                             int32_t dtype, rn_trace_reader **out)
{
    char path[CHECK_PATH_MAX];
    const rn_named_tensor t = {
        .name = name, .dtype = dtype, .rank = 2, .shape = { 2, 3 }, .data = values
    };
    CU_ASSERT_EQUAL_FATAL(rn_safetensors_write(check_scratch(path, "other"), &t, 1, metadata,
                                               n_metadata),
                          RN_OK);
    return rn_trace_open(path, out);
}

/* What a trace must have, and no more. */
static void test_least(void)
{
    static const char *const metadata[] = LEAST;
    rn_trace_reader *r = NULL;
    double found[RN_N_COMPARE_MODES];
    CU_ASSERT_EQUAL_FATAL(write_other(metadata, 6, "grad.fc.weight", RN_F32, &r), RN_OK);
    const rn_trace_header *h = rn_trace_header_of(r);
    CU_ASSERT_STRING_EQUAL(h->label, "");
    CU_ASSERT_STRING_EQUAL(h->precision, "fp32");
    CU_ASSERT_EQUAL(h->steps, 1);
    CU_ASSERT_EQUAL(h->detail, RN_TRACE_FULL);
    const rn_traced *t = rn_trace_at(r, 0, found);
    CU_ASSERT_STRING_EQUAL(t->op, "");
    CU_ASSERT_STRING_EQUAL(t->layer, "");
    CU_ASSERT_EQUAL(t->sum_length, 0);
    CU_ASSERT_TRUE(isnan(found[0]));
    rn_trace_reader_destroy(r);
}

static const struct hostile {
    const char *key, *value; /* in the metadata, replacing another one of this key */
    const char *name;
    int32_t dtype;
    const char *message;
} hostile[] = {
    { "format", "pt", "a", RN_F32, "\"format\" is \"pt\", expected \"resnet-trace 1\"" },
    { "phase", "train", "a", RN_F32, "\"phase\" is \"train\", expected infer or train-step" },
    { "batch", "0", "a", RN_F32, "\"batch\" is 0" },
    { "batch", "2x", "a", RN_F32, "\"batch\" is \"2x\", expected a number" },
    { "seed", "-1", "a", RN_F32, "\"seed\" is \"-1\"" },
    { "seed", "99999999999999999999", "a", RN_F32, "\"seed\" is \"9999" },
    { "detail", "most", "a", RN_F32, "\"detail\" is \"most\", expected full, sample or" },
    { "seed", "1", "grad.", RN_F32, "a tensor is named \"grad.\"" },
    { "seed", "1", "a", RN_I32, "tensor \"a\" has numbers of type I32, expected floats" },
    { "seed", "1", "input.images", RN_F32, "expected \"input.images\", floats of shape (2, ch" },
    { "seed", "1", "input.labels", RN_I32, "expected \"input.images\", floats of shape (2, ch" },
    { "tensors", "{", "a", RN_F32, "metadata \"tensors\", byte" },
    { "tensors", "[]", "a", RN_F32, "metadata \"tensors\" is no JSON object" },
    { "tensors", "{\"a\":1}", "a", RN_F32, "\"a\": expected a JSON object" },
    { "tensors", "{\"a\":{\"op\":1}}", "a", RN_F32, "expected \"op\"" },
    { "tensors", "{\"a\":{\"layer\":null}}", "a", RN_F32, "\"layer\" as strings" },
    { "tensors", "{\"a\":{\"index\":-1}}", "a", RN_F32, "expected \"index\"" },
    { "tensors", "{\"a\":{\"sum_length\":0.5}}", "a", RN_F32, "expected \"index\" and \"sum_l" },
    { "tensors", "{\"a\":{\"noise\":[1]}}", "a", RN_F32, "expected \"noise\" as a list of two" },
    { "tensors", "{\"a\":{\"noise\":[1,\"\"]}}", "a", RN_F32, "expected \"noise\"" },
    { "detail", "sample", "a", RN_F32, "expected \"shape\"" },
};

static void test_hostile(void)
{
    for (size_t i = 0; i < sizeof hostile / sizeof *hostile; i++) {
        const char *metadata[8] = LEAST;
        rn_trace_reader *r = NULL;
        int64_t n = 0;
        while (n < 6 && strcmp(metadata[n], hostile[i].key) != 0)
            n += 2;
        metadata[n] = hostile[i].key;
        metadata[n + 1] = hostile[i].value;
        rn_status status =
            write_other(metadata, n < 6 ? 6 : 8, hostile[i].name, hostile[i].dtype, &r);
        CU_ASSERT_PTR_NULL(r);
        CU_ASSERT_TRUE(check_failed(status, RN_E_DATA, hostile[i].message));
        rn_trace_reader_destroy(r);
    }
}

/* The shape of a whole tensor that its sample cannot be of. */
static void test_hostile_shapes(void)
{
    static const char *const shapes[] = { "[0]",    "[1.5]",
                                          "[\"\"]", "[1,1,1,1,1,1,1,1,1]",
                                          "{}",     "[9223372036854775807,9223372036854775807]",
                                          "[9]" };
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        char tensors[128];
        const char *const pairs[] = { "format", "resnet-trace 1", "phase",  "infer",   "batch",
                                      "2",      "detail",         "sample", "tensors", tensors };
        rn_trace_reader *r = NULL;
        snprintf(tensors, sizeof tensors, "{\"a\":{\"shape\":%s}}", shapes[i]);
        CU_ASSERT_TRUE(check_failed(write_other(pairs, 10, "a", RN_F32, &r), RN_E_DATA, "\"a\""));
        CU_ASSERT_PTR_NULL(r);
        rn_trace_reader_destroy(r);
    }
}

/* ---- Hashes ---- */

/* The digits are those of hashlib for what share/doc/traces.md describes. */
static void test_hashes(void)
{
    char text[RN_SHA256_TEXT], other[RN_SHA256_TEXT];
    const rn_batch batch = { .images = images, .labels = labels, .count = 2 };
    rn_trace_hash_input(&config, &batch, text);
    CU_ASSERT_STRING_EQUAL(text,
                           "37befc63c2443b79f93cb076a0b50a2b90f83f201693ce79ba692e23b1ea1833");
    rn_trace_hash_cfg("a = 1\nbackend.name = \"x\"\nb = 2\n", text);
    CU_ASSERT_STRING_EQUAL(text,
                           "fe9c2dadb34bee2ae03fc8fe25e26c64ce2f572a53a127db5d6e73899b64fc11");
    rn_trace_hash_cfg("a = 1\nb = 2\nbackend.name = \"y\"", other);
    CU_ASSERT_STRING_EQUAL(text, other);
}

static const CU_TestInfo tests[] = {
    { "a trace in full detail", test_full },
    { "traces of less detail, and without a name", test_less },
    { "more tensors than there is room for", test_many },
    { "a trace that is not finished leaves nothing", test_unfinished },
    { "the least that a trace must have", test_least },
    { "hostile metadata", test_hostile },
    { "hostile shapes", test_hostile_shapes },
    { "hashes", test_hashes },
    CU_TEST_INFO_NULL,
};

int main(void)
{
    return check_run("traces", tests);
}
