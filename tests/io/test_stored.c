/* test_stored.c: tensors of files: of every type, with gaps, shared, or of shapes that lie. */
#include <math.h>
#include <string.h>

#include "io/stored.h"
#include "support/check.h"

static rn_stored make(const char *type, const void *data, int32_t rank, const int64_t *shape)
{
    rn_stored t = { .name = "t", .type = rn_element_by_text(type), .rank = rank, .data = data };
    for (int32_t i = 0; i < rank; i++)
        t.shape[i] = shape[i];
    rn_stored_pack(&t);
    return t;
}

/* A transposed view: element (i, j) is number 3 j + i. */
static void test_strides(void)
{
    float numbers[12], read[12];
    for (int i = 0; i < 12; i++)
        numbers[i] = (float)i;
    rn_stored t = make("F32", numbers, 2, (const int64_t[]){ 3, 4 });
    CU_ASSERT_TRUE(rn_stored_is_plain(&t));
    t.stride[0] = 1;
    t.stride[1] = 3;
    CU_ASSERT_FALSE(rn_stored_is_plain(&t));
    CU_ASSERT_EQUAL(rn_stored_read(&t, "f", read), RN_OK);
    for (int i = 0; i < 3; i++)
        for (int j = 0; j < 4; j++)
            CU_ASSERT_EQUAL(read[4 * i + j], (float)(3 * j + i));
    /* Every second column of the second row on. */
    rn_stored part = make("F32", numbers + 4, 2, (const int64_t[]){ 2, 2 });
    part.stride[0] = 4;
    part.stride[1] = 2;
    CU_ASSERT_EQUAL(rn_stored_read(&part, "f", read), RN_OK);
    CU_ASSERT_EQUAL(read[0], 4);
    CU_ASSERT_EQUAL(read[1], 6);
    CU_ASSERT_EQUAL(read[2], 8);
    CU_ASSERT_EQUAL(read[3], 10);
}

/* One number for all, and strides that say nothing because there is one element. */
static void test_broadcast(void)
{
    const float seven = 7;
    float read[6];
    rn_stored t = make("F32", &seven, 3, (const int64_t[]){ 1, 2, 3 });
    t.stride[1] = t.stride[2] = 0;
    CU_ASSERT_EQUAL(rn_stored_read(&t, "f", read), RN_OK);
    for (int i = 0; i < 6; i++)
        CU_ASSERT_EQUAL(read[i], 7);
    rn_stored one = make("F32", &seven, 2, (const int64_t[]){ 1, 1 });
    one.stride[0] = 99;
    CU_ASSERT_TRUE(rn_stored_is_plain(&one));
    rn_stored scalar = make("F32", &seven, 0, NULL);
    CU_ASSERT_EQUAL(rn_stored_read(&scalar, "f", read), RN_OK);
    CU_ASSERT_EQUAL(read[0], 7);
    rn_stored none = make("F32", &seven, 2, (const int64_t[]){ 0, 5 });
    CU_ASSERT_EQUAL(rn_stored_read(&none, "f", read), RN_OK);
}

/* All halves, by the definition of IEEE 754. */
static void test_halves(void)
{
    for (uint32_t bits = 0; bits < 0x10000; bits++) {
        const uint16_t half = (uint16_t)bits;
        int exponent = half >> 10 & 31, mantissa = half & 1023;
        float found, expected = ldexpf((float)(exponent ? mantissa + 1024 : mantissa),
                                       (exponent ? exponent : 1) - 25);
        if (exponent == 31)
            expected = mantissa ? NAN : INFINITY;
        rn_stored t = make("F16", &half, 1, (const int64_t[]){ 1 });
        CU_ASSERT_EQUAL_FATAL(rn_stored_read(&t, "f", &found), RN_OK);
        expected = half & 0x8000 ? -expected : expected;
        if (isnan(expected) ? !isnan(found) : memcmp(&found, &expected, sizeof found) != 0)
            CU_FAIL_FATAL("a half is read as another number");
    }
}

