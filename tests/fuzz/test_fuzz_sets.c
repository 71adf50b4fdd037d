/* test_fuzz_sets.c: broken files of data sets are opened and read, or refused. */
#define _GNU_SOURCE /* memfd_create */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/status.h"
#include "data/dataset.h"
#include "fuzz/fuzz.h"
#include "support/check.h"

#define MAX_SAMPLES 100

const char *const rn_fuzz_corpus = "tests/fuzz/corpus/sets";

/* A folder in which the input has the names of all kinds' files, by links to a file in memory. */
static int input = -1;
static char folder[256];
static const char *const links[] = { "input", "x-images-idx3", "y-labels-idx1", "images.npy",
                                     "test_batch.bin" };
static const char *const others[] = { "x-labels-idx1", "y-images-idx3", "labels.npy",
                                      "batches.meta.txt" };

static char *name_of(const char *name)
{
    static char path[512];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static void remove_folder(void)
{
    for (size_t i = 0; i < sizeof links / sizeof *links; i++)
        unlink(name_of(links[i]));
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        unlink(name_of(others[i]));
    rmdir(folder);
}

static bool write_file(const char *name, const void *data, size_t size)
{
    FILE *stream = fopen(name_of(name), "wb");
    return stream && fwrite(data, 1, size, stream) == size && fclose(stream) == 0;
}

/* What stands beside the input, and is right: five labels, or five pictures. */
static bool write_others(void)
{
    static const uint8_t labels[] = { 0, 0, 8, 1, 0, 0, 0, 5, 3, 0, 1, 9, 2 };
    static const uint8_t images[36] = { 0, 0, 8, 3, 0, 0, 0, 5, 0, 0, 0, 2, 0, 0, 0, 2 };
    static const char array[] =
        "\x93NUMPY\1\0\72\0{'descr': '|u1', 'fortran_order': False, 'shape': (5,), }\n"
        "\3\0\1\11\2";
    return write_file("x-labels-idx1", labels, sizeof labels) &&
           write_file("y-images-idx3", images, sizeof images) &&
           write_file("labels.npy", array, sizeof array - 1) &&
           write_file("batches.meta.txt", "0\n1\n2\n3\n4\n5\n6\n7\n8\n9\n", 20);
}

static bool make_folder(void)
{
    const char *parent = getenv("TMPDIR");
    char target[64];
    snprintf(folder, sizeof folder, "%.200s/resnet-fuzz-XXXXXX",
             parent && *parent ? parent : "/tmp");
    input = memfd_create("input", MFD_CLOEXEC);
    if (input < 0 || !mkdtemp(folder) || atexit(remove_folder) || !write_others())
        return false;
    snprintf(target, sizeof target, "/proc/%d/fd/%d", (int)getpid(), input);
    for (size_t i = 0; i < sizeof links / sizeof *links; i++)
        if (symlink(target, name_of(links[i])))
            return false;
    return true;
}

/* Corrects the checksums of a tar file, behind which nothing else would ever be tried. */
static void correct(uint8_t *bytes, size_t size)
{
    for (size_t at = 0; at + 512 <= size; at += 512) {
        unsigned sum = 0;
        if (memcmp(bytes + at + 257, "ustar", 5) != 0)
            continue;
        memset(bytes + at + 148, ' ', 8);
        for (int i = 0; i < 512; i++)
            sum += bytes[at + (size_t)i];
        snprintf((char *)bytes + at + 148, 8, "%06o", sum);
    }
}

/* Whether the sample is one, and its memory can be read. */
static bool is_sample(const rn_dataset *dataset, const rn_sample *sample)
{
    const rn_picture *picture = &sample->picture;
    volatile unsigned sum = 0;
    (void)sum;
    for (size_t i = 0; sample->file && i < sample->file_size; i++)
        sum += sample->file[i];
    size_t count = sample->file ? 0 : rn_picture_count(picture);
    for (size_t i = 0; i < count; i++)
        sum += picture->type == RN_PICTURE_U8 ? picture->bytes[i] : picture->values[i] > 0;
    return sample->label >= 0 && sample->label < dataset->n_classes &&
           strlen(dataset->class_names[sample->label]) > 0;
}

static bool read_stream(const rn_dataset *dataset, rn_sample *sample)
{
    int64_t *order = malloc((size_t)dataset->count * sizeof *order);
    rn_stream *stream = NULL;
    bool right = true;
    dataset->kind->order(dataset, 1, 2, dataset->count, order);
    rn_status status = dataset->kind->start(dataset, order, dataset->count, 0, &stream);
    for (int64_t i = 0; i < dataset->count && !status && right; i++) {
        status = dataset->kind->next(stream, sample);
        right = status ? status == RN_E_DATA : is_sample(dataset, sample);
    }
    if (stream)
        dataset->kind->stop(stream);
    free(order);
    return right;
}

static bool read_some(const rn_dataset *dataset)
{
    rn_sample sample = { 0 };
    char text[512];
    bool right = true;
    for (int64_t i = 0; i < dataset->count && i < MAX_SAMPLES && right; i++) {
        rn_dataset_describe(dataset, i, text, sizeof text);
        if (dataset->kind->start)
            continue;
        rn_status status = rn_dataset_read(dataset, i, &sample);
        right = status ? status == RN_E_DATA : is_sample(dataset, &sample);
    }
    if (right && dataset->kind->start)
        right = read_stream(dataset, &sample);
    rn_sample_clear(&sample);
    return right;
}

/* The kind `name` of data set; `validation` is its file. */
static bool try_kind(const char *name, const char *validation)
{
    const rn_dataset_params params = { .name = name,
                                       .path = folder,
                                       .train = "",
                                       .validation = validation,
                                       .split = RN_SPLIT_VALIDATION,
                                       .shuffle_buffer = 2 };
    rn_dataset *dataset = NULL;
    rn_status status = rn_dataset_open(&params, &dataset);
    bool right = status ? status == RN_E_DATA && !strchr(rn_fail_text(), '\n')
                        : dataset->count > 0 && read_some(dataset);
    rn_dataset_destroy(dataset);
    rn_fail_clear();
    return right;
}

int rn_fuzz_one(const uint8_t *data, size_t size)
{
    if (input < 0 && !make_folder())
        return 1;
    uint8_t *file = malloc(size ? size : 1);
    memcpy(file, data, size);
    if (size && data[size / 2] & 1)
        correct(file, size);
    bool written = ftruncate(input, 0) == 0 && pwrite(input, file, size, 0) == (ssize_t)size;
    free(file);
    return !(written && try_kind("list", "input") && try_kind("tar", "input") &&
             try_kind("tensors", "input") && try_kind("tensors", ".") &&
             try_kind("idx", "x-images-idx3") && try_kind("idx", "y-images-idx3") &&
             try_kind("cifar10", ""));
}
