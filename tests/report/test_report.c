/* test_report.c: metrics.csv, metrics.jsonl, the curve and the progress bar. */
#define _GNU_SOURCE /* posix_openpt */
#include <fcntl.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "io/file.h"
#include "report/progress.h"
#include "report/report.h"
#include "support/check.h"

static rn_epoch_metrics make_row(int64_t epoch)
{
    double e = (double)epoch;
    return (rn_epoch_metrics){ .epoch = epoch,
                               .step = 469 * epoch,
                               .learning_rate = 0.1 / 3,
                               .train_loss = 1 / e,
                               .train_accuracy = 1 - 1 / (e + 3),
                               .validation_loss = epoch == 2 ? NAN : 2 / e,
                               .validation_accuracy = 0.9,
                               .images_per_s = 1234.5678901,
                               .time_s = 60.1 * e,
                               .loader_wait_s = 1e-7,
                               .train_top5 = 0.95,
                               .validation_top5 = 1,
                               .gradient_norm = epoch == 1 ? NAN : 2.5,
                               .host_memory_bytes = 123456789,
                               .device_memory_bytes = 1e9 };
}

/* The columns and the run. */
static int64_t n_columns(void)
{
    int64_t n = 1;
    for (const rn_metric *metric = rn_metrics; metric->name; metric++)
        n++;
    return n;
}

static char *read_text(const char *folder, const char *name)
{
    char path[CHECK_PATH_MAX], relative[256];
    uint8_t *data = NULL;
    uint64_t size = 0;
    snprintf(relative, sizeof relative, "%s/%s", folder, name);
    CU_ASSERT_EQUAL_FATAL(rn_file_read(check_scratch(path, relative), &data, &size), RN_OK);
    return (char *)data;
}

/* Opens the report of run "a": a new one, or resumed after `epoch` and, unless it is 0, after
 * `step` of the next epoch. */
static rn_status open_report(const char *name, int64_t epoch, int64_t step, rn_report **report)
{
    char folder[CHECK_PATH_MAX];
    return rn_report_open(&(rn_report_params){ .folder = check_scratch(folder, name),
                                               .title = "a & b <c>",
                                               .run = "a",
                                               .epoch = epoch,
                                               .step = step },
                          report);
}

/* Adds the rows of epochs `from` to `to`. */
static void run(const char *name, int64_t resume, int64_t from, int64_t to)
{
    rn_report *report = NULL;
    int64_t count = 0;
    CU_ASSERT_EQUAL_FATAL(open_report(name, resume, 0, &report), RN_OK);
    for (int64_t epoch = from; epoch <= to; epoch++) {
        rn_epoch_metrics row = make_row(epoch);
        CU_ASSERT_EQUAL(rn_report_add(report, &row), RN_OK);
        CU_ASSERT_EQUAL(rn_report_write(report), RN_OK);
    }
    const rn_epoch_metrics *rows = rn_report_rows(report, &count);
    CU_ASSERT_EQUAL_FATAL(count, to);
    CU_ASSERT_EQUAL(rows[to - 1].epoch, to);
    rn_report_close(report);
}

static void test_csv(void)
{
    run("plain", 0, 1, 20);
    char *text = read_text("plain", "metrics.csv");
    CU_ASSERT(strncmp(text, "epoch,step,learning_rate,train_loss,train_accuracy,", 51) == 0);
    char *save = NULL;
    int n = 0;
    strtok_r(text, "\n", &save);
    for (char *line = strtok_r(NULL, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
        double v[64];
        int found = 0;
        char *cell = line;
        for (char *end; (end = strchr(cell, ',')) && found < 64; cell = end + 1)
            v[found++] = strtod(cell, NULL);
        CU_ASSERT_EQUAL(found + 1, n_columns());
        CU_ASSERT_STRING_EQUAL(cell, "a");
        n++;
        CU_ASSERT_EQUAL(v[0], n);
        CU_ASSERT(fabs(v[3] - 1.0 / n) < 1e-8);
        CU_ASSERT(n == 2 ? isnan(v[5]) : fabs(v[5] - 2.0 / n) < 1e-8);
    }
    CU_ASSERT_EQUAL(n, 20);
    free(text);
}

static void test_jsonl(void)
{
    char *text = read_text("plain", "metrics.jsonl"), *save = NULL;
    int n = 0;
    for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
        json_t *row = json_loads(line, 0, NULL);
        CU_ASSERT_PTR_NOT_NULL_FATAL(row);
        n++;
        CU_ASSERT_EQUAL((int64_t)json_object_size(row), n_columns());
        CU_ASSERT_EQUAL(json_is_null(json_object_get(row, "gradient_norm")), n == 1);
        CU_ASSERT_STRING_EQUAL(json_string_value(json_object_get(row, "run")), "a");
        CU_ASSERT_EQUAL(json_integer_value(json_object_get(row, "step")), 469 * n);
        CU_ASSERT_EQUAL(json_is_null(json_object_get(row, "validation_loss")), n == 2);
        CU_ASSERT(fabs(json_number_value(json_object_get(row, "images_per_s")) - 1234.56789) <
                  1e-5);
        json_decref(row);
    }
    CU_ASSERT_EQUAL(n, 20);
    free(text);
}

