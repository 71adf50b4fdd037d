/* test_sha256.c: SHA-256 of the examples in NIST's "Secure Hash Standard Validation". */
#include <string.h>

#include "base/sha256.h"
#include "support/check.h"

static void test_examples(void)
{
    static const struct {
        const char *text, *hash;
    } cases[] = {
        { "", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" },
        { "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" },
        { "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
          "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char found[RN_SHA256_TEXT];
        rn_sha256 hash;
        rn_sha256_start(&hash);
        rn_sha256_add(&hash, cases[i].text, strlen(cases[i].text));
        rn_sha256_finish(&hash, found);
        CU_ASSERT_STRING_EQUAL(found, cases[i].hash);
    }
}

/* In parts of every size, so that each length of the last block occurs. */
static void test_million(void)
{
    enum { MOST = 200 };
    char part[MOST], found[RN_SHA256_TEXT];
    rn_sha256 hash;
    size_t left = 1000000;
    memset(part, 'a', sizeof part);
    rn_sha256_start(&hash);
    for (size_t n = 0; left > 0; n = (n + 1) % MOST) {
        size_t size = n < left ? n : left;
        rn_sha256_add(&hash, part, size);
        left -= size;
    }
    rn_sha256_finish(&hash, found);
    CU_ASSERT_STRING_EQUAL(found,
                           "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

int main(void)
{
    static const CU_TestInfo tests[] = {
        { "examples", test_examples },
        { "a million bytes in parts", test_million },
        CU_TEST_INFO_NULL,
    };
    return check_run("sha256", tests);
}
