/* test_idx.c: IDX files, valid and damaged, and the data sets that consist of them. */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "data/dataset.h"
#include "data/sets/idx_file.h"
#include "io/file.h"
#include "support/check.h"

#define PACKAGE "/usr/share/datasets/fashion-mnist"

static const int64_t two_by_three[] = { 2, 3 };

/* 5 items of 2x3 bytes: 0, 1, 2, ... */
static size_t make_idx(uint8_t file[64])
{
    static const uint8_t head[16] = { 0, 0, 8, 3, 0, 0, 0, 5, 0, 0, 0, 2, 0, 0, 0, 3 };
    memcpy(file, head, 16);
    for (int i = 0; i < 30; i++)
        file[16 + i] = (uint8_t)i;
    return 46;
}

static void write_bytes(const char *path, const void *data, size_t size, bool compress)
{
    remove(path); /* faster: ext4 flushes a file that is truncated and rewritten */
    gzFile stream = gzopen(path, compress ? "wb" : "wbT");
    CU_ASSERT_PTR_NOT_NULL_FATAL(stream);
    if (size)
        CU_ASSERT_EQUAL(gzwrite(stream, data, (unsigned)size), (int)size);
    CU_ASSERT_EQUAL(gzclose(stream), Z_OK);
}

static void test_whole(void)
{
    char path[CHECK_PATH_MAX];
    uint8_t file[64];
    size_t size = make_idx(file);
    for (int compress = 0; compress < 2; compress++)
        for (int64_t limit = 0; limit < 7; limit++) {
            rn_idx idx;
            write_bytes(check_scratch(path, "whole"), file, size, compress);
            CU_ASSERT_EQUAL_FATAL(rn_idx_read(path, 3, two_by_three, limit, &idx), RN_OK);
            CU_ASSERT_EQUAL(idx.shape[0], 5);
            CU_ASSERT_EQUAL(idx.kept, limit == 0 || limit > 5 ? 5 : limit);
            CU_ASSERT_EQUAL(memcmp(idx.data, file + 16, (size_t)idx.kept * 6), 0);
            rn_idx_free(&idx);
        }
}

static rn_status read_bytes(const uint8_t *data, size_t size, bool compress)
{
    char path[CHECK_PATH_MAX];
    rn_idx idx;
    write_bytes(check_scratch(path, "idx"), data, size, compress);
    rn_status status = rn_idx_read(path, 3, two_by_three, 0, &idx);
    rn_idx_free(&idx);
    return status;
}

static rn_status read_with(size_t at, uint8_t value)
{
    uint8_t file[64];
    size_t size = make_idx(file);
    file[at] = value;
    return read_bytes(file, size, true);
}

static void test_header(void)
{
    uint8_t file[64] = { 0 };
    make_idx(file);
    CU_ASSERT(check_failed(read_with(0, 0x89), RN_E_DATA,
                           "starts with 89 00 08 03, expected 00 00 08 03"));
    CU_ASSERT(check_failed(read_with(2, 0x0d), RN_E_DATA, "starts with 00 00 0d 03"));
    CU_ASSERT(check_failed(read_with(3, 1), RN_E_DATA, "starts with 00 00 08 01"));
    CU_ASSERT(check_failed(read_with(11, 28), RN_E_DATA, "dimension 2 is 28, expected 2"));
    CU_ASSERT(
        check_failed(read_with(12, 0xff), RN_E_DATA, "dimension 3 is 4278190083, expected 3"));
    CU_ASSERT(check_failed(read_with(7, 0), RN_E_DATA, "0 items"));
    CU_ASSERT(
        check_failed(read_with(4, 0xff), RN_E_DATA, "30 bytes of data, expected 25669140510"));
    CU_ASSERT(check_failed(read_with(7, 6), RN_E_DATA, "truncated: 30 bytes of data, expected 36"));
    CU_ASSERT(check_failed(read_with(7, 4), RN_E_DATA, "too long"));
    CU_ASSERT(check_failed(read_bytes(file, 0, false), RN_E_DATA, "truncated: 0 bytes"));
    CU_ASSERT(check_failed(read_bytes(file, 3, false), RN_E_DATA, "truncated: 3 bytes"));
    CU_ASSERT(check_failed(read_bytes(file, 15, false), RN_E_DATA, "expected a header of 16"));
    CU_ASSERT(check_failed(read_bytes(file, 45, false), RN_E_DATA, "truncated: 29 bytes"));
    CU_ASSERT(check_failed(read_bytes(file, 47, false), RN_E_DATA, "too long"));
}