static void test_resume(void)
{
    static const char *const names[] = { "metrics.csv", "metrics.jsonl", "curve.svg" };
    run("straight", 0, 1, 6);
    run("resumed", 0, 1, 5); /* with the last checkpoint at epoch 3, epochs 4 and 5 run again */
    run("resumed", 3, 4, 6);
    for (int i = 0; i < 3; i++) {
        char *a = read_text("straight", names[i]), *b = read_text("resumed", names[i]);
        CU_ASSERT_STRING_EQUAL(a, b);
        free(a);
        free(b);
    }
    run("resumed", 0, 1, 1); /* a new run */
    char *text = read_text("resumed", "metrics.jsonl");
    CU_ASSERT_PTR_EQUAL(strchr(text, '\n'), text + strlen(text) - 1);
    free(text);
}

/* The row of the next epoch is kept if the checkpoint is from the end of that epoch, and dropped if
 * it is from within it. */
static void test_row_of_step(void)
{
    rn_report *report = NULL;
    int64_t count = 0;
    run("step", 0, 1, 3);
    CU_ASSERT_EQUAL_FATAL(open_report("step", 2, 3 * 469, &report), RN_OK);
    rn_report_rows(report, &count);
    CU_ASSERT_EQUAL(count, 3);
    rn_report_close(report);
    CU_ASSERT_EQUAL_FATAL(open_report("step", 2, 3 * 469 - 1, &report), RN_OK);
    rn_report_rows(report, &count);
    CU_ASSERT_EQUAL(count, 2);
    rn_report_close(report);
}

static void write_text(const char *path, const char *text)
{
    rn_file *file = NULL;
    CU_ASSERT_EQUAL_FATAL(rn_file_create(path, &file), RN_OK);
    fputs(text, rn_file_stream(file));
    CU_ASSERT_EQUAL_FATAL(rn_file_commit(file), RN_OK);
}

/* Rows of different runs are not mixed. */
static void test_other_run(void)
{
    char path[CHECK_PATH_MAX];
    rn_report *report = NULL;
    run("other", 0, 1, 2);
    char *text = read_text("other", "metrics.jsonl"), *name = strstr(text, "\"run\": \"a\"");
    CU_ASSERT_PTR_NOT_NULL_FATAL(name);
    name[8] = 'b';
    write_text(check_scratch(path, "other/metrics.jsonl"), text);
    CU_ASSERT(check_failed(open_report("other", 2, 0, &report), RN_E_DATA,
                           "metrics.jsonl:1: a row of run b, but the checkpoint is of run a"));
    free(text);
}

static void test_bad_rows(void)
{
    static const char *const bad[] = { "{\"epoch\": 1}\n",  "\n",  "epoch,step\n", "[]",
                                       "{\"epoch\": \"1\"", "\xff" };
    char path[CHECK_PATH_MAX];
    rn_report *report = NULL;
    run("bad", 0, 1, 1);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        write_text(check_scratch(path, "bad/metrics.jsonl"), bad[i]);
        CU_ASSERT(check_failed(open_report("bad", 1, 0, &report), RN_E_DATA,
                               "metrics.jsonl:1: not a row"));
        CU_ASSERT_PTR_NULL(report);
    }
    write_text(check_scratch(path, "file"), "");
    CU_ASSERT(check_failed(open_report("file", 0, 0, &report), RN_E_IO, "is not a folder"));
}

/* Files of an earlier version do not have all columns: what they lack is unknown, in the files that
 * are then written, too. */
