/* test_evaluation.c: what an evaluation counts, against other programs, and how it is shown. */
#define _GNU_SOURCE /* open_memstream */
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "io/file.h"
#include "io/safetensors.h"
#include "report/evaluation_page.h"
#include "report/html.h"
#include "support/check.h"

/* ---- Batches ---- */

typedef struct images {
    rn_safetensors *file;
    const float *probabilities;
    const int32_t *labels;
    int64_t count, n_classes;
} images;

static const void *tensor(const images *set, const char *name)
{
    const rn_named_tensor *found = rn_safetensors_find(set->file, name);
    CU_ASSERT_PTR_NOT_NULL_FATAL(found);
    return found->data;
}

/* The images that make_evaluation.py has made, and what others count. */
static void read_images(images *set)
{
    char path[CHECK_PATH_MAX];
    check_source(path, "tests/report/evaluation.safetensors");
    CU_ASSERT_EQUAL_FATAL(rn_safetensors_read(path, &set->file), RN_OK);
    const rn_named_tensor *found = rn_safetensors_find(set->file, "probabilities");
    set->probabilities = found->data;
    set->count = found->shape[0];
    set->n_classes = found->shape[1];
    set->labels = tensor(set, "labels");
}

static rn_status add(rn_outcomes *outcomes, const float *probabilities, const int32_t *labels,
                     int64_t n)
{
    int64_t samples[256];
    for (int64_t i = 0; i < n; i++)
        samples[i] = outcomes->count + i;
    const rn_batch batch = { .labels = labels, .samples = samples, .count = n };
    return rn_outcomes_add(outcomes, &batch, probabilities);
}

static rn_outcomes add_all(const images *set, int64_t batch)
{
    rn_outcomes outcomes = { .n_classes = set->n_classes };
    for (int64_t i = 0; i < set->count; i += batch) {
        int64_t n = set->count - i < batch ? set->count - i : batch;
        CU_ASSERT_EQUAL_FATAL(add(&outcomes, set->probabilities + i * set->n_classes,
                                  set->labels + i, n),
                              RN_OK);
    }
    return outcomes;
}

/* ---- Counting ---- */

static bool close_to(double found, double expected)
{
    return isnan(expected) ? isnan(found) : fabs(found - expected) < 1e-6;
}

static void check_classes(const images *set, const rn_evaluation_results *r)
{
    const float *recall = tensor(set, "recall"), *precision = tensor(set, "precision");
    const int32_t *count = tensor(set, "images");
    for (int64_t k = 0; k < r->n_classes; k++) {
        CU_ASSERT_EQUAL(r->score[k].images, count[k]);
        CU_ASSERT(close_to(r->score[k].recall, (double)recall[k]));
        CU_ASSERT(close_to(r->score[k].precision, (double)precision[k]));
    }
}

static void check_pairs(const rn_evaluation_results *r, const int32_t *confusion)
{
    int64_t mistakes = 0, counted = 0;
    for (int64_t i = 0; i < r->n_classes * r->n_classes; i++) {
        CU_ASSERT_EQUAL(r->cells[i], (uint32_t)confusion[i]);
        mistakes += i % (r->n_classes + 1) ? confusion[i] : 0;
    }
    for (int64_t i = 0; i < r->n_pairs; i++) {
        const rn_confusion *pair = &r->pair[i];
        CU_ASSERT_EQUAL(pair->count, confusion[pair->truth * r->n_classes + pair->predicted]);
        CU_ASSERT(pair->truth != pair->predicted);
        CU_ASSERT(i == 0 || pair->count <= pair[-1].count);
        counted += pair->count;
    }
    CU_ASSERT_EQUAL(counted, mistakes);
}

/* scikit-learn's accuracy, top-5, precision, recall and confusion matrix, and torchmetrics' ECE, of
 * the same probabilities; in batches of any size. */
