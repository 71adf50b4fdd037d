/* test_classes.c: names of classes from files. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "data/class_names.h"
#include "data/dataset.h"
#include "support/check.h"
#include "train/classes.h"

/* Writes a file and returns its path. */
static const char *write_names(char path[CHECK_PATH_MAX], const char *text, size_t size)
{
    FILE *file = fopen(check_scratch(path, "names.txt"), "wb");
    CU_ASSERT_PTR_NOT_NULL_FATAL(file);
    CU_ASSERT_EQUAL(fwrite(text, 1, size, file), size);
    fclose(file);
    return path;
}

/* "key=name," of every class. */
static void print_names(const rn_class_names *names, char text[512])
{
    *text = 0;
    for (size_t i = 0; i < json_array_size(names->names); i++) {
        size_t used = strlen(text);
        snprintf(text + used, 512 - used, "%s=%s,",
                 json_string_value(json_array_get(names->keys, i)),
                 json_string_value(json_array_get(names->names, i)));
    }
}

static void test_files(void)
{
    static const struct {
        const char *text, *names; /* NULL: refused, with `words` */
        const char *words;
    } cases[] = {
        { "cat\ndog\n", "cat=cat,dog=dog,", NULL },
        { "cat\r\ndog", "cat=cat,dog=dog,", NULL },
        { "n1\ta b, c\nn2\td\n", "n1=a b, c,n2=d,", NULL },
        { "\xff\n", "\\xff=\\xff,", NULL },
        { "", NULL, "an empty file" },
        { "cat\n\ndog\n", NULL, "names.txt:2: found no name" },
        { "\n", NULL, "names.txt:1: found no name" },
        { "cat\n\tdog\n", NULL, "names.txt:2: found no name" },
        { "cat\ndog\t\n", NULL, "names.txt:2: found no name" },
    };
    char path[CHECK_PATH_MAX], text[512];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        rn_class_names names = { .names = NULL };
        write_names(path, cases[i].text, strlen(cases[i].text));
        rn_status status = rn_class_names_read(path, &names);
        if (!cases[i].names) {
            CU_ASSERT(check_failed(status, RN_E_DATA, cases[i].words));
            continue;
        }
        CU_ASSERT_EQUAL_FATAL(status, RN_OK);
        print_names(&names, text);
        CU_ASSERT_STRING_EQUAL(text, cases[i].names);
        rn_class_names_clear(&names);
    }
    rn_class_names names = { .names = NULL };
    write_names(path, "a\0b\n", 4);
    CU_ASSERT(check_failed(rn_class_names_read(path, &names), RN_E_DATA, "a zero byte"));
    CU_ASSERT(check_failed(rn_class_names_read("nosuch", &names), RN_E_DATA, "\"nosuch\""));
    CU_ASSERT(check_failed(rn_class_names_read("./nosuch", &names), RN_E_IO, "./nosuch"));
}

static void test_installed(void)
{
    static const struct {
        const char *name;
        size_t count;
        const char *first, *last;
    } files[] = { { "fashion_mnist", 10, "t-shirt", "ankle boot" },
                  { "cifar10", 10, "airplane", "truck" },
                  { "cifar100", 100, "apple", "worm" },
                  { "imagenet1k", 1000, "tench", "toilet tissue" } };
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        rn_class_names names = { .names = NULL };
        json_t *once = json_object();
        CU_ASSERT_EQUAL_FATAL(rn_class_names_read(files[i].name, &names), RN_OK);
        size_t n = json_array_size(names.names);
        CU_ASSERT_EQUAL_FATAL(n, files[i].count);
        for (size_t k = 0; k < n; k++)
            json_object_set(once, json_string_value(json_array_get(names.names, k)), json_null());
        CU_ASSERT_EQUAL(json_object_size(once), n);
        CU_ASSERT_STRING_EQUAL(json_string_value(json_array_get(names.names, 0)), files[i].first);
        CU_ASSERT_STRING_EQUAL(json_string_value(json_array_get(names.names, n - 1)),
                               files[i].last);
        json_decref(once);
        rn_class_names_clear(&names);
    }
}

/* What rn_classes_name makes of a data set with the classes `own` (separated by commas), with a
 * file of the lines "k1 TAB red", "k2 TAB green", "k3 TAB blue". */
static void check_named(const char *own, rn_status expected, const char *result,
                        const char *relabelled)
{
    char path[CHECK_PATH_MAX], names[256] = "", labels[64] = "", copy[64], *rest = NULL;
    rn_dataset dataset = { .folder = path, .class_names = calloc(8, sizeof(char *)) };
    rn_config config = { .path = path };
    config.network.classes = 3;
    config.network.class_names = write_names(path, "k1\tred\nk2\tgreen\nk3\tblue\n", 24);
    snprintf(copy, sizeof copy, "%s", own);
    for (char *name = strtok_r(copy, ",", &rest); name; name = strtok_r(NULL, ",", &rest))
        dataset.class_names[dataset.n_classes++] = strdup(name);
    int64_t n = dataset.n_classes;
    rn_status status = rn_classes_name(&dataset, &config);
    if (expected)
        CU_ASSERT(check_failed(status, expected, result));
    for (int64_t k = 0; k < dataset.n_classes; k++)
        strcat(strcat(names, k ? "," : ""), dataset.class_names[k]);
    for (int64_t k = 0; k < n && dataset.relabel; k++)
        sprintf(labels + strlen(labels), "%d", dataset.relabel[k]);
    if (!expected) {
        CU_ASSERT_EQUAL(status, RN_OK);
        CU_ASSERT_STRING_EQUAL(names, result);
        CU_ASSERT_STRING_EQUAL(labels, relabelled);
    }
    for (int64_t k = 0; k < dataset.n_classes; k++)
        free(dataset.class_names[k]);
    free(dataset.class_names);
    free(dataset.relabel);
}

static void test_data_sets(void)
{
    check_named("", RN_OK, "red,green,blue", "");
    check_named("0,1", RN_OK, "red,green,blue", "");
    check_named("0,1,2", RN_OK, "red,green,blue", "");
    check_named("k3,k1", RN_OK, "red,green,blue", "20");
    check_named("blue,green", RN_OK, "red,green,blue", "21");
    check_named("cat,dog,owl", RN_OK, "cat,dog,owl", "");
    check_named("cat,dog", RN_E_DATA, "class \"cat\"", NULL);
    check_named("k1,dog,k2", RN_E_DATA, "class \"dog\"", NULL);
}

static void test_count(void)
{
    char path[CHECK_PATH_MAX];
    rn_dataset dataset = { .folder = path };
    rn_config config = { .path = path };
    config.network.classes = 10;
    config.network.class_names = write_names(path, "a\nb\n", 4);
    CU_ASSERT(check_failed(rn_classes_name(&dataset, &config), RN_E_CONFIG,
                           "names 2 classes, but network.classes is 10"));
    config.network.class_names = "";
    CU_ASSERT_EQUAL(rn_classes_name(&dataset, &config), RN_OK);
}

int main(void)
{
    static const CU_TestInfo tests[] = {
        { "files of names", test_files },
        { "those that are installed", test_installed },
        { "data sets get them", test_data_sets },
        { "as many as the network has outputs", test_count },
        CU_TEST_INFO_NULL,
    };
    return check_run("classes", tests);
}
