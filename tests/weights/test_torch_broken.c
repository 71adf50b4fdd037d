/* test_torch_broken.c: PyTorch's files that are damaged or hostile are refused, and unusual ones
 * read. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "io/file.h"
#include "support/check.h"
#include "weights/open.h"
#include "weights/torch_files.h"

#define CORPUS "tests/fuzz/corpus/torch/"
#define TENSOR_MESSAGE "tensor \"w\""

typedef struct bad {
    torch_bytes pickle;
    const char *message;
} bad;

static void refuse_all(const bad *rows, size_t n, torch_bytes before, torch_bytes after)
{
    for (size_t i = 0; i < n; i++) {
        const torch_bytes parts[] = { before, rows[i].pickle, after };
        rn_weights *weights = NULL;
        bool refused =
            check_failed(torch_open(parts, 3, NULL, &weights), RN_E_DATA, rows[i].message);
        CU_ASSERT(refused);
        if (!refused)
            check_note("row %zu: %s", i, rows[i].message);
        rn_weights_close(weights);
    }
}
#define REFUSE_ALL(rows, before, after)                                                            \
    refuse_all(rows, sizeof rows / sizeof *rows, (torch_bytes)TORCH_BYTES(before),                 \
               (torch_bytes)TORCH_BYTES(after))

static void test_pickles(void)
{
    static const bad rows[] = {
        { TORCH_BYTES(""), "at byte 0: it ends before its last instruction" },
        { TORCH_BYTES("N"), "at byte 1: it ends before its last instruction" },
        { TORCH_BYTES("."), "at byte 0: its stack has too few values" },
        { TORCH_BYTES("(."), "at byte 1: its stack has too few values" },
        { TORCH_BYTES("0"), "its stack has too few values" },
        { TORCH_BYTES("(2"), "its stack has too few values" },
        { TORCH_BYTES("Nt"), "its stack has no mark" },
        { TORCH_BYTES("\xff"), "there is no such instruction" },
        { TORCH_BYTES("\x80\6N."), "a protocol newer than 5" },
        { TORCH_BYTES("X\xff\xff\xff\x7f"
                      "ab"),
          "beyond its end" },
        { TORCH_BYTES("\x8b\xff\xff\xff\xff"), "beyond its end" },
        { TORCH_BYTES("\x8d\xff\xff\xff\xff\xff\xff\xff\xff"), "beyond its end" },
        { TORCH_BYTES("cos\nsystem"), "beyond its end" },
        { TORCH_BYTES("Nr\xff\xff\xff\xff."), "the index of its memo is larger than the file" },
        { TORCH_BYTES("Np99999999999999999999\n."), "no number" },
        { TORCH_BYTES("j\xff\xff\xff\xff"), "its memo has no value of that index" },
        { TORCH_BYTES("Nq\1h\0"), "its memo has no value of that index" },
        { TORCH_BYTES("g-1\n"), "no number" },
        { TORCH_BYTES("\x82\1."), "refers to something that is in no file" },
        { TORCH_BYTES("\x97."), "refers to something that is in no file" },
        { TORCH_BYTES("}(K\1u."), "a key has no value" },
        { TORCH_BYTES("(K\1d."), "a key has no value" },
        { TORCH_BYTES("K\1K\2K\3s."), "what it sets entries of is no dict" },
        { TORCH_BYTES("K\1K\2a."), "what it extends is no list" },
        { TORCH_BYTES("(o."), "an object has no class" },
        { TORCH_BYTES("S\n."), "a string has no quotes" },
    };
    REFUSE_ALL(rows, "", "");
}

/* Values that hold themselves, one by one and two by two. */
static void test_circles(void)
{
    static const bad rows[] = {
        { TORCH_BYTES("}q\0U\1ah\0s."), "deep" },
        { TORCH_BYTES("}q\0(U\1ah\0U\1bh\0u."), "deep" },
        { TORCH_BYTES("]q\0h\0a."), "there are no tensors in it" },
        { TORCH_BYTES("ccollections\nOrderedDict\n]q\0(h\0h\0h\0e\x85R."),
          "there are no tensors in it" },
        { TORCH_BYTES("cm\nM\n)\x81q\0}(U\x0b_parametersNU\x08_modules}U\1ah\0sub."), "deep" },
        { TORCH_BYTES("cos\nsystemq\0)R."), "beyond its end" },
    };
    REFUSE_ALL(rows, "", "");
}

