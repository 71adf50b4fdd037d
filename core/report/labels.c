/* labels.c: prints predictions, with the picture drawn beside them where it is small. */
#include "report/labels.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/status.h"
#include "base/text.h"
#include "io/file.h"

#define MAX_DRAWN_WIDTH 64 /* pixels; wider images do not fit into a terminal */
#define MAX_NAME_WIDTH 64  /* columns; longer names push their line to the right */

bool rn_labels_draws(const rn_dataset *dataset)
{
    return dataset->channels == 1 && dataset->width > 0 && dataset->width <= MAX_DRAWN_WIDTH;
}

/* ---- What is printed of a picture ---- */

/* The name of a class, or its number, for which `number` has room. */
static const char *class_name(const rn_labels *labels, int64_t k, char number[24])
{
    if (k < labels->dataset->n_classes)
        return labels->dataset->class_names[k];
    snprintf(number, 24, "%" PRId64, k);
    return number;
}

/* Sets labels->top to the most likely classes, best first; of equals, the first. */
static void find_top(const rn_labels *labels, const float *row)
{
    int64_t *top = labels->top, n = 0;
    for (int64_t k = 0; k < labels->n_classes; k++) {
        if (n == labels->n_top && row[k] <= row[top[n - 1]])
            continue;
        int64_t place = n < labels->n_top ? n++ : n - 1;
        for (; place > 0 && row[k] > row[top[place - 1]]; place--)
            top[place] = top[place - 1];
        top[place] = k;
    }
}

/* The name of its file, or "image 3". */
static const char *name_of(const rn_labelled *image, char text[32])
{
    snprintf(text, 32, "image %" PRId64, image->index);
    return image->file ? image->file : text;
}

/* ---- JSON ---- */

static json_t *top_of(const rn_labels *labels, const float *row)
{
    char number[24];
    json_t *best = json_array();
    for (int64_t t = 0; t < labels->n_top; t++) {
        int64_t k = labels->top[t];
        json_array_append_new(best, json_pack("{s:o, s:I, s:f}", "class",
                                              rn_json_text(class_name(labels, k, number)), "index",
                                              (json_int_t)k, "probability", (double)row[k]));
    }
    return best;
}

static json_t *features_of(const rn_labelled *image)
{
    json_t *features = json_array();
    for (int64_t i = 0; i < image->n_features; i++)
        json_array_append_new(features, json_real((double)image->values[i]));
    return features;
}

static rn_status print_json(const rn_labels *labels, const rn_labelled *image)
{
    char number[24];
    json_t *object = json_pack("{s:I}", "image", (json_int_t)image->index);
    if (!object)
        return rn_fail(RN_E_NOMEM, "no memory for the predictions");
    if (image->file)
        rn_json_set(object, "file", rn_json_text(image->file));
    if (labels->has_labels)
        rn_json_set(object, "truth", rn_json_text(class_name(labels, image->truth, number)));
    if (image->n_features)
        rn_json_set(object, "features", features_of(image));
    else
        rn_json_set(object, "top", top_of(labels, image->values));
    json_dumpf(object, labels->stream, JSON_COMPACT | JSON_REAL_PRECISION(9));
    fputc('\n', labels->stream);
    json_decref(object);
    return RN_OK;
}

/* ---- CSV ---- */

/* A field as RFC 4180 has it, escaped as in text.h. */
static void print_field(FILE *stream, const char *text)
{
    char shown[RN_PATH_SIZE];
    rn_text_show(shown, sizeof shown, text);
    if (!strpbrk(shown, ",\"")) {
        fputs(shown, stream);
        return;
    }
    fputc('"', stream);
    for (const char *c = shown; *c; c++)
        fprintf(stream, *c == '"' ? "\"\"" : "%c", *c);
    fputc('"', stream);
}

static void print_csv_header(const rn_labels *labels, int64_t n_features)
{
    fprintf(labels->stream, "image%s", labels->has_labels ? ",truth" : "");
    for (int64_t i = 0; i < n_features; i++)
        fprintf(labels->stream, ",%" PRId64, i);
    fputs(n_features ? "\n" : ",rank,index,class,probability\n", labels->stream);
}

/* The fields before those of a class or of the features. */
static void print_csv_image(const rn_labels *labels, const rn_labelled *image)
{
    char text[32], number[24];
    print_field(labels->stream, name_of(image, text));
    if (!labels->has_labels)
        return;
    fputc(',', labels->stream);
    print_field(labels->stream, class_name(labels, image->truth, number));
}

static void print_csv(const rn_labels *labels, const rn_labelled *image)
{
    FILE *stream = labels->stream;
    char number[24];
    if (image->n_features) {
        print_csv_image(labels, image);
        for (int64_t i = 0; i < image->n_features; i++)
            fprintf(stream, ",%.9g", (double)image->values[i]);
        fputc('\n', stream);
        return;
    }
    for (int64_t t = 0; t < labels->n_top; t++) {
        int64_t k = labels->top[t];
        print_csv_image(labels, image);
        fprintf(stream, ",%" PRId64 ",%" PRId64 ",", t + 1, k);
        print_field(stream, class_name(labels, k, number));
        fprintf(stream, ",%.9g\n", (double)image->values[k]);
    }
}

