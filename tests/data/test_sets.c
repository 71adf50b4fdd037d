/* test_sets.c: data sets that are files: folders, lists, IDX pairs, CIFAR; and parts of them. */
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "data/set_files.h"
#include "io/file.h"
#include "io/safetensors.h"

/* The samples' files hold their own names, so that the contents tell which one was read. */
static void write_named(const char *name)
{
    set_files_text(name, name);
}

/* "LABEL NAME" of every sample, each on a line. */
static void print_samples(const rn_dataset *dataset, char text[4096])
{
    rn_sample sample = { 0 };
    *text = '\0';
    for (int64_t i = 0; i < dataset->count; i++) {
        size_t used = strlen(text);
        rn_dataset_read_ahead(dataset, i);
        CU_ASSERT_EQUAL_FATAL(rn_dataset_read(dataset, i, &sample), RN_OK);
        snprintf(text + used, 4096 - used, "%s%s %.*s", i ? "\n" : "",
                 dataset->class_names[sample.label], (int)sample.file_size,
                 (const char *)sample.file);
    }
    rn_sample_clear(&sample);
}

static void check_samples(const rn_dataset_params *params, const char *expected)
{
    char text[4096];
    rn_dataset *dataset = set_files_open(params);
    print_samples(dataset, text);
    CU_ASSERT_STRING_EQUAL(text, expected);
    if (strcmp(text, expected) != 0)
        check_note("found:\n%s", text);
    rn_dataset_destroy(dataset);
}

/* The order within a class is what sorted(os.walk(CLASS, followlinks=True)) gives in Python, from
 * which ImageFolder takes it; recorded without the link that makes a circle. */
static void test_folder_order(void)
{
    static const char *const files[] = {
        "order/train/b/z.jpg",        "order/train/b/sub/a.JPEG", "order/train/b/sub-x/c.png",
        "order/train/b/sub/d/e.pgm",  "order/train/b/A.webp",     "order/train/b/notes.txt",
        "order/train/b/.jpg",         "order/train/a/10.jpg",     "order/train/a/9.jpg",
        "order/train/a/\xc3\xa9.bmp", "order/train/B/x.tiff",     "order/train/stray.jpg",
        "order/val/a/v.jpg",
    };
    char from[CHECK_PATH_MAX], to[CHECK_PATH_MAX];
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        write_named(files[i]);
    CU_ASSERT_EQUAL(symlink("../../b", check_scratch(to, "order/train/b/sub/loop")), 0);
    check_scratch(from, "order/val/a");
    CU_ASSERT_EQUAL(symlink(from, check_scratch(to, "order/train/linked")), 0);
    rn_dataset_params params = set_files_params("folder", "order");
    check_samples(&params, "B order/train/B/x.tiff\n"
                           "a order/train/a/10.jpg\n"
                           "a order/train/a/9.jpg\n"
                           "a order/train/a/\xc3\xa9.bmp\n"
                           "b order/train/b/.jpg\n"
                           "b order/train/b/A.webp\n"
                           "b order/train/b/z.jpg\n"
                           "b order/train/b/sub/a.JPEG\n"
                           "b order/train/b/sub-x/c.png\n"
                           "b order/train/b/sub/d/e.pgm\n"
                           "linked order/val/a/v.jpg");
    params.split = RN_SPLIT_VALIDATION;
    check_samples(&params, "a order/val/a/v.jpg");
    params.validation = "train";
    params.limit = 2;
    check_samples(&params, "B order/train/B/x.tiff\na order/train/a/10.jpg");
}

static void test_folder_errors(void)
{
    char path[CHECK_PATH_MAX];
    write_named("bad/a/1.jpg");
    rn_dataset_params params = set_files_params("folder", "bad");
    CU_ASSERT(set_files_refused(&params, "has no train; name the place of its training data by "
                                         "data.train, or take a share"));
    params.split = RN_SPLIT_VALIDATION;
    CU_ASSERT(set_files_refused(&params, "has no val, validation or test; name"));
    params.validation = "nowhere";
    CU_ASSERT(set_files_refused(&params, "bad/nowhere: cannot read the folder: No such file"));
    params.validation = "a";
    CU_ASSERT(set_files_refused(&params, "bad/a: it has no sub-folders, expected one for each"));
    write_named("bad/b/readme.txt");
    params.validation = ".";
    CU_ASSERT(set_files_refused(&params, "bad/./b: no picture in the folder; "
                                         "expected files that end in .jpg, .jpeg,"));
    params.path = "";
    params.validation = "";
    CU_ASSERT(set_files_refused(&params, "data.path is not set"));
    params.path = check_scratch(path, "none");
    CU_ASSERT(set_files_refused(&params, "there is no "));
}