static void test_counts(void)
{
    images set;
    read_images(&set);
    const float *figures = tensor(&set, "figures");
    for (int64_t batch = 1; batch <= set.count; batch += 66) {
        rn_outcomes outcomes = add_all(&set, batch);
        rn_evaluation_results r = { .n_images = set.count };
        CU_ASSERT_EQUAL_FATAL(rn_evaluation_count(&r, &outcomes), RN_OK);
        int64_t n_correct = 0;
        for (int64_t k = 0; k < r.n_classes; k++)
            n_correct += r.score[k].correct;
        CU_ASSERT(close_to((double)n_correct / (double)set.count, (double)figures[0]));
        CU_ASSERT(close_to(r.top5, (double)figures[1]));
        CU_ASSERT(close_to(r.calibration.error, (double)figures[2]));
        check_classes(&set, &r);
        check_pairs(&r, tensor(&set, "confusion"));
        rn_evaluation_results_clear(&r);
        rn_outcomes_clear(&outcomes);
    }
    rn_safetensors_destroy(set.file);
}

/* Of equal probabilities the first is the more likely one, as in training's accuracy. */
static void test_ties(void)
{
    static const float row[7] = { .1f, .2f, .2f, .1f, .1f, .1f, .2f };
    static const struct {
        int32_t truth;
        bool in_top5;
    } cases[] = { { 0, true }, { 1, true }, { 3, true }, { 4, false }, { 5, false }, { 6, true } };
    rn_outcomes outcomes = { .n_classes = 7 };
    for (int i = 0; i < 6; i++) {
        CU_ASSERT_EQUAL_FATAL(add(&outcomes, row, &cases[i].truth, 1), RN_OK);
        CU_ASSERT_EQUAL(outcomes.row[i].predicted, 1);
        CU_ASSERT_EQUAL(outcomes.row[i].in_top5, cases[i].in_top5);
    }
    rn_outcomes_clear(&outcomes);
}

static void test_not_finite(void)
{
    static const float rows[4] = { .5f, .5f, NAN, .5f };
    static const int32_t labels[2] = { 0, 1 };
    rn_outcomes outcomes = { .n_classes = 2 };
    CU_ASSERT_EQUAL(add(&outcomes, rows, labels, 2), RN_E_DIVERGED);
    CU_ASSERT_EQUAL(outcomes.count, 0);
    CU_ASSERT_EQUAL(add(&outcomes, rows, labels, 1), RN_OK);
    CU_ASSERT_EQUAL(rn_outcomes_top5(&outcomes), 1);
    rn_outcomes_clear(&outcomes);
}

/* 0 belongs to the first bin, 1 to the last. */
static void test_bins(void)
{
    static const float rows[8] = { 0, 0, 1, 0, .0625f, 0, .5f, .5f };
    static const int32_t labels[4] = { 0, 0, 1, 1 };
    rn_outcomes outcomes = { .n_classes = 2 };
    CU_ASSERT_EQUAL_FATAL(add(&outcomes, rows, labels, 4), RN_OK);
    rn_calibration c = rn_calibration_of(&outcomes);
    CU_ASSERT_EQUAL(c.bin[0].images, 2);
    CU_ASSERT_EQUAL(c.bin[7].images, 1);
    CU_ASSERT_EQUAL(c.bin[14].images, 1);
    CU_ASSERT(close_to(c.error, (fabs(.5 - .03125) * 2 + .5 + 0) / 4));
    rn_outcomes_clear(&outcomes);
}

static void test_mistakes(void)
{
    static const float rows[10] = { .6f, .4f, .9f, .1f, .9f, .1f, .7f, .3f, .2f, .8f };
    static const int32_t labels[5] = { 1, 1, 1, 0, 0 };
    rn_outcomes outcomes = { .n_classes = 2 };
    rn_outcome *found = NULL;
    int64_t n = 0;
    CU_ASSERT_EQUAL_FATAL(add(&outcomes, rows, labels, 5), RN_OK);
    CU_ASSERT_EQUAL_FATAL(rn_outcomes_mistakes(&outcomes, 3, &found, &n), RN_OK);
    CU_ASSERT_EQUAL_FATAL(n, 3);
    CU_ASSERT(found[0].sample == 1 && found[1].sample == 2 && found[2].sample == 4);
    free(found);
    rn_outcomes_clear(&outcomes);
}

/* ---- Showing ---- */

static void describe(const rn_dataset *dataset, int64_t index, char *text, size_t size)
{
    (void)dataset;
    snprintf(text, size, "%lld<img src=x>\x1b[31m.jpg", (long long)index);
}

