/* test_set_tar.c: shards: what webdataset writes and reads, streams in any order, broken shards. */
#include <archive.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "data/set_files.h"
#include "data/sets/shard_names.h"
#include "io/file.h"

static void add_text(struct archive *archive, const char *name, const char *text)
{
    set_files_add(archive, name, text, strlen(text));
}

/* Writes a shard of files without contents that matter: names, with spaces between; the .cls files
 * say "1". */
static void write_shard(const char *name, const char *files)
{
    char list[256], *rest;
    struct archive *archive = set_files_shard(name);
    snprintf(list, sizeof list, "%s", files);
    for (char *file = strtok_r(list, " ", &rest); file; file = strtok_r(NULL, " ", &rest))
        add_text(archive, file, strstr(file, ".json") ? "{\"x\": 2}" : "1");
    archive_write_free(archive);
}

/* Reads all samples as they are stored; the caller frees the text, "KEY LABEL FILE" lines. */
static char *read_all(const rn_dataset *dataset)
{
    int64_t *order = malloc((size_t)dataset->count * sizeof *order);
    char *text = calloc((size_t)dataset->count, 256), *to = text;
    rn_stream *stream = NULL;
    rn_sample sample = { 0 };
    for (int64_t i = 0; i < dataset->count; i++)
        order[i] = i;
    CU_ASSERT_EQUAL_FATAL(dataset->kind->start(dataset, order, dataset->count, 0, &stream), RN_OK);
    for (int64_t i = 0; i < dataset->count; i++) {
        char name[CHECK_PATH_MAX];
        CU_ASSERT_EQUAL_FATAL(dataset->kind->next(stream, &sample), RN_OK);
        rn_dataset_describe(dataset, i, name, sizeof name);
        to += sprintf(to, "%s\t%s\t%.*s\n", strstr(name, ": ") + 2,
                      dataset->class_names[sample.label], (int)sample.file_size,
                      (const char *)sample.file);
    }
    dataset->kind->stop(stream);
    rn_sample_clear(&sample);
    free(order);
    return text;
}

static void check_recorded(const rn_dataset_params *params, const char *expected)
{
    rn_dataset *dataset = set_files_open(params);
    char *text = read_all(dataset);
    CU_ASSERT_EQUAL(dataset->count, 12);
    CU_ASSERT_EQUAL(dataset->n_classes, 3);
    CU_ASSERT_STRING_EQUAL(dataset->class_names[0], "ant eater");
    CU_ASSERT_STRING_EQUAL(text, expected);
    free(text);
    rn_dataset_destroy(dataset);
}

/* Written, and read, by webdataset: make_sets.py. */
static void test_recorded(void)
{
    char folder[CHECK_PATH_MAX], path[CHECK_PATH_MAX];
    uint8_t *expected = NULL;
    uint64_t size = 0;
    rn_dataset_params params = set_files_params("tar", "");
    check_source(path, "tests/data/sets/shards/expected.txt");
    CU_ASSERT_EQUAL_FATAL(rn_file_read(path, &expected, &size), RN_OK);
    params.path = check_source(folder, "tests/data/sets/shards");
    params.train = "train-000.tar, train-{001..001}.tar.gz,train-{02..2}.tar";
    CU_ASSERT(set_files_refused(&params, "cannot open it"));
    params.train = "train-000.tar, train-{001..001}.tar.gz,train-{002..2}.tar";
    check_recorded(&params, (const char *)expected);
    params.train = ".";
    check_recorded(&params, (const char *)expected);
    free(expected);
}

static void test_patterns(void)
{
    static const struct {
        const char *pattern, *names;
    } cases[] = {
        { "a.tar", " a.tar" },
        { "s{8..11}", " s8 s9 s10 s11" },
        { "s{08..11}", " s08 s09 s10 s11" },
        { "{000..001}-{9..10}.tar", " 000-9.tar 000-10.tar 001-9.tar 001-10.tar" },
        { "b,a,b", " b a b" },
    };
    static const char *const bad[] = { "s{1..}", "s{2..1}", "s{a..b}",        "s{1,2}",
                                       "{0..9",  "{..3}",   "{0..9999999999}" };
    rn_dataset_params params = set_files_params("tar", "");
    params.path = "/nowhere";
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        rn_listing shards = { 0 };
        char text[256] = "";
        params.train = cases[i].pattern;
        CU_ASSERT_EQUAL(rn_shard_names(&params, &shards), RN_OK);
        for (int64_t k = 0; k < shards.count; k++)
            sprintf(text + strlen(text), " %s", strrchr(shards.names[k], '/') + 1);
        CU_ASSERT_STRING_EQUAL(text, cases[i].names);
        rn_listing_clear(&shards);
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        params.train = bad[i];
        CU_ASSERT(set_files_refused(&params, "a range such as {000..146}"));
    }
    params.train = "{0..999}{0..999}{0..9}";
    CU_ASSERT(set_files_refused(&params, "more than 1000000 shards"));
    params.train = ",";
    CU_ASSERT(set_files_refused(&params, "\",\" names no shards"));
}

