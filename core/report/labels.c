/* labels.c: prints predictions, with the image drawn beside them. */
#include "report/labels.h"

#include <string.h>

#include "base/json.h"
#include "base/status.h"
#include "base/text.h"

#define TOP 3
#define MAX_DRAWN_WIDTH 64 /* pixels; wider images do not fit into a terminal */

static const char *class_name(const rn_labelled *image, int64_t k)
{
    return k < image->dataset->n_classes ? image->dataset->class_names[k] : "?";
}

bool rn_labels_draws(const rn_dataset *dataset)
{
    return dataset->channels == 1 && dataset->width > 0 && dataset->width <= MAX_DRAWN_WIDTH;
}

/* The most likely classes, best first; -1 if there are fewer than TOP. */
static void find_top(const float *row, int64_t n_classes, int64_t top[TOP])
{
    for (int t = 0; t < TOP; t++) {
        int64_t best = -1;
        for (int64_t k = 0; k < n_classes; k++) {
            bool taken = false;
            for (int s = 0; s < t; s++)
                taken = taken || top[s] == k;
            if (!taken && (best < 0 || row[k] > row[best]))
                best = k;
        }
        top[t] = best;
    }
}

/* A file's name; stored pixels have none. */
static void set_file(json_t *object, const rn_labelled *image)
{
    char name[4096];
    if (image->dataset->channels)
        return;
    rn_dataset_describe(image->dataset, image->index, name, sizeof name);
    rn_json_set(object, "file", rn_json_text(name));
}

static rn_status print_json(FILE *stream, const rn_labelled *image, const int64_t top[TOP])
{
    json_t *best = json_array();
    for (int t = 0; t < TOP && top[t] >= 0; t++)
        json_array_append_new(best, json_pack("{s:o, s:f}", "class",
                                              rn_json_text(class_name(image, top[t])),
                                              "probability", (double)image->probabilities[top[t]]));
    json_t *object = json_pack("{s:I, s:o, s:o}", "image", (json_int_t)image->index, "truth",
                               rn_json_text(class_name(image, image->truth)), "top", best);
    if (!object)
        return rn_fail(RN_E_NOMEM, "no memory for the predictions");
    set_file(object, image);
    json_dumpf(object, stream, JSON_COMPACT);
    fputc('\n', stream);
    json_decref(object);
    return RN_OK;
}

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

static void print_name(FILE *stream, const rn_labelled *image)
{
    char name[4096];
    rn_print(stream, "  image %lld", (long long)image->index);
    if (image->dataset->channels)
        return;
    rn_dataset_describe(image->dataset, image->index, name, sizeof name);
    rn_print(stream, " (%s)", name);
}

static void print_text(FILE *stream, const rn_labelled *image, const int64_t top[TOP])
{
    const rn_picture *picture = image->picture;
    int64_t n_lines = picture ? (picture->full.height + 1) / 2 : 0;
    for (int64_t line = 0; line < n_lines || line < TOP + 2; line++) {
        if (line < n_lines)
            draw_line(stream, picture, 2 * line);
        else if (picture)
            rn_print(stream, "%*s", (int)picture->full.width, "");
        if (line == 0) {
            print_name(stream, image);
            rn_print(stream, ": %s%s", class_name(image, image->truth),
                     top[0] == image->truth ? "" : "   <- wrong");
        } else if (line <= TOP && top[line - 1] >= 0) {
            rn_print(stream, "    %5.1f%%  %s", 100.0 * (double)image->probabilities[top[line - 1]],
                     class_name(image, top[line - 1]));
        }
        fputc('\n', stream);
    }
}

rn_status rn_labels_print(FILE *stream, const rn_labelled *image, bool json)
{
    int64_t top[TOP];
    find_top(image->probabilities, image->n_classes, top);
    if (json)
        return print_json(stream, image, top);
    print_text(stream, image, top);
    return RN_OK;
}