static const rn_dataset_kind hostile_kind = { .name = "test", .describe = describe };

/* A data set whose names would be elements, attributes, escapes and fields. */
static rn_dataset hostile_dataset(char *names[3])
{
    static char element[] = "<script>alert(1)</script>", quotes[] = "a\" onload=\"b,'c'",
                bytes[] = "\xff\x1b[2J&amp;";
    names[0] = element;
    names[1] = quotes;
    names[2] = bytes;
    return (rn_dataset){
        .kind = &hostile_kind, .count = 4, .n_classes = 3, .class_names = names, .folder = element
    };
}

/* A file of scratch, read; the caller frees it. */
static char *read_back(const char *path)
{
    uint8_t *text = NULL;
    uint64_t size = 0;
    CU_ASSERT_EQUAL_FATAL(rn_file_read(path, &text, &size), RN_OK);
    return (char *)text;
}

static void count_hostile(rn_outcomes *outcomes, rn_evaluation_results *r)
{
    static const float rows[16] = { .6f, .3f, .1f, 0, .6f, .3f, .1f, 0,
                                    .6f, .3f, .1f, 0, .1f, .1f, .1f, .7f };
    static const int32_t labels[4] = { 0, 1, 2, 2 };
    outcomes->n_classes = 4;
    CU_ASSERT_EQUAL_FATAL(add(outcomes, rows, labels, 4), RN_OK);
    CU_ASSERT_EQUAL_FATAL(rn_evaluation_count(r, outcomes), RN_OK);
    r->mistakes.count = 1;
    r->mistakes.item[0].outcome = outcomes->row[1];
}

static void test_hostile_names(void)
{
    char path[CHECK_PATH_MAX], *names[3], *text = NULL;
    size_t size = 0;
    rn_dataset dataset = hostile_dataset(names);
    rn_outcomes outcomes = { .n_classes = 4 };
    rn_evaluation_results r = { .weights = "w", .dataset = &dataset, .loss = 1, .n_images = 4 };
    const rn_html_fact about[] = { { "data", dataset.folder }, { "none", "" }, { NULL, NULL } };
    count_hostile(&outcomes, &r);

    CU_ASSERT_EQUAL_FATAL(rn_evaluation_page(check_scratch(path, "page.html"), names[0], about, &r),
                          RN_OK);
    char *page = read_back(path);
    CU_ASSERT_PTR_NULL(strstr(page, "<script"));
    CU_ASSERT_PTR_NULL(strstr(page, "<img src=x"));
    CU_ASSERT_PTR_NULL(strstr(page, " onload=\""));
    CU_ASSERT_PTR_NULL(strchr(page, '\x1b'));
    CU_ASSERT_PTR_NULL(strstr(page, "none</dt>"));
    CU_ASSERT_PTR_NOT_NULL(strstr(page, "&lt;script&gt;alert(1)&lt;/script&gt;</h1>"));
    CU_ASSERT_PTR_NOT_NULL(strstr(page, "a&quot; onload=&quot;b,'c'"));
    CU_ASSERT_PTR_NOT_NULL(strstr(page, "\\xff\\x1b[2J&amp;amp;"));
    CU_ASSERT_PTR_NULL(strstr(page, "http"));
    free(page);

    FILE *out = open_memstream(&text, &size);
    CU_ASSERT_EQUAL(rn_evaluation_print_json(out, &r), RN_OK);
    rn_evaluation_print(out, &r, false);
    fclose(out);
    json_t *json = json_loads(text, JSON_DISABLE_EOF_CHECK, NULL);
    CU_ASSERT_EQUAL(json_array_size(json_object_get(json, "classes")), 4);
    CU_ASSERT_PTR_NULL(strchr(text, '\x1b'));
    CU_ASSERT(json_is_null(
        json_object_get(json_array_get(json_object_get(json, "classes"), 3), "recall")));
    json_decref(json);
    free(text);
    rn_evaluation_results_clear(&r);
    rn_outcomes_clear(&outcomes);
}

