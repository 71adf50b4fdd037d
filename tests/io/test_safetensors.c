/* test_safetensors.c: files of the reference implementation, written files, hostile files. */
#define _GNU_SOURCE /* nftw */
#include <ftw.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "io/file.h"
#include "io/safetensors.h"
#include "support/check.h"

/* Reads a file that consists of the length field `length`, a header and `n_data` bytes of data. */
static rn_status read_text(const char *header, uint64_t length, uint64_t n_data)
{
    char path[CHECK_PATH_MAX];
    uint8_t head[8], data[64];
    rn_file *file = NULL;
    rn_safetensors *tensors = NULL;
    memset(data, 0x7f, sizeof data);
    for (int i = 0; i < 8; i++)
        head[i] = (uint8_t)(length >> (8 * i));
    CU_ASSERT_EQUAL_FATAL(rn_file_create(check_scratch(path, "hostile"), &file), RN_OK);
    CU_ASSERT_EQUAL(rn_file_write(file, head, 8), RN_OK);
    CU_ASSERT_EQUAL(rn_file_write(file, header, strlen(header)), RN_OK);
    CU_ASSERT_EQUAL(rn_file_write(file, data, n_data), RN_OK);
    CU_ASSERT_EQUAL_FATAL(rn_file_commit(file), RN_OK);
    rn_status status = rn_safetensors_read(path, &tensors);
    CU_ASSERT_EQUAL(tensors == NULL, status != RN_OK);
    rn_safetensors_destroy(tensors);
    return status;
}

static const struct hostile {
    const char *header;
    uint64_t n_data;
    const char *message;
} hostile[] = {
    { "", 0, "header, byte" },
    { "{", 0, "header, byte" },
    { "[]", 0, "JSON array" },
    { "{}", 1, "too long: 1 bytes of data, the tensors take 0" },
    { "{\"a\":1}", 0, "\"a\": expected an object with dtype" },
    { "{\"a\":{\"dtype\":\"F32\",\"shape\":[1]}}", 4, "expected an object with dtype" },
    { "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0]}}", 4, "two data_offsets" },
    { "{\"a\":{\"dtype\":\"C64\",\"shape\":[1],\"data_offsets\":[0,8]}}", 8,
      "type \"C64\"; expected F32" },
    { "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,4]}}", 4,
      "do not match its shape" },
    { "{\"a\":{\"dtype\":\"F32\",\"shape\":[-1],\"data_offsets\":[0,4]}}", 4,
      "dimension 0 of the shape" },
    { "{\"a\":{\"dtype\":\"F32\",\"shape\":[1.0],\"data_offsets\":[0,4]}}", 4,
      "dimension 0 of the shape" },
    { "{\"a\":{\"dtype\":\"U8\",\"shape\":[1,1,1,1,1,1,1,1,1],\"data_offsets\":[0,1]}}", 1,
      "9 dimensions" },
    { "{\"a\":{\"dtype\":\"F32\",\"shape\":[4294967296,4294967296],\"data_offsets\":[0,0]}}", 0,
      "match" },
    { "{\"a\":{\"dtype\":\"F32\",\"shape\":[9223372036854775807,4],\"data_offsets\":[0,16]}}", 16,
      "match" },
    { "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}", 3,
      "truncated: \"a\" ends at byte 4" },
    { "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}", 5, "too long" },
    { "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,0]}}", 4, "increasing numbers" },
    { "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[-4,0]}}", 4,
      "increasing numbers" },
    { "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]}}", 8, "leave a gap" },
    { "{\"a\":{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":[0,4]},"
      "\"b\":{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":[2,6]}}",
      6, "\"b\" begins at byte 2" },
    { "{\"a\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]},"
      "\"a\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[1,2]}}",
      2, "duplicate" },
    { "{\"a\\u0000\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]}}", 1, "header, byte" },
    { "{\"a\\n\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]}}", 1,
      "control characters" },
    { "{\"\xff\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]}}", 1, "decode byte 0xff" },
    { "{\"a\":{\"dtype\":\"I64\",\"shape\":[1],\"data_offsets\":[0,8]}}", 8,
      "does not fit into 32 bits" },
    { "{\"a\":{\"dtype\":\"F64\",\"shape\":[1],\"data_offsets\":[0,8]}}", 8,
      "does not fit into 32 bits" }, /* 1.4e306 */
    { "{\"__metadata__\":[]}", 0, "__metadata__" },
    { "{\"__metadata__\":{\"a\":1}}", 0, "\"a\" is not a string" },
};