/* ---- A table ---- */

/* Draws pixel rows y and y + 1 as one line of characters, from dark to bright. */
static void draw_line(FILE *stream, const rn_picture *picture, int64_t y)
{
    static const char shades[] = " .:-=+*#%@";
    int64_t width = picture->full.width;
    int64_t below = y + 1 < picture->full.height ? y + 1 : y;
    for (int64_t x = 0; x < width; x++) {
        int level = (picture->bytes[y * width + x] + picture->bytes[below * width + x]) / 2;
        fputc(shades[level * 9 / 255], stream);
    }
}

/* Characters that a terminal shows, of valid UTF-8. */
static int columns(const char *text)
{
    int n = 0;
    for (; *text; text++)
        n += (*text & 0xc0) != 0x80;
    return n;
}

/* What stands to the left of line `line`: of the drawing, or the name of the file. */
static void print_left(const rn_labels *labels, const rn_labelled *image, int64_t line)
{
    const rn_picture *picture = image->picture;
    char shown[RN_PATH_SIZE] = "", text[32];
    if (picture && 2 * line < picture->full.height) {
        draw_line(labels->stream, picture, 2 * line);
    } else if (picture) {
        fprintf(labels->stream, "%*s", (int)picture->full.width, "");
    } else if (!labels->has_labels) {
        if (line == 0)
            rn_text_show(shown, sizeof shown, name_of(image, text));
        int room = labels->name_width - columns(shown);
        fprintf(labels->stream, "%s%*s", shown, room > 0 ? room : 0, "");
    }
}

static void print_title(const rn_labels *labels, const rn_labelled *image)
{
    char number[24];
    rn_print(labels->stream, "  image %" PRId64, image->index);
    if (image->file)
        rn_print(labels->stream, " (%s)", image->file);
    rn_print(labels->stream, ": %s%s", class_name(labels, image->truth, number),
             image->n_features || labels->top[0] == image->truth ? "" : "   <- wrong");
}

static void print_class(const rn_labels *labels, const rn_labelled *image, int64_t t)
{
    int64_t k = labels->top[t];
    char number[24];
    rn_print(labels->stream, "%s%5.1f%%  %s", labels->has_labels ? "    " : "  ",
             100.0 * (double)image->values[k], class_name(labels, k, number));
}

static void print_features(const rn_labels *labels, const rn_labelled *image)
{
    for (int64_t i = 0; i < image->n_features; i++)
        fprintf(labels->stream, " %.6g", (double)image->values[i]);
}

/* Pictures whose class is known get a line with it, and an empty one at the end. */
static void print_table(const rn_labels *labels, const rn_labelled *image)
{
    int64_t n_rows = image->n_features ? 1 : labels->n_top, first = labels->has_labels;
    int64_t n_lines = n_rows + 2 * first;
    int64_t n_drawn = image->picture ? (image->picture->full.height + 1) / 2 : 0;
    for (int64_t line = 0; line < n_lines || line < n_drawn; line++) {
        int64_t row = line - first;
        print_left(labels, image, line);
        if (row < 0)
            print_title(labels, image);
        else if (row < n_rows && image->n_features)
            print_features(labels, image);
        else if (row < n_rows)
            print_class(labels, image, row);
        fputc('\n', labels->stream);
    }
}

/* ---- All formats ---- */

static int find_name_width(const rn_dataset *dataset)
{
    char name[RN_PATH_SIZE], shown[RN_PATH_SIZE];
    int widest = 0;
    for (int64_t i = 0; i < dataset->count; i++) {
        rn_dataset_describe(dataset, i, name, sizeof name);
        rn_text_show(shown, sizeof shown, name);
        int width = columns(shown);
        if (width > widest && width <= MAX_NAME_WIDTH)
            widest = width;
    }
    return widest;
}

rn_status rn_labels_begin(rn_labels *labels, int64_t n_features)
{
    labels->top = calloc((size_t)labels->n_top, sizeof *labels->top);
    if (!labels->top)
        return rn_fail(RN_E_NOMEM, "no memory for the predictions");
    if (labels->format == RN_LABELS_TABLE && !labels->has_labels)
        labels->name_width = find_name_width(labels->dataset);
    if (labels->format == RN_LABELS_CSV)
        print_csv_header(labels, n_features);
    return RN_OK;
}

rn_status rn_labels_print(const rn_labels *labels, const rn_labelled *image)
{
    if (!image->n_features)
        find_top(labels, image->values);
    switch (labels->format) {
        case RN_LABELS_JSONL: return print_json(labels, image);
        case RN_LABELS_CSV: print_csv(labels, image); break;
        default: print_table(labels, image);
    }
    return RN_OK;
}

void rn_labels_end(rn_labels *labels)
{
    free(labels->top);
    labels->top = NULL;
}