/* Truncates a compressed file and changes its bytes: no crash, and an error names the file. */
static void test_damage(void)
{
    char path[CHECK_PATH_MAX], other[CHECK_PATH_MAX];
    uint8_t file[64], *packed = NULL;
    uint64_t size = 0;
    rn_idx idx;
    write_bytes(check_scratch(path, "packed"), file, make_idx(file), true);
    CU_ASSERT_EQUAL_FATAL(rn_file_read(path, &packed, &size), RN_OK);
    check_scratch(other, "damaged");
    for (uint64_t cut = 0; cut < size; cut++) {
        write_bytes(other, packed, cut, false);
        CU_ASSERT(
            check_failed(rn_idx_read(other, 3, two_by_three, 0, &idx), RN_E_DATA, "damaged: "));
    }
    srand(1);
    for (int i = 0; i < 2000; i++) {
        uint64_t at = (uint64_t)rand() % size;
        uint8_t before = packed[at];
        packed[at] = (uint8_t)rand();
        write_bytes(other, packed, size, false);
        rn_status status = rn_idx_read(other, 3, two_by_three, 0, &idx);
        CU_ASSERT(status == RN_OK || check_failed(status, RN_E_DATA, "damaged: "));
        if (status == RN_OK)
            CU_ASSERT_EQUAL(memcmp(idx.data, file + 16, 30), 0);
        rn_idx_free(&idx);
        packed[at] = before;
    }
    free(packed);
}

/* An IDX file of random items, plain and compressed with gzip. */
typedef struct big {
    uint32_t n_items, n_bytes;
    uint8_t *plain, *packed;
    uint64_t packed_bytes;
} big;

static big make_big(uint32_t n_items)
{
    char path[CHECK_PATH_MAX];
    uint8_t small[64];
    big b = { .n_items = n_items, .n_bytes = 16 + 6 * n_items };
    b.plain = malloc(b.n_bytes);
    CU_ASSERT_PTR_NOT_NULL_FATAL(b.plain);
    srand(n_items);
    for (uint32_t i = 0; i < b.n_bytes; i++)
        b.plain[i] = (uint8_t)rand();
    make_idx(small);
    memcpy(b.plain, small, 16);
    for (int i = 0; i < 4; i++)
        b.plain[4 + i] = (uint8_t)(n_items >> (24 - 8 * i));
    write_bytes(check_scratch(path, "big"), b.plain, b.n_bytes, true);
    CU_ASSERT_EQUAL_FATAL(rn_file_read(path, &b.packed, &b.packed_bytes), RN_OK);
    return b;
}

static void free_big(big *b)
{
    free(b->plain);
    free(b->packed);
}

/* Reads `data` as a file named "big" and compares its items. */
static rn_status read_big(const big *b, const uint8_t *data, uint64_t size)
{
    char path[CHECK_PATH_MAX];
    rn_idx idx;
    write_bytes(check_scratch(path, "big"), data, size, false);
    rn_status status = rn_idx_read(path, 3, two_by_three, 0, &idx);
    if (!status) {
        CU_ASSERT_EQUAL(idx.kept, b->n_items);
        CU_ASSERT_EQUAL(memcmp(idx.data, b->plain + 16, b->n_bytes - 16), 0);
    }
    rn_idx_free(&idx);
    return status;
}

/* The last eight bytes of gzip data are the checksum and the length of the contents. zlib's gzread
 * does not notice their absence at some sizes: 2728 items and the header are 16 KiB. */
static void test_trailer(void)
{
    static const uint32_t n_items[] = { 5, 2728, 5000, 20000 };
    for (size_t i = 0; i < sizeof n_items / sizeof *n_items; i++) {
        big b = make_big(n_items[i]);
        CU_ASSERT_EQUAL(read_big(&b, b.packed, b.packed_bytes), RN_OK);
        for (uint64_t lost = 1; lost <= 12; lost++)
            CU_ASSERT(check_failed(read_big(&b, b.packed, b.packed_bytes - lost), RN_E_DATA,
                                   "big: truncated: its gzip data ends after"));
        for (uint64_t at = b.packed_bytes - 8; at < b.packed_bytes; at++) {
            b.packed[at] ^= 1;
            CU_ASSERT(check_failed(read_big(&b, b.packed, b.packed_bytes), RN_E_DATA,
                                   "big: damaged gzip data"));
            b.packed[at] ^= 1;
        }
        free_big(&b);
    }
}