/* The pictures of CIFAR as shards of 997: the same samples and labels as in folders, in the order
 * of their paths. */
static void test_cifar(void)
{
    char path[CHECK_PATH_MAX];
    struct archive *archive = NULL;
    rn_sample sample = { 0 }, streamed = { 0 };
    rn_stream *stream = NULL;
    if (!set_files_cifar(path))
        return;
    rn_dataset_params params = set_files_params("folder", "cifar");
    params.split = RN_SPLIT_VALIDATION;
    rn_dataset *folder = set_files_open(&params);
    for (int64_t i = 0; i < folder->count; i++) {
        char name[64];
        snprintf(name, sizeof name, "cifar-shards/%03d.tar", (int)(i / 997));
        if (i % 997 == 0 && archive)
            archive_write_free(archive);
        if (i % 997 == 0)
            archive = set_files_shard(name);
        CU_ASSERT_EQUAL_FATAL(rn_dataset_read(folder, i, &sample), RN_OK);
        snprintf(name, sizeof name, "%05d.jpg", (int)i);
        set_files_add(archive, name, sample.file, sample.file_size);
        snprintf(name, sizeof name, "%05d.cls", (int)i);
        add_text(archive, name, folder->class_names[sample.label]);
    }
    archive_write_free(archive);
    params = set_files_params("tar", "cifar-shards");
    params.train = "{000..010}.tar";
    rn_dataset *shards = set_files_open(&params);
    CU_ASSERT_EQUAL_FATAL(shards->count, folder->count);
    CU_ASSERT_EQUAL(shards->n_classes, folder->n_classes);
    int64_t *order = malloc((size_t)shards->count * sizeof *order);
    for (int64_t i = 0; i < shards->count; i++)
        order[i] = i;
    CU_ASSERT_EQUAL_FATAL(shards->kind->start(shards, order, shards->count, 0, &stream), RN_OK);
    for (int64_t i = 0; i < shards->count; i++) {
        CU_ASSERT_EQUAL_FATAL(rn_dataset_read(folder, i, &sample), RN_OK);
        CU_ASSERT_EQUAL_FATAL(shards->kind->next(stream, &streamed), RN_OK);
        CU_ASSERT(sample.label == streamed.label && sample.file_size == streamed.file_size &&
                  memcmp(sample.file, streamed.file, sample.file_size) == 0);
    }
    shards->kind->stop(stream);
    free(order);
    rn_sample_clear(&sample);
    rn_sample_clear(&streamed);
    rn_dataset_destroy(shards);
    rn_dataset_destroy(folder);
}

#define FILE_BYTES 20000
#define N_SHARDS 9

/* Shards of 1, 4, 7, … samples, which begin with their number: 117 of them. */
static rn_dataset *make_numbered(int64_t shuffle_buffer, int64_t limit)
{
    static uint8_t file[FILE_BYTES];
    char name[64];
    int32_t n = 0;
    for (int s = 0; s < N_SHARDS; s++) {
        snprintf(name, sizeof name, "numbered/%d.tar", s);
        struct archive *archive = set_files_shard(name);
        for (int i = 0; i < 1 + 3 * s; i++, n++) {
            memcpy(file, &n, sizeof n);
            snprintf(name, sizeof name, "%d.jpg", n);
            set_files_add(archive, name, file, sizeof file);
            snprintf(name, sizeof name, "%d.cls", n);
            add_text(archive, name, n % 2 ? "odd" : "even");
        }
        archive_write_free(archive);
    }
    rn_dataset_params params = set_files_params("tar", "");
    params.train = "numbered";
    params.shuffle_buffer = shuffle_buffer;
    params.limit = limit;
    return set_files_open(&params);
}