/* A file that goes away, becomes a folder, or is empty, is found when it is read. */
static void test_unreadable(void)
{
    char path[CHECK_PATH_MAX];
    rn_sample sample = { 0 };
    for (int i = 0; i < 3; i++) {
        snprintf(path, sizeof path, "gone/train/a/%d.jpg", i);
        write_named(path);
    }
    const rn_dataset_params params = set_files_params("folder", "gone");
    rn_dataset *dataset = set_files_open(&params);
    CU_ASSERT_EQUAL(remove(check_scratch(path, "gone/train/a/0.jpg")), 0);
    CU_ASSERT_EQUAL(remove(check_scratch(path, "gone/train/a/1.jpg")), 0);
    CU_ASSERT_EQUAL(mkfifo(path, 0600), 0);
    CU_ASSERT_EQUAL(truncate(check_scratch(path, "gone/train/a/2.jpg"), 0), 0);
    rn_dataset_read_ahead(dataset, 0);
    CU_ASSERT(check_failed(rn_dataset_read(dataset, 0, &sample), RN_E_DATA, "a/0.jpg: cannot"));
    CU_ASSERT(check_failed(rn_dataset_read(dataset, 1, &sample), RN_E_DATA, "a/1.jpg: cannot"));
    CU_ASSERT(
        check_failed(rn_dataset_read(dataset, 2, &sample), RN_E_DATA, "a/2.jpg: it is empty"));
    rn_dataset_describe(dataset, 2, path, sizeof path);
    CU_ASSERT_PTR_NOT_NULL(strstr(path, "/gone/train/a/2.jpg"));
    rn_sample_clear(&sample);
    rn_dataset_destroy(dataset);
}

static void test_list(void)
{
    char text[CHECK_PATH_MAX];
    write_named("list/x/1.jpg");
    write_named("list/2.jpg");
    write_named("list/ 3 .jpg");
    set_files_text("list/train.txt", "\xef\xbb\xbfx/1.jpg\tzebra\r\n2.jpg\tant eater\r\n"
                                     " 3 .jpg\t\xc3\xa9l\xc3\xa9phant\r\n2.jpg\tzebra");
    rn_dataset_params params = set_files_params("list", "list");
    check_samples(&params, "zebra list/x/1.jpg\nant eater list/2.jpg\n"
                           "\xc3\xa9l\xc3\xa9phant list/ 3 .jpg\nzebra list/2.jpg");
    rn_dataset *dataset = set_files_open(&params);
    CU_ASSERT_EQUAL(dataset->n_classes, 3);
    CU_ASSERT_STRING_EQUAL(dataset->class_names[0], "ant eater");
    rn_dataset_destroy(dataset);
    /* An absolute path, and numbers, of which some are missing. */
    check_scratch(text, "list/2.jpg\t11\n");
    set_files_text("list/numbers", text);
    params.train = "numbers";
    check_samples(&params, "11 list/2.jpg");
    dataset = set_files_open(&params);
    CU_ASSERT_EQUAL(dataset->n_classes, 12);
    CU_ASSERT_STRING_EQUAL(dataset->class_names[7], "7");
    rn_dataset_destroy(dataset);
}

static void test_list_errors(void)
{
    static const struct {
        const char *text, *words;
    } cases[] = {
        { "", "bad.txt: it is empty, expected lines PATH<TAB>LABEL" },
        { "a.jpg\t1\nb.jpg 2\n", "bad.txt:2: no tab in the line, expected PATH<TAB>LABEL" },
        { "a.jpg\t1\n\n", "bad.txt:2: no tab" },
        { "a.jpg\t\r\n", "bad.txt:1: no label after the tab" },
        { "\t1\n", "bad.txt:1: no path before the tab" },
        { "a.jpg\t1\t2\n", "bad.txt:1: more than one tab" },
        { "a.jpg\t1000000\n", "bad.txt: a label is 1000000, expected 0 to 999999" },
        { "a.jpg\t1\nb.jpg\t-1\n", "bad.txt: a label is -1, expected 0 to 999999" },
        { "a.jpg\t99999999999999999999\n", "expected 0 to 999999" },
    };
    rn_dataset_params params = set_files_params("list", "list");
    params.train = "bad.txt";
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        set_files_text("list/bad.txt", cases[i].text);
        CU_ASSERT(set_files_refused(&params, cases[i].words));
    }
    set_files_write("list/bad.txt", "a\0.jpg\t1\n", 9);
    CU_ASSERT(set_files_refused(&params, "bad.txt:1: a byte 0 in the line"));
    params.train = "x";
    CU_ASSERT(set_files_refused(&params, "list/x: cannot read it: it is a folder"));
}