/* Compresses the contents of `b` as several gzip members. */
static uint64_t compress_in_members(const big *b, uint8_t *to)
{
    const uint32_t ends[] = { 7, 16, 16, 70000, b->n_bytes };
    uint64_t size = 0;
    for (uint32_t i = 0, from = 0; i < 5; from = ends[i++]) {
        char path[CHECK_PATH_MAX];
        uint8_t *packed = NULL;
        uint64_t packed_bytes = 0;
        write_bytes(check_scratch(path, "member"), b->plain + from, ends[i] - from, true);
        CU_ASSERT_EQUAL_FATAL(rn_file_read(path, &packed, &packed_bytes), RN_OK);
        memcpy(to + size, packed, packed_bytes);
        size += packed_bytes;
        free(packed);
    }
    return size;
}

/* A gzip file may have several members (RFC 1952, section 2.2). Nothing else may follow. */
static void test_members(void)
{
    big b = make_big(20000);
    uint8_t *packed = malloc(3 * b.packed_bytes);
    CU_ASSERT_PTR_NOT_NULL_FATAL(packed);
    uint64_t size = compress_in_members(&b, packed);
    CU_ASSERT_EQUAL(read_big(&b, packed, size), RN_OK);
    for (uint64_t lost = 1; lost <= 12; lost++)
        CU_ASSERT(check_failed(read_big(&b, packed, size - lost), RN_E_DATA, "big: truncated"));
    memset(packed + size, 0, 100);
    CU_ASSERT(check_failed(read_big(&b, packed, size + 1), RN_E_DATA, "big: damaged: after"));
    CU_ASSERT(check_failed(read_big(&b, packed, size + 100), RN_E_DATA, "big: damaged: after"));
    memcpy(packed + size, "rubbish", 7);
    CU_ASSERT(check_failed(read_big(&b, packed, size + 7), RN_E_DATA, "big: damaged: after"));
    memcpy(packed + size, b.packed, b.packed_bytes);
    CU_ASSERT(check_failed(read_big(&b, packed, size + b.packed_bytes), RN_E_DATA, "too long"));
    free(packed);
    free_big(&b);
}

static rn_dataset_params make_params(const char *name, const char *path, rn_split split)
{
    return (rn_dataset_params){
        .name = name, .path = path, .train = "", .validation = "", .split = split
    };
}

/* As in the paper: 6000 training images of each class, 1000 for validation. */
static void test_fashion_mnist(void)
{
    for (rn_split split = RN_SPLIT_TRAIN; split <= RN_SPLIT_VALIDATION; split++) {
        rn_dataset *data = NULL;
        rn_sample sample = { 0 };
        int64_t histogram[10] = { 0 };
        if (access(PACKAGE, R_OK)) {
            check_skip("Debian's package dataset-fashion-mnist is not installed");
            return;
        }
        unsetenv("RESNET_DATA");
        const rn_dataset_params params = make_params("fashion_mnist", "", split);
        CU_ASSERT_EQUAL_FATAL(rn_dataset_open(&params, &data), RN_OK);
        CU_ASSERT_STRING_EQUAL(data->folder, PACKAGE);
        CU_ASSERT_EQUAL(data->count, split == RN_SPLIT_TRAIN ? 60000 : 10000);
        CU_ASSERT(data->channels == 1 && data->height == 28 && data->width == 28);
        for (int64_t i = data->count - 1; i >= 0; i--) {
            CU_ASSERT_EQUAL_FATAL(rn_dataset_read(data, i, &sample), RN_OK);
            histogram[sample.label]++;
        }
        for (int i = 0; i < 10; i++)
            CU_ASSERT_EQUAL(histogram[i], data->count / 10);
        CU_ASSERT_STRING_EQUAL(data->class_names[sample.label], "ankle boot");
        rn_sample_clear(&sample);
        rn_dataset_destroy(data);
    }
}