static size_t held_bytes(void)
{
    struct mallinfo2 info = mallinfo2();
    return info.uordblks + info.hblkhd;
}

/* Streams order[first], … and checks what comes; returns the samples that were held at most. */
static int64_t check_stream(const rn_dataset *dataset, const int64_t *order, int64_t first)
{
    rn_stream *stream = NULL;
    rn_sample sample = { 0 };
    size_t before = held_bytes(), most = 0;
    int wrong = 0;
    CU_ASSERT_EQUAL_FATAL(dataset->kind->start(dataset, order, dataset->count, first, &stream),
                          RN_OK);
    for (int64_t k = first; k < dataset->count; k++) {
        int32_t n = -1;
        CU_ASSERT_EQUAL_FATAL(dataset->kind->next(stream, &sample), RN_OK);
        memcpy(&n, sample.file, sizeof n);
        wrong += n != order[k] || sample.file_size != FILE_BYTES;
        size_t now = held_bytes() - before;
        most = now > most ? now : most;
    }
    CU_ASSERT_EQUAL(wrong, 0);
    dataset->kind->stop(stream);
    rn_sample_clear(&sample);
    return (int64_t)(most / FILE_BYTES);
}

static void check_permutation(const int64_t *order, int64_t count)
{
    int seen[200] = { 0 }, wrong = 0;
    for (int64_t i = 0; i < count; i++)
        wrong += order[i] < 0 || order[i] >= count || seen[order[i]]++;
    CU_ASSERT_EQUAL(wrong, 0);
}

/* A block of libarchive, 256 KiB, is held besides. */
#define READER_FILES (300000 / FILE_BYTES + 2)

static void test_streams(void)
{
    static const int64_t buffers[] = { 0, 1, 2, 5, 40, 117, 1000 };
    static const int64_t limits[] = { 0, 50 };
    for (int b = 0; b < 14; b++) {
        int64_t order[200], other[200], buffer = buffers[b / 2];
        rn_dataset *dataset = make_numbered(buffer, limits[b % 2]);
        CU_ASSERT_EQUAL_FATAL(dataset->count, b % 2 ? 50 : 117);
        size_t bytes = (size_t)dataset->count * sizeof *order;
        dataset->kind->order(dataset, 7, 3, dataset->count, order);
        check_permutation(order, dataset->count);
        dataset->kind->order(dataset, 7, 3, dataset->count, other);
        CU_ASSERT_EQUAL(memcmp(order, other, bytes), 0);
        dataset->kind->order(dataset, 7, 4, dataset->count, other);
        CU_ASSERT_NOT_EQUAL(memcmp(order, other, bytes), 0);
        dataset->kind->order(dataset, 8, 3, dataset->count, other);
        CU_ASSERT_NOT_EQUAL(memcmp(order, other, bytes), 0);
        for (int64_t first = 0; first < dataset->count; first += 7)
            CU_ASSERT(check_stream(dataset, order, first) <= buffer + READER_FILES);
        rn_dataset_destroy(dataset);
    }
}

/* As they are stored, and backwards, which is the worst. */
static void test_other_orders(void)
{
    int64_t order[200];
    rn_dataset *dataset = make_numbered(10, 0);
    for (int64_t i = 0; i < dataset->count; i++)
        order[i] = i;
    CU_ASSERT(check_stream(dataset, order, 0) <= 1 + READER_FILES);
    for (int64_t i = 0; i < dataset->count; i++)
        order[i] = dataset->count - 1 - i;
    CU_ASSERT(check_stream(dataset, order, 0) <= 3 * N_SHARDS + READER_FILES);
    rn_dataset_destroy(dataset);
}

