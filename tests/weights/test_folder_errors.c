/* test_folder_errors.c: folders and indices that are incomplete, damaged, or reach for other files.
 */
#define _GNU_SOURCE /* asprintf */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/status.h"
#include "io/safetensors.h"
#include "support/check.h"
#include "weights/open.h"

static char folder[CHECK_PATH_MAX];

/* Writes FOLDER/NAME. */
static void write_text(const char *name, const char *text)
{
    char path[CHECK_PATH_MAX + 64];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "w");
    CU_ASSERT_PTR_NOT_NULL_FATAL(file);
    fputs(text, file);
    fclose(file);
}

/* Writes FOLDER/NAME with tensors of one number. */
static void write_tensors(const char *name, const char *first, const char *second)
{
    static const float value = 1;
    char path[CHECK_PATH_MAX + 64];
    const rn_named_tensor tensors[] = {
        { .name = first, .dtype = RN_F32, .rank = 1, .shape = { 1 }, .data = &value },
        { .name = second, .dtype = RN_F32, .rank = 1, .shape = { 1 }, .data = &value },
    };
    snprintf(path, sizeof path, "%s/%s", folder, name);
    CU_ASSERT_EQUAL_FATAL(rn_safetensors_write(path, tensors, second ? 2 : 1, NULL, 0), RN_OK);
}

/* A new, empty folder. */
static void make_folder(void)
{
    static int count;
    char name[32];
    snprintf(name, sizeof name, "folder%d", count++);
    check_scratch(folder, name);
    CU_ASSERT_EQUAL_FATAL(mkdir(folder, 0700), 0);
}

/* Opens the folder, or a file of it, and gives the number of tensors; -1: failed. */
static int64_t open_count(const char *file, rn_status *status)
{
    char path[CHECK_PATH_MAX + 64];
    rn_weights *weights = NULL;
    snprintf(path, sizeof path, "%s%s%s", folder, file ? "/" : "", file ? file : "");
    CU_ASSERT(rn_weights_recognise(path));
    *status = rn_weights_open(path, NULL, &weights);
    int64_t count = *status ? -1 : weights->table.count;
    if (!*status)
        rn_weights_close(weights);
    return count;
}

static bool fails(const char *words)
{
    rn_status status;
    open_count(NULL, &status);
    return check_failed(status, RN_E_DATA, words);
}

#define INDEX "model.safetensors.index.json"

static void test_shards(void)
{
    rn_status status;
    make_folder();
    write_tensors("1.safetensors", "a", "b");
    write_tensors("2.safetensors", "c", NULL);
    write_text(INDEX, "{\"metadata\": {}, \"weight_map\": {\"a\": \"1.safetensors\", \"c\": "
                      "\"2.safetensors\", \"b\": \"1.safetensors\"}}");
    CU_ASSERT_EQUAL(open_count(NULL, &status), 3);
    CU_ASSERT_EQUAL(open_count(INDEX, &status), 3);
    write_text(INDEX, "{\"weight_map\": {\"a\": \"1.safetensors\", \"d\": \"2.safetensors\"}}");
    CU_ASSERT(fails("the index has the tensor \"d\", and none of its files does"));
    write_tensors("2.safetensors", "a", "d");
    CU_ASSERT(fails("there are two tensors \"a\""));
    write_tensors("model.safetensors", "alone", NULL); /* goes before an index */
    CU_ASSERT_EQUAL(open_count(NULL, &status), 1);
}

static void test_missing_shard(void)
{
    rn_status status;
    make_folder();
    write_text(INDEX, "{\"weight_map\": {\"a\": \"absent.safetensors\"}}");
    open_count(NULL, &status);
    CU_ASSERT(check_failed(status, RN_E_IO, "absent.safetensors"));
}

static void test_bad_indices(void)
{
    static const char *const cases[][2] = {
        { "{\"weight_map\": {\"a\": \"../x.safetensors\"}}",
          "weight_map: a: found \"../x.safetens" },
        { "{\"weight_map\": {\"a\": \"/etc/passwd\"}}",
          "found \"/etc/passwd\"; expected the name" },
        { "{\"weight_map\": {\"a\": \"sub/x.safetensors\"}}", "expected the name of a file" },
        { "{\"weight_map\": {\"a\": \"..\"}}", "expected the name of a file" },
        { "{\"weight_map\": {\"a\": \"\"}}", "expected the name of a file" },
        { "{\"weight_map\": {\"a\": 1}}", "found no text" },
        { "{\"weight_map\": {}}", "weight_map: found an empty one" },
        { "{\"weight_map\": []}", "weight_map: found none" },
        { "{}", "weight_map: found none" },
        { "{\"weight_map\": {\"a\": \"x\", \"a\": \"y\"}}", "duplicate object key" },
        { "{", "line 1" },
        { "[]", "found another value; expected a JSON object" },
        { "", "line 1" },
    };
    make_folder();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        write_text(INDEX, cases[i][0]);
        CU_ASSERT(fails(cases[i][1]));
    }
}

/* As many files as there are tensors would take long. */
static void test_many_files(void)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    CU_ASSERT_PTR_NOT_NULL_FATAL(out);
    fputs("{\"weight_map\": {\"\": \"x\"", out);
    for (int i = 0; i < 2000; i++)
        fprintf(out, ", \"%d\": \"%d\"", i, i);
    fputs("}}", out);
    fclose(out);
    make_folder();
    write_text(INDEX, text);
    CU_ASSERT(fails("more than 1000 files"));
    free(text);
}

static void test_deep_json(void)
{
    char *text = malloc(200001);
    CU_ASSERT_PTR_NOT_NULL_FATAL(text);
    memset(text, '[', 200000);
    text[200000] = 0;
    make_folder();
    write_text(INDEX, text);
    CU_ASSERT(fails("line 1"));
    free(text);
}

static void test_folders(void)
{
    rn_status status;
    make_folder();
    CU_ASSERT(fails("no weights in this folder; looked for model.safetensors, "));
    write_tensors("model.safetensors", "a", NULL);
    write_text("config.json", "{ \"architecture\": \"resnet18\", }");
    CU_ASSERT(fails("config.json: line 1"));
    write_text("config.json", "{}");
    CU_ASSERT_EQUAL(open_count(NULL, &status), 1);
    write_text("preprocessor_config.json", "nothing");
    CU_ASSERT(fails("preprocessor_config.json: line 1"));
}

/* What a download may leave in place of the weights. */
static void test_no_weights(void)
{
    rn_status status;
    make_folder();
    write_text("empty.pth", "");
    open_count("empty.pth", &status);
    CU_ASSERT(check_failed(status, RN_E_DATA, "empty.pth: not a file of weights"));
    write_text("page.bin", "<!DOCTYPE html>");
    open_count("page.bin", &status);
    CU_ASSERT(check_failed(status, RN_E_DATA, "page.bin: not a file of weights"));
    write_text("model.safetensors", "version https://git-lfs.github.com/spec/v1\n");
    CU_ASSERT(fails("model.safetensors: a pointer of Git LFS, not the weights; \"git lfs pull\""));
}

int main(void)
{
    CU_TestInfo tests[] = { { "no weights", test_no_weights },
                            { "shards", test_shards },
                            { "a missing shard", test_missing_shard },
                            { "bad indices", test_bad_indices },
                            { "many files", test_many_files },
                            { "deep JSON", test_deep_json },
                            { "folders", test_folders },
                            CU_TEST_INFO_NULL };
    return check_run("folders of weights", tests);
}