static void write_split(const char *name, int side, int n_images, int n_labels, int label)
{
    char path[CHECK_PATH_MAX], file[64];
    uint8_t images[16 + 4 * 28 * 28] = {
        0, 0, 8, 3, 0, 0, 0, (uint8_t)n_images, 0, 0, 0, (uint8_t)side, 0, 0, 0, (uint8_t)side
    };
    uint8_t labels[16] = { 0, 0, 8, 1, 0, 0, 0, (uint8_t)n_labels };
    memset(labels + 8, label, 8);
    CU_ASSERT_EQUAL_FATAL(rn_folder_create(check_scratch(path, name)), RN_OK);
    snprintf(file, sizeof file, "%s/train-images-idx3-ubyte", name);
    write_bytes(check_scratch(path, file), images, 16 + (size_t)(n_images * side * side), false);
    snprintf(file, sizeof file, "%s/train-labels-idx1-ubyte", name);
    write_bytes(check_scratch(path, file), labels, 8 + (size_t)n_labels, false);
}

static rn_status open_data(const char *name, const char *path)
{
    rn_dataset *data = NULL;
    const rn_dataset_params params = make_params(name, path, RN_SPLIT_TRAIN);
    rn_status status = rn_dataset_open(&params, &data);
    rn_dataset_destroy(data);
    return status;
}

static void test_folders(void)
{
    char path[CHECK_PATH_MAX];
    CU_ASSERT(check_failed(open_data("mnst", ""), RN_E_CONFIG,
                           "dataset: found \"mnst\"; did you mean \"mnist\"? expected "));
    CU_ASSERT(check_failed(open_data("fashion_mnist", "/nowhere"), RN_E_DATA,
                           "in /nowhere; install Debian's package dataset-fashion-mnist"));
    setenv("RESNET_DATA", check_scratch(path, ""), 1);
    setenv("XDG_DATA_HOME", "/xdg", 1);
    CU_ASSERT(check_failed(open_data("mnist", ""), RN_E_DATA, "/mnist, /xdg/resnet-run/mnist; "));
    write_split("fashion-mnist", 28, 2, 2, 9);
    write_split("mnist", 28, 3, 3, 0);
    CU_ASSERT_EQUAL(open_data("fashion_mnist", ""), RN_OK);
    CU_ASSERT_EQUAL(open_data("mnist", ""), RN_OK);
    CU_ASSERT_EQUAL(open_data("mnist", check_scratch(path, "mnist")), RN_OK);
    unsetenv("RESNET_DATA");
    unsetenv("XDG_DATA_HOME");
}

static void test_mismatch(void)
{
    char path[CHECK_PATH_MAX];
    write_split("bad", 27, 2, 2, 1);
    CU_ASSERT(
        check_failed(open_data("mnist", check_scratch(path, "bad")), RN_E_DATA, "27, expected 28"));
    write_split("bad", 28, 2, 3, 1);
    CU_ASSERT(check_failed(open_data("mnist", path), RN_E_DATA, "3 labels, expected 2"));
    write_split("bad", 28, 2, 2, 10);
    CU_ASSERT(check_failed(open_data("mnist", path), RN_E_DATA, "label 0 is 10, expected 0 to 9"));
    CU_ASSERT_EQUAL(remove(check_scratch(path, "bad/train-labels-idx1-ubyte")), 0);
    CU_ASSERT(check_failed(open_data("mnist", check_scratch(path, "bad")), RN_E_DATA,
                           "bad has the images but no train-labels-idx1-ubyte.gz"));
    CU_ASSERT_EQUAL(mkdir(check_scratch(path, "bad/train-labels-idx1-ubyte.gz"), 0755), 0);
    CU_ASSERT(
        check_failed(open_data("mnist", check_scratch(path, "bad")), RN_E_IO, "it is a folder"));
}

int main(void)
{
    const CU_TestInfo tests[] = {
        { "plain and gzip files, with and without a limit", test_whole },
        { "every field of the header is checked", test_header },
        { "truncated and damaged gzip files", test_damage },
        { "the checksum and length of gzip data", test_trailer },
        { "gzip files with several members", test_members },
        { "Fashion-MNIST as Debian packages it", test_fashion_mnist },
        { "the folders where data sets are searched", test_folders },
        { "images and labels that do not match", test_mismatch },
        CU_TEST_INFO_NULL,
    };
    return check_run("idx", tests);
}