static void test_hostile(void)
{
    for (size_t i = 0; i < sizeof hostile / sizeof *hostile; i++) {
        const struct hostile *h = &hostile[i];
        CU_ASSERT(check_failed(read_text(h->header, strlen(h->header), h->n_data), RN_E_DATA,
                               h->message));
    }
    CU_ASSERT(
        check_failed(read_text("{}", 3, 0), RN_E_DATA, "announces a header of 3 bytes, and 2"));
    CU_ASSERT(check_failed(read_text("{}", UINT64_MAX, 0), RN_E_DATA,
                           "announces a header of 184467440737"));
    CU_ASSERT(check_failed(read_text("{}", (uint64_t)1 << 63, 0), RN_E_DATA, "announces a header"));
    CU_ASSERT_EQUAL(read_text("{}", 2, 0), RN_OK);
    CU_ASSERT_EQUAL(read_text("{}   ", 5, 0), RN_OK);
}

/* 100000 levels would overflow the stack of a recursive parser without a limit. */
static void test_deep(void)
{
    enum { LEVELS = 100000 };
    char *deep = malloc(LEVELS + 16);
    memset(deep, '[', LEVELS);
    deep[LEVELS] = '\0';
    CU_ASSERT(check_failed(read_text(deep, LEVELS, 0), RN_E_DATA, "depth"));
    free(deep);
}

static const rn_named_tensor *get(const rn_safetensors *file, const char *name, int32_t dtype,
                                  int32_t rank)
{
    const rn_named_tensor *tensor = rn_safetensors_find(file, name);
    CU_ASSERT_PTR_NOT_NULL_FATAL(tensor);
    CU_ASSERT_EQUAL(tensor->dtype, dtype);
    CU_ASSERT_EQUAL(tensor->rank, rank);
    return tensor;
}

static void check_conversion(const rn_safetensors *file, const char *name, const char *expected)
{
    const rn_named_tensor *found = get(file, name, RN_F32, 1);
    CU_ASSERT_EQUAL(found->shape[0], 12);
    CU_ASSERT_EQUAL(memcmp(found->data, get(file, expected, RN_F32, 1)->data, 12 * 4), 0);
}

static void test_types(void)
{
    char path[CHECK_PATH_MAX];
    static const int32_t integers[4] = { INT32_MIN, -1, 0, INT32_MAX };
    rn_safetensors *file = NULL;
    CU_ASSERT_EQUAL_FATAL(rn_safetensors_read(check_source(path, "tests/data/types.safetensors"),
                                              &file),
                          RN_OK);
    CU_ASSERT_EQUAL(file->n_tensors, 13);
    const rn_named_tensor *f32 = get(file, "f32", RN_F32, 2);
    CU_ASSERT(f32->shape[0] == 3 && f32->shape[1] == 4);
    CU_ASSERT_EQUAL(((const float *)f32->data)[4], 0.1f);
    CU_ASSERT_EQUAL(memcmp(get(file, "i32", RN_I32, 1)->data, integers, 16), 0);
    CU_ASSERT_EQUAL(memcmp(get(file, "i64", RN_I32, 1)->data, integers, 16), 0);
    CU_ASSERT_EQUAL(*(const int32_t *)get(file, "scalar", RN_I32, 0)->data, 7);
    CU_ASSERT_EQUAL(memcmp(get(file, "u8", RN_U8, 2)->data, "\x00\x7f\xff", 3), 0);
    CU_ASSERT_EQUAL(memcmp(get(file, "bool", RN_U8, 1)->data, "\x01\x00\x01", 3), 0);
    CU_ASSERT_EQUAL(get(file, "empty", RN_F32, 3)->shape[1], 0);
    for (int64_t i = 0; i < file->n_tensors; i++)
        CU_ASSERT_PTR_EQUAL(rn_safetensors_find(file, file->tensors[i].name), &file->tensors[i]);
    check_conversion(file, "f64", "f64.expected");
    check_conversion(file, "f16", "f16.expected");
    check_conversion(file, "bf16", "bf16.expected");
    CU_ASSERT_STRING_EQUAL(rn_safetensors_metadata(file, "name"), "gr\xc3\xb6\xc3\x9f"
                                                                  "e");
    CU_ASSERT_PTR_NULL(rn_safetensors_metadata(file, "absent"));
    CU_ASSERT_PTR_NULL(rn_safetensors_find(file, "absent"));
    rn_safetensors_destroy(file);
}