/* Many labels, each often: what a hash table has to keep apart. */
static void test_many_labels(void)
{
    enum { N_CLASSES = 5000, N = 20000 };
    char *text = malloc(N * 32);
    size_t size = 0;
    for (int i = 0; i < N; i++)
        size += (size_t)sprintf(text + size, "%d.jpg\tclass %d\n", i, i * 7 % N_CLASSES);
    set_files_write("many.txt", text, size);
    free(text);
    rn_dataset_params params = set_files_params("list", "");
    params.train = "many.txt";
    rn_dataset *dataset = set_files_open(&params);
    rn_sample sample = { 0 };
    int wrong = 0;
    CU_ASSERT_EQUAL(dataset->n_classes, N_CLASSES);
    CU_ASSERT_EQUAL(dataset->count, N);
    for (int k = 1; k < N_CLASSES; k++)
        wrong += strcmp(dataset->class_names[k - 1], dataset->class_names[k]) >= 0;
    for (int i = 0; i < N; i++) {
        char name[32];
        CU_ASSERT(check_failed(rn_dataset_read(dataset, i, &sample), RN_E_DATA, ".jpg"));
        snprintf(name, sizeof name, "class %d", i * 7 % N_CLASSES);
        wrong += strcmp(dataset->class_names[sample.label], name) != 0;
    }
    CU_ASSERT_EQUAL(wrong, 0);
    rn_sample_clear(&sample);
    rn_dataset_destroy(dataset);
}

/* ImageNet's training files as a list: 100 bytes a sample besides the text of its path. */
static void test_list_memory(void)
{
    const int n = check_is_long() ? 1300000 : 130000;
    char *text = malloc((size_t)n * 64);
    size_t size = 0, paths = 0;
    for (int i = 0; i < n; i++) {
        int length = sprintf(text + size, "train/n%08d/n%08d_%d.JPEG", i % 1000, i % 1000, i);
        paths += (size_t)length;
        size += (size_t)length;
        size += (size_t)sprintf(text + size, "\tn%08d\n", i % 1000);
    }
    set_files_write("million.txt", text, size);
    free(text);
    rn_dataset_params params = set_files_params("list", "");
    params.train = "million.txt";
    struct mallinfo2 before = mallinfo2();
    rn_dataset *dataset = set_files_open(&params);
    struct mallinfo2 after = mallinfo2();
    size_t held = after.uordblks + after.hblkhd - before.uordblks - before.hblkhd;
    double each = ((double)held - (double)paths) / n;
    CU_ASSERT_EQUAL(dataset->count, n);
    CU_ASSERT_EQUAL(dataset->n_classes, 1000);
    CU_ASSERT(each < 100);
    check_note("%d listed files: %.1f bytes a sample besides its path", n, each);
    rn_dataset_destroy(dataset);
}

static void make_share(rn_split split, uint64_t seed, char text[4096])
{
    rn_dataset_params params = set_files_params("list", "");
    params.train = "share.txt";
    params.split = split;
    params.seed = seed;
    params.validation_share = 0.3;
    rn_dataset *dataset = set_files_open(&params);
    print_samples(dataset, text);
    CU_ASSERT_EQUAL(dataset->count, split == RN_SPLIT_TRAIN ? 14 : 6);
    rn_dataset_destroy(dataset);
}

