/* test_torch.c: PyTorch's files hold here what torch.load reads from them, bit for bit. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "base/log.h"
#include "base/status.h"
#include "support/check.h"
#include "weights/open.h"

#define LIST "tests/weights/torch.txt" /* make_torch.py writes it */
#define CORPUS "corpus/"
#define CORPUS_FOLDER "tests/fuzz/corpus/torch/"

static char logged[1000];

static void keep_line(int32_t level, const char *line)
{
    (void)level;
    snprintf(logged, sizeof logged, "%s", line);
}

/* The sum goes over the elements row by row, wherever the strides find them. */
static uint32_t add_elements(uint32_t sum, const rn_stored *tensor, int32_t axis,
                             const uint8_t *from)
{
    if (axis == tensor->rank)
        return (uint32_t)crc32(sum, from, tensor->type->size);
    for (int64_t i = 0; i < tensor->shape[axis]; i++)
        sum = add_elements(sum, tensor, axis + 1,
                           from + i * tensor->stride[axis] * tensor->type->size);
    return sum;
}

/* "NAME TYPE 2,3\n", then the elements. */
static uint32_t add_tensor(uint32_t sum, const rn_stored *tensor)
{
    char text[1000];
    int n = snprintf(text, sizeof text, "%s %s ", tensor->name, tensor->type->text);
    for (int32_t i = 0; i < tensor->rank; i++)
        n += snprintf(text + n, sizeof text - (size_t)n, "%s%" PRId64, i ? "," : "",
                      tensor->shape[i]);
    text[n++] = '\n';
    sum = (uint32_t)crc32(sum, (const uint8_t *)text, (uint32_t)n);
    return add_elements(sum, tensor, 0, tensor->data);
}

static uint32_t sum_of(const rn_stored_table *table)
{
    uint32_t sum = 0;
    for (int64_t i = 0; i < table->count; i++)
        sum = add_tensor(sum, &table->tensors[i]);
    return sum;
}

/* A line of the list. */
typedef struct expected {
    char file[200], key[100];
    int64_t count;
    uint32_t sum;
} expected;

static void compare(const char *path, const expected *e, const char *key)
{
    rn_weights *weights = NULL;
    if (rn_weights_open(path, key, &weights)) {
        check_note("%s", rn_fail_text());
        CU_FAIL("not read");
        return;
    }
    uint32_t sum = sum_of(&weights->table);
    CU_ASSERT_STRING_EQUAL(weights->format, "PyTorch");
    CU_ASSERT_STRING_EQUAL(weights->key ? weights->key : "-", e->key);
    CU_ASSERT_EQUAL(weights->table.count, e->count);
    CU_ASSERT_EQUAL(sum, e->sum);
    if (sum != e->sum)
        check_note("%s: %08" PRIx32 ", expected %08" PRIx32, path, sum, e->sum);
    rn_weights_close(weights);
}

/* The usual entry is found; another one is asked for. */
static void compare_line(const expected *e)
{
    char path[CHECK_PATH_MAX], name[300];
    bool is_usual = !strstr(e->key, "ema"), is_corpus = !strncmp(e->file, CORPUS, strlen(CORPUS));
    snprintf(name, sizeof name, "%s%s", CORPUS_FOLDER, e->file + strlen(CORPUS));
    if (is_corpus)
        check_source(path, name);
    else if (!check_golden(path, e->file))
        return;
    compare(path, e, is_usual ? NULL : e->key);
    if (*e->key != '-')
        compare(path, e, e->key);
}

static void each_line(bool of_corpus)
{
    char path[CHECK_PATH_MAX];
    expected e;
    int n = 0;
    FILE *list = fopen(check_source(path, LIST), "r");
    CU_ASSERT_PTR_NOT_NULL_FATAL(list);
    while (fscanf(list, "%199s %99s %" SCNd64 " %" SCNx32, e.file, e.key, &e.count, &e.sum) == 4)
        if (!strncmp(e.file, CORPUS, strlen(CORPUS)) == of_corpus) {
            compare_line(&e);
            n++;
        }
    fclose(list);
    CU_ASSERT(n >= 10);
}

static void test_small(void)
{
    each_line(true);
}

static void test_golden(void)
{
    each_line(false);
}

static rn_status open_source(const char *name, const char *key)
{
    char path[CHECK_PATH_MAX];
    rn_weights *weights = NULL;
    rn_status status = rn_weights_open(check_source(path, name), key, &weights);
    rn_weights_close(weights);
    return status;
}

/* Which entry is taken, and what is said of the others. */
static void test_entries(void)
{
    static const char file[] = CORPUS_FOLDER "checkpoint.pth";
    rn_log_set(RN_LOG_WARNING, keep_line);
    CU_ASSERT_EQUAL(open_source(file, NULL), RN_OK);
    CU_ASSERT_PTR_NOT_NULL(strstr(logged, "the weights are those of \"model\"; there are tensors "
                                          "in \"model_ema\", too: --weights-key="));
    *logged = 0;
    CU_ASSERT_EQUAL(open_source(file, "model_ema.module"), RN_OK);
    CU_ASSERT_STRING_EQUAL(logged, "");
    rn_log_set(RN_LOG_WARNING, NULL);
    CU_ASSERT(check_failed(open_source(file, "ema"), RN_E_DATA,
                           "there is no entry \"ema\"; expected one of: \"epoch\", \"best\", "
                           "\"args\", \"optimizer\", \"model_ema\", \"model\""));
    CU_ASSERT(check_failed(open_source(file, "model_ema.modul"), RN_E_DATA,
                           "no entry \"modul\" in \"model_ema\"; expected one of: \"module\", "
                           "\"decay\""));
    CU_ASSERT(check_failed(open_source(file, "args"), RN_E_DATA, "there are no tensors in"));
    CU_ASSERT(check_failed(open_source(file, "optimizer"), RN_E_DATA, "there are no tensors in"));
    CU_ASSERT(check_failed(open_source(file, "model.weight"), RN_E_DATA,
                           "there is one tensor without a name in model.weight"));
}

int main(void)
{
    const CU_TestInfo tests[] = {
        { "small files of both formats", test_small },
        { "published and golden files", test_golden },
        { "the entries of a checkpoint", test_entries },
        CU_TEST_INFO_NULL,
    };
    return check_run("torch", tests);
}