/* Each dict holds the next one twice: 2^40 ways. */
static void test_many_ways(void)
{
    torch_bytes parts[42];
    rn_weights *weights = NULL;
    parts[0] = (torch_bytes)TORCH_BYTES("}");
    for (int i = 1; i <= 40; i++)
        parts[i] = (torch_bytes)TORCH_BYTES("q\0"
                                            "0}(U\1ah\0U\1bh\0u");
    parts[41] = (torch_bytes)TORCH_BYTES(".");
    CU_ASSERT(check_failed(torch_open(parts, 42, NULL, &weights), RN_E_DATA,
                           "there are more than 250000 entries, or they hold each other"));
}

static void test_tensors(void)
{
    static const bad rows[] = {
        { TORCH_BYTES(TORCH_TENSOR_AT("J\xff\xff\xff\xffK\4\x85K\1\x85")),
          "its offset is no number of 0 or more" },
        { TORCH_BYTES(TORCH_TENSOR_AT("K\1K\4\x85K\1\x85")),
          TENSOR_MESSAGE " leaves its storage \"0\" of 16 bytes" },
        { TORCH_BYTES(TORCH_TENSOR_AT("\x8a\x08\0\0\0\0\0\0\0\x7fK\4\x85K\1\x85")),
          "leaves its storage" },
        { TORCH_BYTES(TORCH_TENSOR_AT("K\0K\2K\2\x86K\3K\1\x86")), "leaves its storage" },
        { TORCH_BYTES(TORCH_TENSOR_AT("K\0\x8a\x09\0\0\0\0\0\0\0\x80\0\x85K\1\x85")),
          "a length or a stride is no integer" },
        { TORCH_BYTES(TORCH_TENSOR_AT("K\0\x8a\x08\0\0\0\0\0\0\0\x7f\x85K\0\x85")), "too large" },
        { TORCH_BYTES(TORCH_TENSOR_AT("K\0\x8a\5\0\0\0\0\1\x85K\0\x85")),
          "it has more numbers than the file" },
        { TORCH_BYTES(TORCH_TENSOR_AT("K\0\x8a\5\0\0\0\0\1\x8a\5\0\0\0\0\1\x86K\0K\0\x86")),
          "is too large" },
        { TORCH_BYTES(TORCH_TENSOR_AT("K\0K\2\x85\x8a\x08\xff\xff\xff\xff\xff\xff\xff\x7f\x85")),
          "strides are negative or too large" },
        { TORCH_BYTES(TORCH_TENSOR_AT("K\3K\4\x85J\xff\xff\xff\xff\x85")),
          "strides are negative or too large" },
        { TORCH_BYTES(TORCH_TENSOR_AT("K\0J\xff\xff\xff\xff\x85K\1\x85")), "is too large" },
        { TORCH_BYTES(TORCH_TENSOR_AT("K\0K\2K\2\x86K\1\x85")), "do not match" },
        { TORCH_BYTES(TORCH_TENSOR_AT("K\0K\4K\1")), "do not match" },
        { TORCH_BYTES(
              TORCH_TENSOR_AT("K\0(K\1K\1K\1K\1K\1K\1K\1K\1K\1t(K\1K\1K\1K\1K\1K\1K\1K\1K\1t")),
          "9 dimensions, expected at most 8" },
        { TORCH_BYTES("ctorch._utils\n_rebuild_tensor_v2\n)R"), "its storage is an object of" },
        { TORCH_BYTES("ctorch._utils\n_rebuild_tensor_v2\n((U\7storagectorch\nFloatStorage\nU\1"
                      "7U\3cpuK\4tQK\0K\4\x85K\1\x85\x89NtR"),
          TENSOR_MESSAGE ": its storage \"7\" is not in the file" },
        { TORCH_BYTES("ctorch._utils\n_rebuild_tensor_v2\n((U\7storagectorch\nComplexFloatStorage\n"
                      "U\1"
                      "0U\3cpuK\4tQK\0K\4\x85K\1\x85\x89NtR"),
          "has numbers of type torch.ComplexFloatStorage; expected F32" },
        { TORCH_BYTES("cnumpy._core.multiarray\n_reconstruct\n)R"),
          "\"w\" is an object of numpy._core.multiarray._reconstruct; expected a tensor" },
        { TORCH_BYTES(TORCH_TENSOR "sU\1w" TORCH_TENSOR), "there are two tensors \"w\"" },
    };
    REFUSE_ALL(rows, "}U\1w", "s.");
}