static void test_earlier_rows(void)
{
    static const char earlier[] =
        "{\"epoch\": 1, \"step\": 469, \"learning_rate\": 0.1, \"train_loss\": 0.5, "
        "\"train_accuracy\": 0.75, \"validation_loss\": 0.25, \"validation_accuracy\": 0.875, "
        "\"images_per_s\": 100, \"time_s\": 60, \"loader_wait_s\": 1, \"run\": \"a\"}\n";
    char path[CHECK_PATH_MAX];
    int64_t count = 0;
    rn_report *report = NULL;
    run("earlier", 0, 1, 1);
    write_text(check_scratch(path, "earlier/metrics.jsonl"), earlier);
    CU_ASSERT_EQUAL_FATAL(open_report("earlier", 1, 0, &report), RN_OK);
    const rn_epoch_metrics *rows = rn_report_rows(report, &count);
    CU_ASSERT_EQUAL_FATAL(count, 1);
    CU_ASSERT_EQUAL(rows[0].validation_accuracy, 0.875);
    for (const rn_metric *metric = rn_metrics; metric->name; metric++)
        CU_ASSERT_EQUAL(isnan(rn_metric_value(metric, &rows[0])), metric->is_later);
    CU_ASSERT_EQUAL(rn_report_write(report), RN_OK);
    rn_report_close(report);
    char *text = read_text("earlier", "metrics.csv");
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "1,469,0.1,0.5,0.75,0.25,0.875,100,60,1,nan,nan,"));
    free(text);
}

/* Writes rows of epochs 1, 2 and 3, the second with `value` in a column. */
static void write_rows(const char *column, const char *value)
{
    char text[2000] = "", path[CHECK_PATH_MAX];
    for (int row = 1; row <= 3; row++) {
        for (const rn_metric *m = rn_metrics; m->name; m++) {
            char usual[8];
            bool is_changed = row == 2 && strcmp(m->name, column) == 0;
            snprintf(usual, sizeof usual, m->is_integer ? "%d" : "0.%d", row);
            snprintf(text + strlen(text), sizeof text - strlen(text), "%s\"%s\": %s",
                     m == rn_metrics ? "{" : ", ", m->name, is_changed ? value : usual);
        }
        strcat(text, ", \"run\": \"a\"}\n");
    }
    write_text(check_scratch(path, "checked/metrics.jsonl"), text);
}

static void test_checked_rows(void)
{
    static const struct {
        const char *column, *value, *words; /* of the message; NULL if the row is valid */
    } cases[] = {
        { "epoch", "-9000000000000000000", "epoch: found -9e+18, expected 1 to 1e+06; remove" },
        { "epoch", "9000000000000000000", "epoch: found 9e+18, expected 1 to" },
        { "epoch", "0", "epoch: found 0, expected 1 to" },
        { "epoch", "1", "epoch: found 1 after 1, expected a later one; remove the file" },
        { "epoch", "2.0", "not a row" },
        { "epoch", "9223372036854775808", "not a row" },
        { "epoch", "null", "not a row" },
        { "step", "-1", "step: found -1, expected 0 to" },
        { "learning_rate", "1e7", "learning_rate: found 10000000, expected 0 to 1e+06" },
        { "train_loss", "-0.5", "train_loss: found -0.5, expected 0 to inf" },
        { "train_loss", "1e999", "not a row" },
        { "train_loss", "NaN", "not a row" },
        { "train_loss", "\"1\"", "not a row" },
        { "train_loss", "[1]", "not a row" },
        { "train_accuracy", "1.5", "train_accuracy: found 1.5, expected 0 to 1" },
        { "validation_accuracy", "-0.1", "validation_accuracy: found -0.1, expected" },
        { "time_s", "-5", "time_s: found -5, expected 0 to" },
        { "images_per_s", "-1e308", "images_per_s: found -1e+308, expected" },
        { "loader_wait_s", "-1", "loader_wait_s: found -1" },
        { "train_loss", "1.7e308", NULL },
        { "train_loss", "5e-324", NULL },
        { "validation_loss", "null", NULL },
        { "validation_accuracy", "1", NULL },
        { "epoch", "2", NULL },
    };
    run("checked", 0, 1, 1);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        rn_report *report = NULL;
        write_rows(cases[i].column, cases[i].value);
        rn_status status = open_report("checked", 3, 0, &report);
        if (cases[i].words) {
            char words[200];
            snprintf(words, sizeof words, "metrics.jsonl:2: %s", cases[i].words);
            CU_ASSERT(check_failed(status, RN_E_DATA, words));
        } else {
            CU_ASSERT_EQUAL(status, RN_OK);
        }
        rn_report_close(report);
    }
}

static int count_text(const char *text, const char *wanted)
{
    int n = 0;
    for (const char *at = strstr(text, wanted); at; at = strstr(at + 1, wanted))
        n++;
    return n;
}

