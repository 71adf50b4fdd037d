/* test_set_arrays.c: data sets of stored pixels: tensors, IDX pairs, CIFAR. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "data/set_files.h"
#include "io/file.h"
#include "io/safetensors.h"
#include "resnet/tensor.h"
#include "train/classes.h"

/* Copies an array that NumPy wrote (make_sets.py) to "npy/train/NAME.npy" of scratch. */
static void take_array(const char *array, const char *name)
{
    char path[CHECK_PATH_MAX], from[128];
    uint8_t *data = NULL;
    uint64_t size = 0;
    snprintf(from, sizeof from, "tests/data/sets/npy/%s.npy", array);
    CU_ASSERT_EQUAL_FATAL(rn_file_read(check_source(path, from), &data, &size), RN_OK);
    snprintf(from, sizeof from, "npy/train/%s.npy", name);
    set_files_write(from, data, (size_t)size);
    free(data);
}

/* Values of the arrays are 0, 1, 2, … in C order. */
static void check_picture(const rn_dataset *dataset, int64_t index, const rn_picture *picture)
{
    int64_t channels = dataset->channels, plane = dataset->height * dataset->width;
    int64_t first = index * channels * plane;
    CU_ASSERT_EQUAL(picture->channels, channels);
    CU_ASSERT(picture->full.height == dataset->height && picture->full.width == dataset->width);
    CU_ASSERT(picture->window.height == dataset->height && picture->window.width == dataset->width);
    CU_ASSERT(picture->window.top == 0 && picture->window.left == 0 && picture->shrunk == 1);
    for (int64_t i = 0; i < channels * plane; i++) {
        bool is_u8 = picture->type == RN_PICTURE_U8;
        int64_t from = is_u8 ? i % channels * plane + i / channels : i;
        CU_ASSERT_EQUAL(is_u8 ? (float)picture->bytes[i] : picture->values[i],
                        (float)(first + from));
    }
}

/* Opens scratch's NAME, of 5 pictures with the labels 3, 0, 1, 100, 2. */
static void check_set(const rn_dataset_params *params, int64_t channels, int64_t n_classes)
{
    static const int32_t labels[] = { 3, 0, 1, 100, 2 };
    rn_sample sample = { 0 };
    rn_dataset *dataset = set_files_open(params);
    CU_ASSERT(dataset->count == 5 && dataset->n_classes == n_classes);
    CU_ASSERT(dataset->channels == channels && dataset->height == 4 && dataset->width == 2);
    CU_ASSERT_STRING_EQUAL(dataset->class_names[n_classes - 1],
                           n_classes == 101 ? "100" : "999999");
    for (int64_t i = 4; i >= 0; i--) {
        char text[CHECK_PATH_MAX];
        CU_ASSERT_EQUAL_FATAL(rn_dataset_read(dataset, i, &sample), RN_OK);
        CU_ASSERT_PTR_NULL(sample.file);
        if (n_classes == 101)
            CU_ASSERT_EQUAL(sample.label, labels[i]);
        check_picture(dataset, i, &sample.picture);
        rn_dataset_describe(dataset, i, text, sizeof text);
        CU_ASSERT_PTR_NOT_NULL(strstr(text, ": image "));
    }
    rn_sample_clear(&sample);
    rn_dataset_destroy(dataset);
}

static void test_npy(void)
{
    static const char *const labels[] = { "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8" };
    static const char *const images[] = { "u8_1", "u8_2", "u8_3" };
    const rn_dataset_params params = set_files_params("tensors", "npy");
    take_array("f4", "images");
    for (int i = 0; i < 8; i++) {
        char name[16];
        snprintf(name, sizeof name, "labels_%s", labels[i]);
        take_array(name, "labels");
        check_set(&params, 1, 101);
    }
    for (int i = 0; i < 3; i++) {
        take_array(images[i], "images");
        check_set(&params, 3, 101);
    }
    take_array("labels_million", "labels");
    check_set(&params, 3, 1000000);
}