/* The two parts are in order, have nothing in common, and are all; another seed makes others. */
static void test_share(void)
{
    char list[1024], train[4096], validation[4096], other[4096];
    for (int i = 0; i < 20; i++) {
        char name[16];
        snprintf(name, sizeof name, "share/%02d.jpg", i % 100);
        write_named(name);
        sprintf(list + 15 * i, "%s\tx\n", name);
    }
    set_files_text("share.txt", list);
    make_share(RN_SPLIT_TRAIN, 1, train);
    make_share(RN_SPLIT_VALIDATION, 1, validation);
    for (int i = 0; i < 20; i++) {
        char name[32];
        snprintf(name, sizeof name, "share/%02d.jpg", i);
        CU_ASSERT_NOT_EQUAL(!strstr(train, name), !strstr(validation, name));
    }
    make_share(RN_SPLIT_VALIDATION, 1, other);
    CU_ASSERT_STRING_EQUAL(validation, other);
    make_share(RN_SPLIT_VALIDATION, 2, other);
    CU_ASSERT_STRING_NOT_EQUAL(validation, other);
    rn_dataset_params params = set_files_params("list", "");
    params.train = "share.txt";
    params.validation_share = 0.01;
    CU_ASSERT(set_files_refused(&params, "of the 20 samples in "));
    params.validation_share = 0.3;
    params.limit = 3;
    rn_dataset *dataset = set_files_open(&params);
    CU_ASSERT_EQUAL(dataset->count, 3);
    rn_dataset_destroy(dataset);
}

/* Every sample is as likely as any other to be taken: 300 seeds, 6 of 20. */
static void test_share_is_fair(void)
{
    int taken[20] = { 0 };
    for (uint64_t seed = 0; seed < 300; seed++) {
        char text[4096];
        make_share(RN_SPLIT_VALIDATION, seed, text);
        for (int i = 0; i < 20; i++) {
            char name[32];
            snprintf(name, sizeof name, "share/%02d.jpg", i);
            taken[i] += strstr(text, name) != NULL;
        }
    }
    for (int i = 0; i < 20; i++)
        CU_ASSERT(taken[i] > 90 - 40 && taken[i] < 90 + 40); /* five standard deviations */
}

/* A network of others is right on as many of the pictures, in this order, as is published. */
static void test_cifar_folder(void)
{
    char path[CHECK_PATH_MAX], reference[CHECK_PATH_MAX];
    rn_safetensors *file = NULL;
    if (!set_files_cifar(path))
        return;
    rn_dataset_params params = set_files_params("folder", "cifar");
    params.split = RN_SPLIT_VALIDATION; /* its folder is called test */
    rn_dataset *dataset = set_files_open(&params);
    CU_ASSERT_EQUAL_FATAL(dataset->count, 10000);
    CU_ASSERT_EQUAL(dataset->n_classes, 10);
    CU_ASSERT_STRING_EQUAL(dataset->class_names[0], "airplane");
    CU_ASSERT_STRING_EQUAL(dataset->class_names[9], "truck");
    check_source(reference, "../shared/cifar10/resnet20-reference.safetensors");
    CU_ASSERT_EQUAL_FATAL(rn_safetensors_read(reference, &file), RN_OK);
    const rn_named_tensor *predicted = rn_safetensors_find(file, "pred");
    CU_ASSERT_EQUAL_FATAL(predicted->dtype, RN_I32);
    rn_sample sample = { 0 };
    int n_right = 0;
    for (int64_t i = 0; i < dataset->count; i++) {
        CU_ASSERT_EQUAL_FATAL(rn_dataset_read(dataset, i, &sample), RN_OK);
        CU_ASSERT(sample.file_size > 100 && memcmp(sample.file, "\xff\xd8\xff", 3) == 0);
        n_right += sample.label == ((const int32_t *)predicted->data)[i];
    }
    CU_ASSERT_EQUAL(n_right, 8103);
    rn_sample_clear(&sample);
    rn_safetensors_destroy(file);
    rn_dataset_destroy(dataset);
}

int main(void)
{
    const CU_TestInfo tests[] = {
        { "folders: classes and files in the order of ImageFolder", test_folder_order },
        { "folders: what is missing is named", test_folder_errors },
        { "files that cannot be read", test_unreadable },
        { "lists: names, numbers, line ends", test_list },
        { "lists: errors have file and line", test_list_errors },
        { "lists: thousands of labels", test_many_labels },
        { "lists: memory for each sample", test_list_memory },
        { "a share for validation", test_share },
        { "a share for validation favours no sample", test_share_is_fair },
        { "CIFAR's pictures in folders", test_cifar_folder },
        CU_TEST_INFO_NULL,
    };
    return check_run("sets", tests);
}