static void test_types(void)
{
    const double large = 1e300;
    const int64_t integer = 5;
    float read[2];
    rn_stored t = make("F64", &large, 1, (const int64_t[]){ 1 });
    CU_ASSERT(check_failed(rn_stored_read(&t, "f", read), RN_E_DATA, "does not fit into 32 bits"));
    t = make("I64", &integer, 1, (const int64_t[]){ 1 });
    CU_ASSERT(check_failed(rn_stored_read(&t, "f", read), RN_E_DATA,
                           "f: tensor \"t\" has numbers of type I64; expected floats"));
    /* Halves with gaps, at an odd address. */
    const uint8_t bytes[] = { 0, 0x00, 0x3c, 0xff, 0xff, 0x00, 0xc0 };
    t = make("F16", bytes + 1, 1, (const int64_t[]){ 2 });
    t.stride[0] = 2;
    CU_ASSERT_EQUAL(rn_stored_read(&t, "f", read), RN_OK);
    CU_ASSERT_EQUAL(read[0], 1);
    CU_ASSERT_EQUAL(read[1], -2);
}

static void test_extents(void)
{
    uint64_t bytes = 0;
    int64_t count = 0;
    rn_stored t = make("F32", NULL, 2, (const int64_t[]){ 3, 4 });
    CU_ASSERT_TRUE(rn_stored_extent(&t, &bytes));
    CU_ASSERT_EQUAL(bytes, 48);
    t.stride[0] = 10;
    CU_ASSERT_TRUE(rn_stored_extent(&t, &bytes));
    CU_ASSERT_EQUAL(bytes, (2 * 10 + 3 + 1) * 4);
    t.stride[0] = -1;
    CU_ASSERT_FALSE(rn_stored_extent(&t, &bytes));
    t.stride[0] = INT64_MAX / 2;
    CU_ASSERT_FALSE(rn_stored_extent(&t, &bytes));
    t = make("F32", NULL, 2, (const int64_t[]){ INT64_MAX, 2 });
    CU_ASSERT_FALSE(rn_stored_extent(&t, &bytes));
    CU_ASSERT(check_failed(rn_stored_count(&t, "f", &count), RN_E_DATA, "too large"));
    t = make("F32", NULL, 3, (const int64_t[]){ INT64_MAX, INT64_MAX, 0 });
    CU_ASSERT_TRUE(rn_stored_extent(&t, &bytes));
    CU_ASSERT_EQUAL(bytes, 0);
    t = make("F32", NULL, 1, (const int64_t[]){ -1 });
    CU_ASSERT_FALSE(rn_stored_extent(&t, &bytes));
    CU_ASSERT(check_failed(rn_stored_count(&t, "f", &count), RN_E_DATA, "too large"));
}

static void test_tables(void)
{
    rn_stored tensors[3] = { { .name = "b" }, { .name = "c" }, { .name = "a" } };
    rn_stored_table table = { tensors, 3 }, empty = { NULL, 0 };
    CU_ASSERT_EQUAL(rn_stored_sort(&table, "f"), RN_OK);
    CU_ASSERT_STRING_EQUAL(tensors[0].name, "a");
    CU_ASSERT_PTR_EQUAL(rn_stored_find(&table, "c"), &tensors[2]);
    CU_ASSERT_PTR_NULL(rn_stored_find(&table, "d"));
    CU_ASSERT_PTR_NULL(rn_stored_find(&empty, "a"));
    tensors[1].name = "a";
    CU_ASSERT(
        check_failed(rn_stored_sort(&table, "f"), RN_E_DATA, "f: there are two tensors \"a\""));
}

int main(void)
{
    static const CU_TestInfo tests[] = {
        { "strides", test_strides }, { "one number for all", test_broadcast },
        { "halves", test_halves },   { "types", test_types },
        { "extents", test_extents }, { "tables", test_tables },
        CU_TEST_INFO_NULL,
    };
    return check_run("stored", tests);
}
