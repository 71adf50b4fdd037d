/* test_leaderboard.c: reports of several machines side by side. With RESNET_REPORTS=FOLDER the files stay
 * there. */
#define _GNU_SOURCE /* open_memstream */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "compare/leaderboard.h"
#include "compare/made_comparison.h"
#include "io/file.h"
#include "support/check.h"

static const char *place(char path[CHECK_PATH_MAX], const char *name)
{
    const char *folder = getenv("RESNET_REPORTS");
    if (!folder)
        return check_scratch(path, name);
    snprintf(path, CHECK_PATH_MAX, "%s/%s", folder, name);
    return path;
}

/* Writes a comparison; with other weights, another input or batch if these are given. */
static void write_comparison(const char *path, const char *weights, const char *input,
                             int64_t batch)
{
    rn_comparison c = made_comparison();
    rn_file *file = NULL;
    free(c.weights_hash);
    free(c.input_hash);
    c.weights_hash = strdup(weights);
    c.input_hash = strdup(input);
    c.batch = batch;
    CU_ASSERT_EQUAL_FATAL(rn_file_create(path, &file), RN_OK);
    CU_ASSERT_EQUAL(rn_compare_json(rn_file_stream(file), &c), RN_OK);
    CU_ASSERT_EQUAL(rn_file_commit(file), RN_OK);
    rn_comparison_clear(&c);
}

#define BENCH                                                                                      \
    "{ \"kind\": \"bench\", \"schema\": 1, \"network\": \"made\", \"phase\": \"train\",\n"         \
    "  \"backend\": \"cudnn:0\", \"device\": \"A GPU\", \"library\": \"cuDNN 9.1\",\n"             \
    "  \"precision\": \"bf16\", \"batch\": 64, \"images_per_s\": 9000, \"median_ms\": 7.1,\n"      \
    "  \"gflop_per_s\": 5000, \"joules\": 1.28 }\n"

typedef struct board {
    char a[CHECK_PATH_MAX], b[CHECK_PATH_MAX], weights[CHECK_PATH_MAX], input[CHECK_PATH_MAX],
        bench[CHECK_PATH_MAX];
    rn_leaderboard board;
} board;

/* a and b are of one model; b has another batch, and so another input. */
static void make_board(board *t)
{
    write_comparison(place(t->a, "a.json"), "01", "02", 4);
    write_comparison(place(t->b, "b.json"), "01", "03", 8);
    write_comparison(place(t->weights, "weights.json"), "04", "02", 4);
    write_comparison(place(t->input, "input.json"), "01", "05", 4);
    CU_ASSERT_EQUAL_FATAL(rn_file_write_text(place(t->bench, "bench.json"), BENCH), RN_OK);
    const char *const paths[] = { t->a, t->b, t->weights, t->input, t->bench };
    CU_ASSERT_EQUAL_FATAL(rn_leaderboard_read(paths, 5, &t->board), RN_OK);
}

static void test_ranks(void)
{
    board t;
    make_board(&t);
    const rn_leader *rows = t.board.rows;
    CU_ASSERT_EQUAL_FATAL(t.board.n_rows, 13);
    CU_ASSERT_EQUAL(rn_leaderboard_end(&t.board, 0), 13);
    CU_ASSERT_STRING_EQUAL(rows[0].device, "cudnn:0");
    CU_ASSERT(fabs(rows[0].joules - 0.02) < 1e-12);
    CU_ASSERT_FALSE(rows[0].is_judged);
    CU_ASSERT_STRING_EQUAL(rows[1].device, "onednn:0");
    CU_ASSERT(rows[1].is_judged && rows[1].verdict == RN_VERDICT_ROUNDING);
    for (int i = 1; i < 7; i++)
        CU_ASSERT(rows[i].images_per_s <= rows[i - 1].images_per_s);
    for (int i = 0; i < 13; i++)
        CU_ASSERT_EQUAL(rows[i].apart != NULL, i >= 7);
    for (int i = 7; i < 13; i++)
        CU_ASSERT_STRING_EQUAL(rows[i].apart,
                               rows[i].file == t.input ? "another input" : "other weights");
    rn_leaderboard_clear(&t.board);
}

static char *printed(const rn_leaderboard *b, void (*print)(FILE *, const rn_leaderboard *))
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    CU_ASSERT_PTR_NOT_NULL_FATAL(out);
    print(out, b);
    fclose(out);
    return text;
}

static void test_print(void)
{
    board t;
    char path[CHECK_PATH_MAX];
    make_board(&t);
    char *text = printed(&t.board, rn_leaderboard_text);
    char *html = printed(&t.board, rn_leaderboard_html);
    CU_ASSERT_PTR_NOT_NULL(
        strstr(text, "  cudnn:0                  bf16          64     9000.0"));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "  not comparable: onednn:0 of "));
    for (const char *line = text; *line; line += strcspn(line, "\n") + 1)
        CU_ASSERT(strcspn(line, "\n") <= 100 || strncmp(line, "  not", 5) == 0);
    CU_ASSERT_PTR_NOT_NULL(strstr(html, "Not comparable with these"));
    CU_ASSERT_PTR_NOT_NULL(strstr(html, "conv=&lt;direct&gt; &amp; &quot;more&quot;"));
    CU_ASSERT_PTR_NULL(strstr(html, "<direct>"));
    CU_ASSERT_EQUAL(rn_file_write_text(place(path, "board.html"), html), RN_OK);
    free(text);
    free(html);
    rn_leaderboard_clear(&t.board);
}

static const struct {
    const char *text, *words;
} bad[] = {
    { "{", "bad.json:1: " },
    { "[]", "\"kind\" is neither compare nor bench" },
    { "{ \"kind\": \"bench\", \"schema\": 2 }", "\"schema\" is 2; this version reads 1" },
    { "{ \"kind\": \"compare\", \"schema\": \"1\" }", "this version reads 1" },
    { "{ \"kind\": \"compare\", \"schema\": 1 }", "\"cfg\" or \"phase\" is no text" },
    { "{ \"kind\": \"bench\", \"schema\": 1, \"network\": \"x\" }", "\"batch\" is missing" },
};

static void test_bad(void)
{
    rn_leaderboard b;
    char path[CHECK_PATH_MAX];
    const char *const paths[] = { place(path, "bad.json") };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        CU_ASSERT_EQUAL_FATAL(rn_file_write_text(path, bad[i].text), RN_OK);
        CU_ASSERT(check_failed(rn_leaderboard_read(paths, 1, &b), RN_E_DATA, bad[i].words));
        rn_leaderboard_clear(&b);
    }
    const char *const none[] = { "/nowhere.json" };
    CU_ASSERT(check_failed(rn_leaderboard_read(none, 1, &b), RN_E_IO, "/nowhere.json"));
    rn_leaderboard_clear(&b);
}

int main(void)
{
    static const CU_TestInfo tests[] = {
        { "ranks, and runs that are set apart", test_ranks },
        { "text and page", test_print },
        { "files that are no reports", test_bad },
        CU_TEST_INFO_NULL,
    };
    return check_run("leaderboards", tests);
}