/* Usual long ago, or rare. Each is a tensor `w`, and its first number. */
static void test_unusual(void)
{
    static const struct {
        torch_bytes pickle;
        float first;
    } rows[] = {
        { TORCH_BYTES("ccollections\nOrderedDict\n(]]U\1wa" TORCH_TENSOR "aatR."), 1 },
        { TORCH_BYTES("(dp0\nVw\np1\nctorch._utils\n_rebuild_tensor\np2\n((S'storage'\nctorch\n"
                      "FloatStorage\nS'0'\nS'cpu'\nI4\ntQL2L\n(I2\nt(I1\nttp3\nRs."),
          3 },
        { TORCH_BYTES("}U\1wctorch._utils\n_rebuild_tensor_v2\n((U\7storagectorch\nFloatStorage\n"
                      "U\1"
                      "0U\3cpuK\4U\1vK\1K\3\x87tQK\0K\3\x85K\1\x85\x89NtRs."),
          2 },
        { TORCH_BYTES("}U\1wctorch._utils\n_rebuild_tensor_v3\n((U\7storagectorch.storage\n"
                      "UntypedStorage\nU\1"
                      "0U\3cpuK\x10tQK\1K\1\x85K\1\x85\x89Nctorch\nfloat32\ntR"
                      "s."),
          2 },
        { TORCH_BYTES("}U\1wctorch._tensor\n_rebuild_from_type_v2\n(ctorch._utils\n"
                      "_rebuild_parameter\nNctorch._utils\n_rebuild_tensor_v2\n(" TORCH_STORAGE
                      "K\3)ctorch\nSize\n)\x85R\x89NtR\x89N\x87}tRs."),
          4 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        rn_weights *weights = NULL;
        float first[4] = { 0 };
        if (torch_open(&rows[i].pickle, 1, NULL, &weights))
            check_note("row %zu: %s", i, rn_fail_text());
        CU_ASSERT_PTR_NOT_NULL_FATAL(weights);
        CU_ASSERT_STRING_EQUAL_FATAL(weights->table.tensors[0].name, "w");
        CU_ASSERT_EQUAL(rn_stored_read(&weights->table.tensors[0], "", first), RN_OK);
        CU_ASSERT_EQUAL(first[0], rows[i].first);
        rn_weights_close(weights);
    }
}

/* Many values: more memory than a pool has is refused, whatever they are. */
static void test_bombs(void)
{
    static const char *const bombs[] = {
        "]", "K\1", "N", "(", "]2a", "}(K\1K\2u", "cos\nsystem\n"
    };
    size_t size = 8u << 20;
    char *bytes = malloc(size);
    CU_ASSERT_PTR_NOT_NULL_FATAL(bytes);
    for (size_t i = 0; i < sizeof bombs / sizeof *bombs; i++) {
        const torch_bytes part = { bytes, size };
        size_t length = strlen(bombs[i]);
        rn_weights *weights = NULL;
        for (size_t at = 0; at < size; at++)
            bytes[at] = bombs[i][at % length];
        CU_ASSERT(check_failed(torch_open(&part, 1, NULL, &weights), RN_E_NOMEM,
                               "its names and tables take more than 64 MB"));
    }
    free(bytes);
}

static void expect_refused(const void *bytes, size_t size, const char *message)
{
    rn_weights *weights = NULL;
    CU_ASSERT(check_failed(torch_open_bytes(bytes, size, &weights), RN_E_DATA, message));
    rn_weights_close(weights);
}

/* Where `text` stands last in a file. */
static uint8_t *find_last(uint8_t *bytes, size_t size, const char *text)
{
    size_t length = strlen(text);
    for (size_t at = size - length + 1; at-- > 0;)
        if (memcmp(bytes + at, text, length) == 0)
            return bytes + at;
    CU_FAIL_FATAL("not in the file");
    return bytes;
}

static uint8_t *read_corpus(const char *name, uint64_t *size)
{
    char path[CHECK_PATH_MAX];
    uint8_t *bytes = NULL;
    CU_ASSERT_EQUAL_FATAL(rn_file_read(check_source(path, name), &bytes, size), RN_OK);
    return bytes;
}

/* Files that were cut off, wherever. */
static void test_cut_off(void)
{
    static const char *const files[] = { CORPUS "nested.pth", CORPUS "nested.th",
                                         CORPUS "views.th" };
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        uint64_t size = 0;
        uint8_t *bytes = read_corpus(files[i], &size);
        for (uint64_t length = 1; length < size; length += 3)
            expect_refused(bytes, length, "");
        free(bytes);
    }
}