static void test_npy_refused(void)
{
    static const struct {
        const char *images, *labels, *words;
    } cases[] = {
        { "fortran", "labels_u1", "images.npy: an array in Fortran's order, expected C's" },
        { "big_f4", "labels_u1", "images.npy: elements of type '>f4', expected little-endian" },
        { "bool", "labels_u1", "images.npy: elements of type '|b1'" },
        { "record", "labels_u1", "images.npy: damaged header: found \"[('a'" },
        { "rank5", "labels_u1", "images.npy: more than 4 dimensions" },
        { "f8", "labels_u1", "images of type f8" },
        { "i1", "labels_u1", "images of type i1" },
        { "rank2", "labels_u1", "images of 2 dimensions, expected (N, C, H, W) or (N, H, W)" },
        { "scalar", "labels_u1", "images of type i8" },
        { "u8_1", "labels_negative", "label 2 is -1, expected 0 to 999999" },
        { "u8_1", "labels_large", "label 3 is -9223372036854775808, expected 0 to 999999" },
        { "u8_1", "scalar", "0 dimensions" },
        { "u8_1", "f4", "labels of type f4" },
        { "u8_1", "i1", "3 dimensions" },
    };
    const rn_dataset_params params = set_files_params("tensors", "npy");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        take_array(cases[i].images, "images");
        take_array(cases[i].labels, "labels");
        CU_ASSERT(set_files_refused(&params, cases[i].words));
    }
}

/* Every byte of the header that is changed, and every length that is cut. */
static void test_npy_damaged(void)
{
    char path[CHECK_PATH_MAX];
    uint8_t *data = NULL;
    uint64_t size = 0;
    take_array("labels_u1", "labels");
    const rn_dataset_params params = set_files_params("tensors", "npy");
    check_source(path, "tests/data/sets/npy/u8_1.npy");
    CU_ASSERT_EQUAL_FATAL(rn_file_read(path, &data, &size), RN_OK);
    for (uint64_t n = 0; n <= size + 1; n++) {
        if (n == size)
            continue;
        set_files_write("npy/train/images.npy", data, (size_t)n); /* data ends in a 0 */
        CU_ASSERT(set_files_refused(&params, n == 0     ? "images.npy: it is empty"
                                             : n < 12   ? "not a .npy file"
                                             : n < size ? "truncated"
                                                        : "too long"));
    }
    for (uint64_t at = 0; at < 60; at++) {
        uint8_t kept = data[at];
        rn_dataset *dataset = NULL;
        for (int bit = 0; bit < 8; bit++) {
            data[at] = kept ^ (uint8_t)(1 << bit);
            set_files_write("npy/train/images.npy", data, (size_t)size);
            rn_status status = rn_dataset_open(&params, &dataset);
            CU_ASSERT(status == RN_OK || status == RN_E_DATA);
            if (!status)
                CU_ASSERT(data[at] == ' ' || kept == ' ' || kept == '|' || kept == 'u');
            rn_dataset_destroy(dataset);
        }
        data[at] = kept;
    }
    free(data);
}

static void write_tensors(const char *name, int32_t label_type, const int64_t *shape, int32_t rank)
{
    static const int32_t labels[] = { 3, 0, 1, 100, 2 };
    static const uint8_t bytes[] = { 3, 0, 1, 100, 2 };
    char path[CHECK_PATH_MAX];
    uint8_t pixels[120];
    for (int i = 0; i < 120; i++)
        pixels[i] = (uint8_t)i;
    rn_named_tensor tensors[2] = {
        { .name = "images", .dtype = RN_U8, .rank = rank, .data = pixels },
        { .name = "labels",
          .dtype = label_type,
          .rank = 1,
          .shape = { 5 },
          .data = label_type == RN_U8 ? (const void *)bytes : labels },
    };
    memcpy(tensors[0].shape, shape, (size_t)rank * sizeof *shape);
    CU_ASSERT_EQUAL(rn_safetensors_write(check_scratch(path, name), tensors, 2, NULL, 0), RN_OK);
}