/* The bytes come before the floats, which the writer must still align. */
static void test_round_trip(void)
{
    char path[CHECK_PATH_MAX];
    float reals[6] = { 1, -2, 3.5f, 1e-40f, 3e38f, 0 };
    int32_t integers[2] = { -5, 5 };
    const rn_named_tensor tensors[] = {
        { "mask \"quoted\"", RN_U8, 1, { 3 }, "\x01\x02\x03" },
        { "layer1.0.conv1.weight", RN_F32, 4, { 1, 2, 3, 1 }, reals },
        { "num_batches_tracked", RN_I32, 0, { 0 }, integers },
        { "none", RN_F32, 2, { 0, 7 }, NULL },
    };
    const char *const metadata[] = { "format", "pt", "attrs", "{\"a\": [1]}" };
    rn_safetensors *file = NULL;
    CU_ASSERT_EQUAL_FATAL(rn_safetensors_write(check_scratch(path, "trip"), tensors, 4, metadata,
                                               4),
                          RN_OK);
    CU_ASSERT_EQUAL_FATAL(rn_safetensors_read(path, &file), RN_OK);
    CU_ASSERT_EQUAL(file->n_tensors, 4);
    CU_ASSERT_EQUAL(file->n_metadata, 4);
    CU_ASSERT_STRING_EQUAL(rn_safetensors_metadata(file, "attrs"), "{\"a\": [1]}");
    CU_ASSERT_EQUAL(memcmp(get(file, "mask \"quoted\"", RN_U8, 1)->data, "\x01\x02\x03", 3), 0);
    const rn_named_tensor *weight = get(file, "layer1.0.conv1.weight", RN_F32, 4);
    CU_ASSERT_EQUAL(memcmp(weight->data, reals, sizeof reals), 0);
    CU_ASSERT_EQUAL(memcmp(weight->shape, tensors[1].shape, sizeof weight->shape), 0);
    CU_ASSERT_EQUAL(*(const int32_t *)get(file, "num_batches_tracked", RN_I32, 0)->data, -5);
    CU_ASSERT_EQUAL(get(file, "none", RN_F32, 2)->shape[1], 7);
    rn_safetensors_destroy(file);
}