static void test_zip(void)
{
    const torch_bytes pickle = TORCH_BYTES("}U\1w" TORCH_TENSOR "s.");
    size_t size = 0;
    char *zip = torch_zip(&pickle, 1, &size);
    uint8_t *bytes = (uint8_t *)zip, *record = find_last(bytes, size, "PK\1\2"),
            *end = find_last(bytes, size, "PK\5\6");
    record[10] = 8; /* of data/0 */
    expect_refused(bytes, size, "the archive is compressed or encrypted");
    record[10] = 0;
    record[8] = 1;
    expect_refused(bytes, size, "the archive is compressed or encrypted");
    record[8] = 0;
    record[24] = record[20] = 255;
    record[25] = record[21] = 1;
    expect_refused(bytes, size, "an entry leaves the file");
    record[25] = record[21] = 0;
    record[24] = record[20] = 12;
    expect_refused(bytes, size, TENSOR_MESSAGE " leaves its storage \"0\" of 12 bytes");
    record[42]++;
    expect_refused(bytes, size, "an entry is not where its directory says");
    end[10] = 3;
    expect_refused(bytes, size, "its directory is too short for its entries");
    end[19] = 1;
    expect_refused(bytes, size, "its directory leaves the file");
    free(zip);
}

static void test_zip_names(void)
{
    const torch_bytes pickle = TORCH_BYTES("N.");
    uint64_t corpus_size = 0;
    size_t size = 0;
    char *zip = torch_zip(&pickle, 1, &size);
    find_last((uint8_t *)zip, size, "data.pkl")[0]++;
    expect_refused(zip, size, "a zip archive, but not PyTorch's: there is no data.pkl");
    free(zip);
    uint8_t *bytes = read_corpus(CORPUS "views.pth", &corpus_size);
    uint8_t *record = find_last(bytes, corpus_size, "/byteorder");
    while (memcmp(record, "PK\1\2", 4) != 0)
        record--;
    record[20] = record[24] = 3;
    memcpy(find_last(bytes, corpus_size, "little"), "big", 3);
    expect_refused(bytes, corpus_size, "its numbers are big-endian");
    free(bytes);
}

static void test_legacy(void)
{
    const torch_bytes pickle = TORCH_BYTES("}U\1w" TORCH_TENSOR "s.");
    rn_weights *weights = NULL;
    uint64_t size = 0;
    CU_ASSERT_EQUAL(torch_open_legacy(&pickle, 1, true, &weights), RN_OK);
    rn_weights_close(weights);
    CU_ASSERT(check_failed(torch_open_legacy(&pickle, 1, false, &weights), RN_E_DATA,
                           "its storage \"0\" is not in the file"));
    const torch_bytes no_tensor = TORCH_BYTES("}.");
    CU_ASSERT(check_failed(torch_open_legacy(&no_tensor, 1, true, &weights), RN_E_DATA,
                           "storage \"0\" is there twice, or nothing tells the type"));
    uint8_t *bytes = read_corpus(CORPUS "views.th", &size);
    uint8_t *little = find_last(bytes, size, "little_endian");
    little[15] = 0x89; /* after the text and its index in the memo: NEWFALSE */
    expect_refused(bytes, size, "its numbers are big-endian");
    little[15] = 0x88;
    /* The last storage: its elements, then the end of the file. */
    uint8_t *count = bytes + size;
    do
        count -= 4;
    while (memcmp(count, "\x18\0\0\0\0\0\0\0", 8) != 0);
    count[7] = 0x40;
    expect_refused(bytes, size, "goes beyond the end of the file");
    free(bytes);
}

static void test_tar(void)
{
    char bytes[1024] = "sys_info";
    memcpy(bytes + 257, "ustar", 5);
    expect_refused(bytes, sizeof bytes, "a tar archive, as PyTorch wrote them until 2016; load it");
}

int main(void)
{
    const CU_TestInfo tests[] = {
        { "broken pickles", test_pickles },
        { "values that hold themselves", test_circles },
        { "values that hold each other in many ways", test_many_ways },
        { "tensors that cannot be", test_tensors },
        { "unusual tensors", test_unusual },
        { "more values than there may be", test_bombs },
        { "files that were cut off", test_cut_off },
        { "broken zip archives", test_zip },
        { "other zip archives", test_zip_names },
        { "the format before zip", test_legacy },
        { "the format before that", test_tar },
        CU_TEST_INFO_NULL,
    };
    return check_run("torch_broken", tests);
}