static void test_safetensors(void)
{
    static const int64_t colour[] = { 5, 3, 4, 2 }, grey[] = { 5, 4, 2 }, short_[] = { 4, 3, 4, 2 };
    rn_dataset_params params = set_files_params("tensors", "");
    write_tensors("train.safetensors", RN_I32, colour, 4);
    check_set(&params, 3, 101);
    write_tensors("train.safetensors", RN_U8, grey, 3);
    check_set(&params, 1, 101);
    write_tensors("train.safetensors", RN_I32, short_, 4);
    CU_ASSERT(set_files_refused(&params, "expected 4 integers, one for each image"));
    set_files_text("train.safetensors", "rubbish");
    CU_ASSERT(set_files_refused(&params, "train.safetensors: not a safetensors file"));
    write_tensors("other.safetensors", RN_I32, colour, 4);
    params.validation = "other.safetensors";
    params.split = RN_SPLIT_VALIDATION;
    check_set(&params, 3, 101);
    char path[CHECK_PATH_MAX];
    params.validation = check_source(path, "tests/data/types.safetensors");
    CU_ASSERT(set_files_refused(&params, "types.safetensors"));
}

static void write_idx(const char *name, uint8_t rank, int height, int width, const char *labels)
{
    uint8_t file[256] = { 0, 0, 8, rank,          0, 0, 0, 5, 0, 0, 0, (uint8_t)height,
                          0, 0, 0, (uint8_t)width };
    size_t head = 4 + 4 * (size_t)rank;
    for (int i = 0; i < 5 * height * width; i++)
        file[head + (size_t)i] = labels ? (uint8_t)labels[i] : (uint8_t)i;
    set_files_write(name, file, head + 5 * (size_t)height * (size_t)width);
}

static void test_idx(void)
{
    rn_dataset_params params = set_files_params("idx", "idx");
    write_idx("idx/train-images-idx3-ubyte", 3, 4, 2, NULL);
    write_idx("idx/train-labels-idx1-ubyte", 1, 1, 1, "\3\0\1\144\2");
    check_set(&params, 1, 101);
    write_idx("idx/emnist-test-images-idx3-ubyte", 3, 4, 2, NULL);
    params.split = RN_SPLIT_VALIDATION;
    CU_ASSERT(set_files_refused(&params, "no t10k-images-idx3-ubyte or"));
    params.validation = "emnist-test-images-idx3-ubyte";
    CU_ASSERT(set_files_refused(&params, "there is no emnist-test-labels-idx1-ubyte or"));
    write_idx("idx/emnist-test-labels-idx1-ubyte", 1, 1, 1, "\3\0\1\144\2");
    check_set(&params, 1, 101);
    params.validation = "train-labels-idx1-ubyte";
    CU_ASSERT(set_files_refused(&params, "its name has no \"images-idx3\""));
    write_idx("idx/zero-images-idx3", 3, 0, 4, NULL);
    write_idx("idx/zero-labels-idx1", 1, 1, 1, "\3\0\1\144\2");
    params.validation = "zero-images-idx3";
    CU_ASSERT(set_files_refused(&params, "dimension 2 is 0, expected at least 1"));
}

/* `n` records: labels, then three planes that tell file, record, channel and row apart. */
static void write_batch(const char *name, int n_labels, int n, int file)
{
    size_t record = (size_t)n_labels + 3072;
    uint8_t *data = malloc((size_t)n * record);
    for (int r = 0; r < n; r++) {
        uint8_t *to = data + (size_t)r * record;
        memset(to, 19, (size_t)n_labels);
        to[n_labels - 1] = (uint8_t)(file + r);
        for (int i = 0; i < 3072; i++)
            to[n_labels + i] = (uint8_t)(50 * file + 10 * r + 3 * (i / 1024) + i / 32 % 32);
    }
    set_files_write(name, data, (size_t)n * record);
    free(data);
}

static void check_cifar(const rn_dataset *dataset, int64_t index, int file, int record)
{
    rn_sample sample = { 0 };
    CU_ASSERT_EQUAL_FATAL(rn_dataset_read(dataset, index, &sample), RN_OK);
    CU_ASSERT_EQUAL(sample.label, file + record);
    CU_ASSERT(sample.picture.type == RN_PICTURE_U8 && sample.picture.channels == 3);
    for (int i = 0; i < 3072; i++)
        CU_ASSERT_EQUAL(sample.picture.bytes[i],
                        (uint8_t)(50 * file + 10 * record + 3 * (i % 3) + i / 96));
    rn_sample_clear(&sample);
}

