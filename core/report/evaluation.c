/* evaluation.c: the results of an evaluation, counted and printed. */
#include "report/evaluation.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/status.h"
#include "base/text.h"

#define SHOWN 5     /* classes */
#define MAX_NAME 32 /* columns */

/* ---- Counting ---- */

rn_status rn_evaluation_count(rn_evaluation_results *r, const rn_outcomes *outcomes)
{
    r->n_classes = outcomes->n_classes;
    r->top5 = rn_outcomes_top5(outcomes);
    r->calibration = rn_calibration_of(outcomes);
    rn_status status = rn_outcomes_score(outcomes, &r->score);
    if (!status)
        status = rn_outcomes_worst(outcomes, &r->worst, &r->n_worst);
    if (!status)
        status = rn_confusion_pairs(outcomes, &r->pair, &r->n_pairs);
    if (!status && r->n_classes <= RN_CONFUSION_MAX_CLASSES)
        status = rn_confusion_matrix(outcomes, &r->cells);
    return status;
}

void rn_evaluation_results_clear(rn_evaluation_results *r)
{
    free(r->score);
    free(r->worst);
    free(r->pair);
    free(r->cells);
    rn_mistakes_clear(&r->mistakes);
    for (int i = 0; i < r->n_files; i++)
        free(r->file[i]);
    *r = (rn_evaluation_results){ .n_files = 0 };
}

const rn_confusion *rn_evaluation_taken_for(const rn_evaluation_results *r, int64_t k)
{
    for (int64_t i = 0; i < r->n_pairs; i++)
        if (r->pair[i].truth == k)
            return &r->pair[i];
    return NULL;
}

/* ---- Text ---- */

/* Cut to MAX_NAME bytes at most, at the end of a character. */
static void short_name(char to[MAX_NAME + 1], const rn_dataset *dataset, int64_t k)
{
    char number[RN_CLASS_NUMBER];
    rn_text_show(to, MAX_NAME + 1, rn_dataset_class(dataset, k, number));
}

static void print_class(FILE *out, const rn_evaluation_results *r, const rn_class_score *score)
{
    char name[MAX_NAME + 1], other[MAX_NAME + 1], precision[16] = "-";
    const rn_confusion *pair = rn_evaluation_taken_for(r, score->index);
    short_name(name, r->dataset, score->index);
    if (score->predicted)
        snprintf(precision, sizeof precision, "%.4f", score->precision);
    rn_print(out, "  %-*s  %.4f  %9s  %6" PRId64, MAX_NAME, name, score->recall, precision,
             score->images);
    if (pair) {
        short_name(other, r->dataset, pair->predicted);
        rn_print(out, "  %s (%" PRId64 ")", other, pair->count);
    }
    fputc('\n', out);
}

static void print_worst(FILE *out, const rn_evaluation_results *r)
{
    int64_t n = 0;
    while (n < r->n_worst && n < SHOWN && r->worst[n].recall < 1)
        n++;
    if (n)
        rn_print(out, "\n%-*s  recall  precision  images  most often taken for\n", MAX_NAME + 2,
                 n < r->n_worst ? "worst classes" : "classes");
    for (int64_t i = 0; i < n; i++)
        print_class(out, r, &r->worst[i]);
}

static void print_figure(FILE *out, const char *name, double value)
{
    rn_print(out, "%-19s %.4f\n", name, value);
}

void rn_evaluation_print(FILE *out, const rn_evaluation_results *r, bool quiet)
{
    rn_print(out, "%-19s %" PRId64 "\n", "images", r->n_images);
    print_figure(out, "loss", r->loss);
    print_figure(out, "top-1", r->top1);
    if (rn_evaluation_has_top5(r))
        print_figure(out, "top-5", r->top5);
    print_figure(out, "calibration error", r->calibration.error);
    rn_print(out, "%-19s %.0f\n", "images/s", r->images_per_s);
    if (quiet)
        return;
    print_worst(out, r);
    if (r->n_files)
        fputs("\nwritten\n", out);
    for (int i = 0; i < r->n_files; i++)
        rn_print(out, "  %s\n", r->file[i]);
}

/* ---- JSON ---- */

static json_t *classes_json(const rn_evaluation_results *r)
{
    json_t *classes = json_array();
    for (int64_t k = 0; k < r->n_classes && classes; k++) {
        const rn_class_score *score = &r->score[k];
        char number[RN_CLASS_NUMBER];
        json_t *row = json_pack("{s:o, s:I, s:o, s:o}", "name",
                                rn_json_text(rn_dataset_class(r->dataset, k, number)), "images",
                                (json_int_t)score->images, "recall", rn_json_number(score->recall),
                                "precision", rn_json_number(score->precision));
        json_array_append_new(classes, row);
    }
    return classes;
}

static json_t *files_json(const rn_evaluation_results *r)
{
    json_t *files = json_array();
    for (int i = 0; i < r->n_files && files; i++)
        json_array_append_new(files, rn_json_text(r->file[i]));
    return files;
}

rn_status rn_evaluation_print_json(FILE *out, const rn_evaluation_results *r)
{
    json_t *object = json_pack("{s:I, s:f, s:f, s:f, s:f, s:f, s:o, s:o}", "images",
                               (json_int_t)r->n_images, "loss", r->loss, "top1", r->top1, "top5",
                               r->top5, "ece", r->calibration.error, "images_per_s",
                               r->images_per_s, "files", files_json(r), "classes", classes_json(r));
    if (!object)
        return rn_fail(RN_E_NOMEM, "no memory for the results");
    json_dumpf(object, out, JSON_INDENT(2) | JSON_PRESERVE_ORDER | JSON_REAL_PRECISION(9));
    fputc('\n', out);
    json_decref(object);
    return RN_OK;
}
