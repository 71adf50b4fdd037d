/* labels.c: prints predictions, with the image drawn beside them. */
#include "report/labels.h"

#include <string.h>

#include "base/json.h"
#include "base/status.h"
#include "base/text.h"

#define TOP 3
#define MAX_DRAWN_WIDTH 64 /* pixels; wider images do not fit into a terminal */

static const char *class_name(const rn_dataset *images, int64_t k)
{
    return k < images->n_classes ? images->class_names[k] : "?";
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

static rn_status print_json(FILE *stream, const rn_dataset *images, int64_t i, const float *row,
                            const int64_t top[TOP])
{
    json_t *best = json_array();
    for (int t = 0; t < TOP && top[t] >= 0; t++)
        json_array_append_new(best, json_pack("{s:o, s:f}", "class",
                                              rn_json_text(class_name(images, top[t])),
                                              "probability", (double)row[top[t]]));
    json_t *object = json_pack("{s:I, s:o, s:o}", "image", (json_int_t)i, "truth",
                               rn_json_text(class_name(images, images->labels[i])), "top", best);
    if (!object)
        return rn_fail(RN_E_NOMEM, "no memory for the predictions");
    json_dumpf(object, stream, JSON_COMPACT);
    fputc('\n', stream);
    json_decref(object);
    return RN_OK;
}

/* Draws pixel rows y and y + 1 as one line of characters, from dark to bright. */
static void draw_line(FILE *stream, const rn_dataset *images, const uint8_t *pixels, int64_t y)
{
    static const char shades[] = " .:-=+*#%@";
    for (int64_t x = 0; x < images->width; x++) {
        int64_t below = y + 1 < images->height ? y + 1 : y;
        int level = (pixels[y * images->width + x] + pixels[below * images->width + x]) / 2;
        fputc(shades[level * 9 / 255], stream);
    }
}

static void print_text(FILE *stream, const rn_dataset *images, int64_t i, const float *row,
                       const int64_t top[TOP])
{
    const uint8_t *pixels = images->images + i * images->channels * images->height * images->width;
    int64_t truth = images->labels[i], line = 0;
    bool is_drawn = images->channels == 1 && images->width <= MAX_DRAWN_WIDTH;
    int64_t n_lines = is_drawn ? (images->height + 1) / 2 : 0;
    for (line = 0; line < n_lines || line < TOP + 2; line++) {
        if (line < n_lines)
            draw_line(stream, images, pixels, 2 * line);
        else if (is_drawn)
            rn_print(stream, "%*s", (int)images->width, "");
        if (line == 0)
            rn_print(stream, "  image %lld: %s%s", (long long)i, class_name(images, truth),
                     top[0] == truth ? "" : "   <- wrong");
        else if (line >= 1 && line <= TOP && top[line - 1] >= 0)
            rn_print(stream, "    %5.1f%%  %s", 100.0 * (double)row[top[line - 1]],
                     class_name(images, top[line - 1]));
        fputc('\n', stream);
    }
}

rn_status rn_labels_print(FILE *stream, const rn_dataset *images, const float *probabilities,
                          int64_t n_classes, bool json)
{
    for (int64_t i = 0; i < images->count; i++) {
        const float *row = probabilities + i * n_classes;
        int64_t top[TOP];
        find_top(row, n_classes, top);
        if (!json) {
            print_text(stream, images, i, row, top);
            continue;
        }
        rn_status status = print_json(stream, images, i, row, top);
        if (status)
            return status;
    }
    return RN_OK;
}