static void test_curve(void)
{
    run("curve", 0, 1, 1);
    char *one = read_text("curve", "curve.svg");
    CU_ASSERT_EQUAL(count_text(one, "<circle"), 3); /* one epoch: a dot for each series */
    run("curve", 0, 1, 5);
    char *five = read_text("curve", "curve.svg");
    CU_ASSERT_PTR_NOT_NULL(strstr(five, "a &amp; b &lt;c&gt;"));
    CU_ASSERT_EQUAL(count_text(five, "<circle"),
                    1); /* the validation loss before the gap at epoch 2 */
    CU_ASSERT_EQUAL(count_text(five, "nan"), 0);
    CU_ASSERT_EQUAL(count_text(five, "train loss</text>"), 1);
    CU_ASSERT_PTR_NOT_NULL(strstr(five, "prefers-color-scheme: dark"));
    free(one);
    free(five);
}

static void test_progress_plain(void)
{
    rn_progress progress;
    char path[CHECK_PATH_MAX];
    FILE *out = fopen(check_scratch(path, "progress"), "w+");
    CU_ASSERT_PTR_NOT_NULL_FATAL(out);
    rn_progress_start(&progress, out, true, "epoch 1/2", 10);
    progress.drawn_s = -100;
    rn_progress_update(&progress, 1, 0.5, 100);
    rn_progress_finish(&progress);
    CU_ASSERT_EQUAL(ftell(out), 0);
    rn_progress_start(&progress, out, false, "epoch 1/2", 10);
    rn_progress_update(&progress, 1, 0.5, 100);
    CU_ASSERT_EQUAL(ftell(out), 0); /* the first plain line comes after ten seconds */
    progress.drawn_s -= 11;
    progress.start_s -= 11;
    rn_progress_update(&progress, 5, 0.51234567, 1234.5);
    rn_progress_update(&progress, 6, 0.5, 100);
    rn_progress_finish(&progress);
    fclose(out);
    uint8_t *data = NULL;
    uint64_t size = 0;
    CU_ASSERT_EQUAL_FATAL(rn_file_read(path, &data, &size), RN_OK);
    CU_ASSERT_STRING_EQUAL((char *)data,
                           "epoch 1/2, step 5/10:  loss 0.5123  1234 images/s  0:11 left\n");
    free(data);
}

static void test_progress_terminal(void)
{
    int master = posix_openpt(O_RDWR | O_NOCTTY);
    if (master < 0 || grantpt(master) || unlockpt(master)) {
        check_skip("no pseudo-terminal can be opened");
        return;
    }
    FILE *out = fopen(ptsname(master), "w");
    rn_progress progress;
    char found[4096] = "";
    CU_ASSERT_PTR_NOT_NULL_FATAL(out);
    setenv("TERM", "xterm", 1);
    rn_progress_start(&progress, out, false, "epoch 1/2", 100000);
    for (int step = 1; step <= 100000; step++)
        rn_progress_update(&progress, step / 2, NAN, 0);
    rn_progress_finish(&progress);
    fcntl(master, F_SETFL, O_NONBLOCK);
    ssize_t length = 0, got = 0;
    do {
        length += got;
        got = read(master, found + length, sizeof found - 1 - (size_t)length);
    } while (got > 0);
    CU_ASSERT(count_text(found, "\r") >= 2 && count_text(found, "\r") < 20);
    CU_ASSERT_EQUAL(count_text(found, "\n"), 0);
    CU_ASSERT_PTR_NOT_NULL(strstr(found, "epoch 1/2 [>"));
    for (char *line = strtok(found, "\r"); line; line = strtok(NULL, "\r"))
        CU_ASSERT(strlen(line) <= 79 + 3);
    fclose(out);
    close(master);
}

int main(void)
{
    const CU_TestInfo tests[] = {
        { "metrics.csv", test_csv },
        { "metrics.jsonl", test_jsonl },
        { "a resumed run writes the same files", test_resume },
        { "the row of the unfinished epoch", test_row_of_step },
        { "lines that are not rows", test_bad_rows },
        { "rows of another run", test_other_run },
        { "rows of an earlier version", test_earlier_rows },
        { "rows with impossible values", test_checked_rows },
        { "the curve", test_curve },
        { "progress as plain lines, and none if quiet", test_progress_plain },
        { "progress on a terminal", test_progress_terminal },
        CU_TEST_INFO_NULL,
    };
    return check_run("report", tests);
}