static void test_write_errors(void)
{
    char path[CHECK_PATH_MAX];
    const rn_named_tensor twice[] = { { "a", RN_U8, 1, { 1 }, "" }, { "a", RN_U8, 1, { 1 }, "" } };
    const rn_named_tensor latin = { "\xe4", RN_U8, 1, { 1 }, "" };
    const rn_named_tensor bits = { "m", RN_BIT, 1, { 1 }, "" };
    const rn_named_tensor huge = { "h", RN_F32, 2, { INT64_MAX, INT64_MAX }, "" };
    const char *const metadata[] = { "key", "\xff" };
    check_scratch(path, "unwritten");
    CU_ASSERT(check_failed(rn_safetensors_write(path, twice, 2, NULL, 0), RN_E_DATA,
                           "two tensors are named"));
    CU_ASSERT(check_failed(rn_safetensors_write(path, &latin, 1, NULL, 0), RN_E_DATA, "not UTF-8"));
    CU_ASSERT(check_failed(rn_safetensors_write(path, &bits, 1, NULL, 0), RN_E_DATA,
                           "cannot be written"));
    CU_ASSERT(check_failed(rn_safetensors_write(path, &huge, 1, NULL, 0), RN_E_DATA,
                           "\"h\": dimension 0"));
    CU_ASSERT(check_failed(rn_safetensors_write(path, twice, 1, metadata, 2), RN_E_DATA,
                           "metadata \"key\""));
    CU_ASSERT(check_failed(rn_safetensors_write("/nowhere/x", twice, 1, NULL, 0), RN_E_IO,
                           "No such file"));
    rn_safetensors *file = NULL;
    CU_ASSERT(check_failed(rn_safetensors_read(path, &file), RN_E_IO, "No such file"));
}

/* Changes random bytes of a valid file: it is read or refused, without a crash. */
static void test_mutations(void)
{
    char path[CHECK_PATH_MAX], other[CHECK_PATH_MAX];
    uint8_t *good = NULL;
    uint64_t size = 0;
    int n_refused = 0;
    CU_ASSERT_EQUAL_FATAL(rn_file_read(check_source(path, "tests/data/types.safetensors"), &good,
                                       &size),
                          RN_OK);
    uint8_t *bad = malloc(size);
    check_scratch(other, "mutant");
    srand(1);
    for (int i = 0; i < 5000; i++) {
        rn_safetensors *file = NULL;
        memcpy(bad, good, size);
        for (int k = rand() % 4; k >= 0; k--)
            bad[(uint64_t)rand() % (i % 2 ? 900 : size)] = (uint8_t)rand();
        remove(other); /* faster: ext4 flushes a file that is truncated and rewritten */
        FILE *out = fopen(other, "wb");
        CU_ASSERT_PTR_NOT_NULL_FATAL(out);
        fwrite(bad, i % 3 ? size : (uint64_t)rand() % size, 1, out);
        fclose(out);
        rn_status status = rn_safetensors_read(other, &file);
        CU_ASSERT(status == RN_OK || check_failed(status, RN_E_DATA, "mutant: "));
        n_refused += status != RN_OK;
        rn_safetensors_destroy(file);
    }
    CU_ASSERT(n_refused > 2000);
    free(bad);
    free(good);
}

static int n_golden;

static int read_golden(const char *path, const struct stat *info, int type, struct FTW *traversal)
{
    (void)info;
    const char *name = path + traversal->base;
    const char *suffix = strrchr(name, '.');
    rn_safetensors *file = NULL;
    if (type != FTW_F || !suffix || strcmp(suffix, ".safetensors"))
        return 0;
    CU_ASSERT_EQUAL(rn_safetensors_read(path, &file), RN_OK);
    if (!file)
        return 0;
    CU_ASSERT(file->n_tensors > 0);
    /* Models written by other tools have no attrs. */
    if (strcmp(name, "model.safetensors"))
        CU_ASSERT_PTR_NOT_NULL(rn_safetensors_metadata(file, "attrs"));
    rn_safetensors_destroy(file);
    n_golden++;
    return 0;
}

static void test_golden(void)
{
    char path[CHECK_PATH_MAX];
    CU_ASSERT_EQUAL(nftw(check_source(path, "tests/golden"), read_golden, 16, FTW_PHYS), 0);
    CU_ASSERT(n_golden > 90);
}

int main(void)
{
    const CU_TestInfo tests[] = {
        { "every element type of the reference implementation", test_types },
        { "a written file reads back unchanged", test_round_trip },
        { "tensors that cannot be written are refused", test_write_errors },
        { "hostile headers", test_hostile },
        { "a deeply nested header", test_deep },
        { "files with random changes", test_mutations },
        { "golden files", test_golden },
        CU_TEST_INFO_NULL,
    };
    return check_run("safetensors", tests);
}