static void test_refused(void)
{
    static const struct {
        const char *files, *words;
    } cases[] = {
        { "a.jpg a.cls b.jpg", "bad.tar: sample b has no label, expected a file .cls, or .json" },
        { "b.jpg a.jpg a.cls", "bad.tar: sample b has no label" },
        { "a.jpg a.json", "bad.tar: sample a has no label" },
        { "d/a.cls d/b.jpg d/b.cls", "bad.tar: sample d/a has a label and no picture" },
        { "a.jpg a.png a.cls", "bad.tar: sample a has two pictures" },
        { "readme.txt LICENSE .jpg __about__.json", "bad.tar: no samples, expected files such as" },
    };
    rn_dataset_params params = set_files_params("tar", "");
    params.train = "bad.tar";
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        write_shard("bad.tar", cases[i].files);
        CU_ASSERT(set_files_refused(&params, cases[i].words));
    }
    struct archive *archive = set_files_shard("bad.tar");
    add_text(archive, "a.jpg", "x");
    add_text(archive, "a.json", "{ nonsense");
    archive_write_free(archive);
    CU_ASSERT(set_files_refused(&params, "bad.tar: sample a: its .json file, line 1: "));
    archive = set_files_shard("bad.tar");
    add_text(archive, "a.jpg", "x");
    add_text(archive, "a.cls", " \n");
    archive_write_free(archive);
    CU_ASSERT(set_files_refused(&params, "bad.tar: sample a: its .cls file has no text"));
    set_files_text("bad.tar", "rubbish, and more of it");
    CU_ASSERT(set_files_refused(&params, "bad.tar: cannot"));
    set_files_text("bad.tar", "");
    CU_ASSERT(set_files_refused(&params, "bad.tar: cannot open it"));
    params.train = "nowhere.tar";
    CU_ASSERT(set_files_refused(&params, "nowhere.tar: cannot open it"));
    set_files_text("no-shards/a.txt", "");
    params.train = "no-shards";
    CU_ASSERT(set_files_refused(&params, "no shards in this folder, expected files *.tar"));
    params.validation_share = 0.5;
    CU_ASSERT(set_files_refused(&params, "read in a stream, of which data.validation_share"));
}

/* Cut anywhere: refused when it is opened, or the samples that are left. */
static void test_truncated(void)
{
    static const char *const names[] = { "train-000.tar", "train-001.tar.gz" };
    rn_dataset_params params = set_files_params("tar", "");
    params.train = "cut.tar";
    for (int k = 0; k < 2; k++) {
        char path[CHECK_PATH_MAX], source[64];
        uint8_t *data = NULL;
        uint64_t size = 0;
        snprintf(source, sizeof source, "tests/data/sets/shards/%s", names[k]);
        CU_ASSERT_EQUAL_FATAL(rn_file_read(check_source(path, source), &data, &size), RN_OK);
        int n_refused = 0;
        for (uint64_t n = 0; n < size; n += k ? 1 : 97) {
            rn_dataset *dataset = NULL;
            set_files_write("cut.tar", data, (size_t)n);
            rn_status status = rn_dataset_open(&params, &dataset);
            CU_ASSERT(status == RN_OK || status == RN_E_DATA);
            n_refused += status != RN_OK;
            rn_dataset_destroy(dataset);
        }
        CU_ASSERT(n_refused >= (k ? (int)size - 12 : 50));
        free(data);
    }
}

/* A shard that is exchanged after it was opened. */
static void test_changed(void)
{
    const int64_t order[] = { 0, 1 };
    rn_stream *stream = NULL;
    rn_sample sample = { 0 };
    rn_dataset_params params = set_files_params("tar", "");
    params.train = "changed.tar";
    write_shard("changed.tar", "a.jpg a.cls b.jpg b.cls");
    rn_dataset *dataset = set_files_open(&params);
    write_shard("changed.tar", "a.jpg a.cls c.jpg c.cls");
    CU_ASSERT_EQUAL_FATAL(dataset->kind->start(dataset, order, dataset->count, 0, &stream), RN_OK);
    CU_ASSERT_EQUAL(dataset->kind->next(stream, &sample), RN_OK);
    CU_ASSERT(check_failed(dataset->kind->next(stream, &sample), RN_E_DATA,
                           "changed.tar: it ends before sample b, which it had"));
    dataset->kind->stop(stream);
    rn_sample_clear(&sample);
    rn_dataset_destroy(dataset);
}

int main(void)
{
    const CU_TestInfo tests[] = {
        { "what webdataset writes, as it reads it", test_recorded },
        { "patterns of names", test_patterns },
        { "CIFAR's pictures in shards", test_cifar },
        { "shuffled streams, resumed anywhere, hold no more than the buffer", test_streams },
        { "other orders", test_other_orders },
        { "shards that are refused", test_refused },
        { "truncated shards", test_truncated },
        { "a shard that changes", test_changed },
        CU_TEST_INFO_NULL,
    };
    return check_run("set_tar", tests);
}
