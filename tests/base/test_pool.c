/* test_pool.c: memory that is freed together: zeroed, aligned, within its limit. */
#include <stdint.h>
#include <string.h>

#include "base/pool.h"
#include "support/check.h"

static bool is_zero(const unsigned char *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (bytes[i])
            return false;
    return true;
}

static void test_pieces(void)
{
    rn_pool *pool = rn_pool_create(1 << 24);
    CU_ASSERT_PTR_NOT_NULL_FATAL(pool);
    for (size_t size = 0; size < 20000; size = size * 3 / 2 + 1) {
        unsigned char *piece = rn_pool_take(pool, size);
        CU_ASSERT_PTR_NOT_NULL_FATAL(piece);
        CU_ASSERT_EQUAL((uintptr_t)piece % _Alignof(max_align_t), 0);
        CU_ASSERT_TRUE(is_zero(piece, size));
        memset(piece, 0xff, size); /* would show in a later piece that overlapped */
    }
    rn_pool_destroy(pool);
    rn_pool_destroy(NULL);
}

static void test_texts(void)
{
    rn_pool *pool = rn_pool_create(1 << 20);
    char long_text[10000];
    memset(long_text, 'x', sizeof long_text - 1);
    long_text[sizeof long_text - 1] = 0;
    CU_ASSERT_STRING_EQUAL(rn_pool_text(pool, "conv1.weight", 5), "conv1");
    CU_ASSERT_STRING_EQUAL(rn_pool_text(pool, "", 0), "");
    CU_ASSERT_STRING_EQUAL(rn_pool_print(pool, "layer%d.%s", 3, "bias"), "layer3.bias");
    CU_ASSERT_EQUAL(strlen(rn_pool_print(pool, "%s", long_text)), sizeof long_text - 1);
    rn_pool_destroy(pool);
}

static void test_limit(void)
{
    enum { LIMIT = 100000 };
    rn_pool *pool = rn_pool_create(LIMIT);
    size_t taken = 0;
    while (rn_pool_take(pool, 1000))
        taken += 1000;
    CU_ASSERT_TRUE(taken > LIMIT / 2 && taken <= LIMIT);
    CU_ASSERT_PTR_NULL(rn_pool_take(pool, LIMIT));
    CU_ASSERT_PTR_NULL(rn_pool_take(pool, SIZE_MAX));
    CU_ASSERT_PTR_NULL(rn_pool_take_array(pool, SIZE_MAX / 8, 16));
    rn_pool_destroy(pool);
}

int main(void)
{
    static const CU_TestInfo tests[] = {
        { "pieces", test_pieces },
        { "texts", test_texts },
        { "the limit", test_limit },
        CU_TEST_INFO_NULL,
    };
    return check_run("pool", tests);
}
