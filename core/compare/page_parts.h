/* page_parts.h: what the pages of comparisons and of leaderboards share (html.h). */
#ifndef RN_CORE_COMPARE_PAGE_PARTS_H
#define RN_CORE_COMPARE_PAGE_PARTS_H

#include <jansson.h>
#include <stdio.h>

#include "compare/verdict.h"

/* <style> elements, also of plot.h. */
void rn_parts_styles(FILE *out);

/* At the end of a page: a click on the heading of a <table class="sorts"> sorts it by that column, and above
 * one with more than a few rows stands what filters them: words, and the verdict of <tr data-verdict>.
 * Without scripts the table is as it was printed. */
void rn_parts_script(FILE *out);

/* The word of a verdict, in a colour of its own beside others. */
void rn_parts_verdict(FILE *out, rn_verdict verdict);

/* A cell with a number, which sorts as one; a dash for what is not finite. */
void rn_parts_number(FILE *out, const char *format, double value);

/* A cell with text of others, and one that is the heading of its row. */
void rn_parts_text(FILE *out, const char *text);
void rn_parts_heading(FILE *out, const char *text);

/* The headings of a table, between <table> and its rows; `numbers` of them from the end on are of numbers.
 * A list ends with NULL. */
void rn_parts_columns(FILE *out, const char *const *columns, int n_texts);

/* A bar of a list <div class="bars">: `label`, the bar, and the value as text. */
typedef struct rn_parts_bar {
    const char *label, *text;
    double value, largest;
    int colour; /* of plot.h */
} rn_parts_bar;
void rn_parts_bar_print(FILE *out, const rn_parts_bar *bar);

/* An object as a list of terms and values; those of objects in it are indented. */
void rn_parts_about(FILE *out, const json_t *about);

#endif
