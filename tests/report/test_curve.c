/* test_curve.c: draws learning curves and charts of extreme rows, which no run would write. */
#define _GNU_SOURCE /* ftruncate, open_memstream */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "io/file.h"
#include "report/charts.h"
#include "report/report.h"
#include "support/check.h"

/* True if every x and y is within the picture. */
static bool is_inside(const char *svg, double width, double height)
{
    static const char *const names[] = { " x=\"", " y=\"", " cx=\"", " cy=\"" };
    bool inside = true;
    for (int i = 0; i < 4; i++)
        for (const char *at = strstr(svg, names[i]); at; at = strstr(at + 1, names[i])) {
            double value = strtod(strchr(at, '"') + 1, NULL);
            inside = inside && value >= 0 && value <= (i % 2 ? height : width);
        }
    for (const char *at = strstr(svg, " d=\"M"); at; at = strstr(at + 1, " d=\"M")) {
        double x, y;
        for (const char *point = at + 4; *point != '"'; point += 1 + strcspn(point + 1, "ML\""))
            if (sscanf(point, "%*c%lf %lf", &x, &y) == 2)
                inside = inside && x >= 0 && x <= width && y >= 0 && y <= height;
    }
    return inside;
}

/* True if the text has 16 lines, none of them too long. Empties `stream`. */
static bool is_well_formed(FILE *stream)
{
    char line[256];
    int n = 0;
    bool fits = true;
    rewind(stream);
    while (fgets(line, sizeof line, stream)) {
        fits = fits && strlen(line) <= 90 && strchr(line, '\n');
        n++;
    }
    rewind(stream);
    return fits && n == 16 && ftruncate(fileno(stream), 0) == 0;
}

static double extreme_double(void)
{
    static const double values[] = { NAN,    INFINITY, -INFINITY, 0,  -0.0,    -3,
                                     1e300,  -1e300,   1e-9,      12, 0.5,     1.7e308,
                                     5e-324, -5e-324,  1e100,     4,  99999.5, 1e15 };
    return rand() % 3 ? values[rand() % 18] : ldexp((double)rand(), rand() % 2100 - 1080);
}

static int64_t extreme_epoch(int series, int64_t k)
{
    static const int64_t epochs[] = { INT64_MIN,
                                      INT64_MAX,
                                      -9000000000000000000,
                                      0,
                                      1,
                                      -1,
                                      INT64_C(1) << 53,
                                      (INT64_C(1) << 53) + 1,
                                      1000000000000 };
    switch (series) {
        case 0: return k + 1;
        case 1: return k * 1000000000000;
        case 2: return epochs[rand() % 9];
        case 3: return INT64_MAX - 1000 + k;
        case 4: return 7;
        case 5: return -k;
        default: return (int64_t)rand() << (rand() % 33);
    }
}

static void check_picture(const char *path, const rn_epoch_metrics *rows, int64_t count)
{
    uint8_t *data = NULL;
    uint64_t size = 0;
    CU_ASSERT_EQUAL_FATAL(rn_curve_write(path, "odd", rows, count), RN_OK);
    CU_ASSERT_EQUAL_FATAL(rn_file_read(path, &data, &size), RN_OK);
    const char *svg = (const char *)data;
    CU_ASSERT_PTR_NULL(strstr(svg, "nan"));
    CU_ASSERT_PTR_NULL(strstr(svg, "inf"));
    CU_ASSERT_PTR_NOT_NULL(strstr(svg, "</svg>\n"));
    CU_ASSERT(size < 20000);
    CU_ASSERT(is_inside(svg, 640, 400));
    free(data);
}

/* Rows of any values, in order or not: the picture stays small, its numbers are finite, and
 * everything is inside it. */
static void test_curve_extremes(void)
{
    char path[CHECK_PATH_MAX];
    FILE *text = tmpfile();
    CU_ASSERT_PTR_NOT_NULL_FATAL(text);
    check_scratch(path, "curve.svg");
    srand(1);
    for (int i = 0; i < 3000; i++) {
        rn_epoch_metrics rows[12];
        int64_t count = 1 + rand() % 12;
        for (int64_t k = 0; k < count; k++)
            rows[k] = (rn_epoch_metrics){ .epoch = extreme_epoch(i % 7, k),
                                          .train_loss = extreme_double(),
                                          .validation_loss = extreme_double(),
                                          .validation_accuracy = extreme_double() };
        rn_curve_text(text, rows, count);
        CU_ASSERT(is_well_formed(text));
        if (i % 8 == 0) /* not always: each file is synced to disk, which is slow */
            check_picture(path, rows, count);
    }
    fclose(text);
}