static void test_confusion_csv(void)
{
    char path[CHECK_PATH_MAX], *names[3];
    rn_dataset dataset = hostile_dataset(names);
    rn_outcomes outcomes = { .n_classes = 4 };
    rn_evaluation_results r = { .dataset = &dataset, .n_images = 4 };
    count_hostile(&outcomes, &r);
    CU_ASSERT_EQUAL_FATAL(rn_confusion_write_csv(check_scratch(path, "c.csv"), &dataset, 4,
                                                 r.cells),
                          RN_OK);
    char *text = read_back(path);
    CU_ASSERT_STRING_EQUAL(
        text, "truth,\"<script>alert(1)</script>\",\"a\"\" onload=\"\"b,'c'\","
              "\"\xff\x1b[2J&amp;\",\"3\"\n"
              "\"<script>alert(1)</script>\",1,0,0,0\n\"a\"\" onload=\"\"b,'c'\",1,0,0,0\n"
              "\"\xff\x1b[2J&amp;\",1,0,0,1\n\"3\",0,0,0,0\n");
    free(text);
    CU_ASSERT_EQUAL(rn_confusion_write_png(check_scratch(path, "c.png"), 4, r.cells), RN_OK);
    text = read_back(path);
    CU_ASSERT_EQUAL(memcmp(text, "\x89PNG", 4), 0);
    free(text);
    rn_evaluation_results_clear(&r);
    rn_outcomes_clear(&outcomes);
}

/* With more classes than can be read, the page lists pairs; with too many for a matrix, too. */
static void check_many(int64_t n_classes)
{
    char path[CHECK_PATH_MAX];
    float *row = calloc((size_t)n_classes, sizeof *row);
    const int32_t label = (int32_t)n_classes - 1;
    rn_dataset dataset = { .kind = &hostile_kind, .folder = path };
    rn_outcomes outcomes = { .n_classes = n_classes };
    rn_evaluation_results r = { .weights = "w", .dataset = &dataset, .n_images = 1 };
    const rn_html_fact none = { NULL, NULL };
    CU_ASSERT_PTR_NOT_NULL_FATAL(row);
    row[7] = 1;
    CU_ASSERT_EQUAL_FATAL(add(&outcomes, row, &label, 1), RN_OK);
    CU_ASSERT_EQUAL_FATAL(rn_evaluation_count(&r, &outcomes), RN_OK);
    CU_ASSERT_EQUAL(r.cells == NULL, n_classes > RN_CONFUSION_MAX_CLASSES);
    CU_ASSERT_EQUAL_FATAL(rn_evaluation_page(check_scratch(path, "page.html"), "t", &none, &r),
                          RN_OK);
    char *page = read_back(path);
    CU_ASSERT_PTR_NULL(strstr(page, "class=\"matrix\""));
    CU_ASSERT_PTR_NOT_NULL(strstr(page, "<td class=\"text\">7</td>"));
    CU_ASSERT(strlen(page) < 20000);
    free(page);
    free(row);
    rn_evaluation_results_clear(&r);
    rn_outcomes_clear(&outcomes);
}

static void test_many_classes(void)
{
    check_many(51);
    check_many(RN_CONFUSION_MAX_CLASSES + 1);
}

/* RFC 4648, section 10. */
static void test_base64(void)
{
    static const char *const expected[] = { "",         "Zg==",     "Zm8=",    "Zm9v",
                                            "Zm9vYg==", "Zm9vYmE=", "Zm9vYmFy" };
    for (uint64_t n = 0; n <= 6; n++) {
        char *text = NULL;
        size_t size = 0;
        FILE *out = open_memstream(&text, &size);
        CU_ASSERT_PTR_NOT_NULL_FATAL(out);
        rn_html_png(out, (const uint8_t *)"foobar", n);
        fclose(out);
        CU_ASSERT_STRING_EQUAL(text + strlen("data:image/png;base64,"), expected[n]);
        free(text);
    }
}

int main(void)
{
    static const CU_TestInfo tests[] = {
        { "counts are those of other programs", test_counts },
        { "equal probabilities", test_ties },
        { "probabilities that are not finite", test_not_finite },
        { "bins of the calibration", test_bins },
        { "the most confident mistakes", test_mistakes },
        { "hostile names on the page and in JSON", test_hostile_names },
        { "the confusion matrix as files", test_confusion_csv },
        { "many classes", test_many_classes },
        { "base 64", test_base64 },
        CU_TEST_INFO_NULL,
    };
    return check_run("evaluation", tests);
}