/* Gives the data set the classes of a model that knows one more. */
static void adopt_one_more(rn_dataset *dataset)
{
    char *own = NULL, names[1024];
    CU_ASSERT_EQUAL_FATAL(rn_classes_record(dataset, &own), RN_OK);
    snprintf(names, sizeof names, "%.*s,\"another\"]", (int)strlen(own) - 1, own);
    CU_ASSERT_EQUAL(rn_classes_adopt(dataset, names, "model"), RN_OK);
    free(own);
}

static void test_cifar10(void)
{
    char text[CHECK_PATH_MAX];
    rn_dataset_params params = set_files_params("cifar10", "c10");
    CU_ASSERT(set_files_refused(&params, "data set cifar10: no data_batch_1.bin in "));
    for (int i = 1; i <= 5; i++) {
        snprintf(text, sizeof text, "c10/data_batch_%d.bin", i);
        write_batch(text, 1, 1 + i % 2, i);
    }
    CU_ASSERT(set_files_refused(&params, "c10/batches.meta.txt: cannot read it"));
    set_files_text("c10/batches.meta.txt", "a\nb\nc\nd\ne\nf\ng\nh\ni\nlast\n\n");
    rn_dataset *dataset = set_files_open(&params);
    CU_ASSERT(dataset->count == 8 && dataset->n_classes == 10);
    CU_ASSERT_STRING_EQUAL(dataset->class_names[9], "last");
    check_cifar(dataset, 7, 5, 1);
    check_cifar(dataset, 0, 1, 0);
    check_cifar(dataset, 1, 1, 1);
    check_cifar(dataset, 2, 2, 0);
    rn_dataset_describe(dataset, 4, text, sizeof text);
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "c10/data_batch_3.bin: image 1"));
    rn_dataset_destroy(dataset);
    write_batch("c10/test_batch.bin", 1, 2, 9);
    params.split = RN_SPLIT_VALIDATION;
    dataset = set_files_open(&params);
    rn_sample sample = { 0 };
    CU_ASSERT(check_failed(rn_dataset_read(dataset, 1, &sample), RN_E_DATA,
                           "test_batch.bin: image 1: its label is 10, expected 0 to 9"));
    adopt_one_more(dataset);
    CU_ASSERT_EQUAL(dataset->n_classes, 11);
    CU_ASSERT(check_failed(rn_dataset_read(dataset, 1, &sample), RN_E_DATA,
                           "test_batch.bin: image 1: its label is 10, expected 0 to 9"));
    rn_sample_clear(&sample);
    rn_dataset_destroy(dataset);
    CU_ASSERT_EQUAL(truncate(check_scratch(text, "c10/test_batch.bin"), 3073 + 100), 0);
    CU_ASSERT(set_files_refused(&params, "3173 bytes, expected a multiple of 3073"));
    params.validation = "x";
    CU_ASSERT(set_files_refused(&params, "data.train and data.validation are not for it"));
    params.validation = "";
    set_files_text("c10/batches.meta.txt", "a\nb\n");
    CU_ASSERT_EQUAL(truncate(check_scratch(text, "c10/test_batch.bin"), 3073), 0);
    CU_ASSERT(set_files_refused(&params, "2 names of classes, expected 10"));
}

static void test_cifar100(void)
{
    char names[800] = "";
    const rn_dataset_params params = set_files_params("cifar100", "c100");
    for (int i = 0; i < 100; i++)
        sprintf(names + strlen(names), "n%d\n", i);
    set_files_text("c100/fine_label_names.txt", names);
    write_batch("c100/train.bin", 2, 3, 40);
    rn_dataset *dataset = set_files_open(&params);
    CU_ASSERT(dataset->count == 3 && dataset->n_classes == 100);
    check_cifar(dataset, 2, 40, 2);
    rn_dataset_destroy(dataset);
}

int main(void)
{
    const CU_TestInfo tests[] = {
        { "tensors: what NumPy writes", test_npy },
        { "tensors: arrays of other kinds", test_npy_refused },
        { "tensors: damaged arrays", test_npy_damaged },
        { "tensors: safetensors", test_safetensors },
        { "idx: any pair", test_idx },
        { "cifar10: five files", test_cifar10 },
        { "cifar100: fine labels", test_cifar100 },
        CU_TEST_INFO_NULL,
    };
    return check_run("set_arrays", tests);
}