/* The same of the charts of a page, in every metric. */
static void test_charts_extremes(void)
{
    srand(2);
    for (int i = 0; i < 3000; i++) {
        rn_epoch_metrics rows[60] = { 0 };
        int64_t count = 1 + rand() % (i % 10 ? 12 : 60);
        for (int64_t k = 0; k < count; k++) {
            for (const rn_metric *metric = rn_metrics; metric->name; metric++)
                if (!metric->is_integer)
                    *(double *)(void *)((char *)&rows[k] + metric->offset) = extreme_double();
            rows[k].epoch = extreme_epoch(i % 7, k);
        }
        char *text = NULL;
        size_t size = 0;
        FILE *out = open_memstream(&text, &size);
        CU_ASSERT_PTR_NOT_NULL_FATAL(out);
        rn_charts_print(out, rows, count);
        fclose(out);
        CU_ASSERT_PTR_NULL(strstr(text, "nan"));
        CU_ASSERT_PTR_NULL(strstr(text, "inf"));
        CU_ASSERT(size < 80000);
        CU_ASSERT(is_inside(text, 1000, 400));
        free(text);
    }
}

/* What a chart says: its title, its lines with their last values, one dot for each value. */
static void test_charts(void)
{
    const rn_epoch_metrics rows[] = {
        { .epoch = 1,
          .train_loss = 2,
          .validation_loss = NAN,
          .gradient_norm = NAN,
          .ema_loss = NAN },
        { .epoch = 2,
          .train_loss = 1.5,
          .validation_loss = 1.25,
          .gradient_norm = NAN,
          .ema_loss = NAN },
    };
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    CU_ASSERT_PTR_NOT_NULL_FATAL(out);
    rn_charts_print(out, rows, 2);
    fclose(out);
    CU_ASSERT_PTR_NOT_NULL(strstr(text,
                                  "<figcaption><b>loss</b> <span class=\"v0\">train 1.5</span> "
                                  "<span class=\"v1\">validation 1.25</span></figcaption>"));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "<title>epoch 2: 1.25</title>"));
    CU_ASSERT_PTR_NULL(strstr(text, "gradient norm"));
    free(text);
}

static void test_values(void)
{
    static const struct {
        double value;
        const char *text;
    } cases[] = { { 0, "0" },           { 0.123456, "0.1235" }, { 9999, "9999" },
                  { 12345, "12.35 k" }, { 1.5e9, "1.5 G" },     { -2e6, "-2 M" },
                  { 3e15, "3000 T" },   { 1e-5, "1e-05" } };
    char text[RN_CHARTS_TEXT];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        rn_charts_value(cases[i].value, text);
        CU_ASSERT_STRING_EQUAL(text, cases[i].text);
    }
}

/* XML is UTF-8 and allows no control characters. */
static void test_title(void)
{
    const rn_epoch_metrics row = { .epoch = 1, .train_loss = 1 };
    char path[CHECK_PATH_MAX];
    uint8_t *data = NULL;
    uint64_t size = 0;
    check_scratch(path, "title.svg");
    CU_ASSERT_EQUAL(rn_curve_write(path, "é<a>&\x1b\xff\n", &row, 1), RN_OK);
    CU_ASSERT_EQUAL_FATAL(rn_file_read(path, &data, &size), RN_OK);
    CU_ASSERT_PTR_NOT_NULL(
        strstr((const char *)data, "<title>é&lt;a&gt;&amp;\\x1b\\xff\\x0a: loss"));
    free(data);
}

int main(void)
{
    static const CU_TestInfo tests[] = {
        { "rows of any values", test_curve_extremes },    { "a title of any bytes", test_title },
        { "charts of any values", test_charts_extremes }, { "charts", test_charts },
        { "values as charts label them", test_values },   CU_TEST_INFO_NULL,
    };
    return check_run("curve", tests);
}
