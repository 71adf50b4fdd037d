/* evaluation_calibration.c: the reliability diagram on the page of an evaluation. */
#include "report/evaluation_parts.h"

#define SIDE 300.0
#define LEFT 46.0
#define TOP 12.0
#define BOTTOM (TOP + SIDE)
#define COUNTS 56.0 /* height of the bars of how many images there are */
#define GAP 34.0
#define STEP (SIDE / RN_CALIBRATION_BINS)

const char rn_page_calibration_style[] =
    ".reliability { width: 100%; max-width: 26rem; height: auto; display: block }\n"
    ".reliability .grid { stroke: var(--line); fill: none }\n"
    ".reliability .ideal { stroke: var(--soft); stroke-dasharray: 4 4 }\n"
    ".reliability .share { fill: var(--accent); opacity: .8 }\n"
    ".reliability .said { stroke: var(--wrong); stroke-width: 2 }\n";

static double y_of(double share)
{
    return BOTTOM - SIDE * share;
}

static void draw_axes(FILE *out)
{
    for (int i = 0; i <= 5; i++) {
        double share = i / 5.0, x = LEFT + SIDE * share;
        fprintf(out,
                "<path class=\"grid\" d=\"M%.1f %.1fh%.1fM%.1f %.1fv%.1f\"/>"
                "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"end\">%.1f</text>"
                "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\">%.1f</text>\n",
                LEFT, y_of(share), SIDE, x, TOP, SIDE, LEFT - 6, y_of(share) + 4, share, x,
                BOTTOM + 17, share);
    }
    fprintf(out,
            "<text transform=\"translate(12 %.1f) rotate(-90)\" text-anchor=\"middle\">share that "
            "is right</text>\n"
            "<path class=\"ideal\" d=\"M%.1f %.1fL%.1f %.1f\"/>\n",
            TOP + SIDE / 2, LEFT, BOTTOM, LEFT + SIDE, TOP);
}

static void draw_bin(FILE *out, const rn_calibration_bin *bin, int i)
{
    double x = LEFT + STEP * i;
    if (!bin->images)
        return;
    fprintf(out,
            "<rect class=\"share\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\"/>"
            "<path class=\"said\" d=\"M%.1f %.1fh%.1f\"/>\n",
            x + 1, y_of(bin->accuracy), STEP - 2, SIDE * bin->accuracy, x + 1,
            y_of(bin->confidence), STEP - 2);
}

/* How many images there are of each confidence, below. */
static void draw_counts(FILE *out, const rn_calibration *calibration)
{
    double most = 1, bottom = BOTTOM + GAP + COUNTS;
    for (int i = 0; i < RN_CALIBRATION_BINS; i++)
        if ((double)calibration->bin[i].images > most)
            most = (double)calibration->bin[i].images;
    for (int i = 0; i < RN_CALIBRATION_BINS; i++) {
        double height = COUNTS * (double)calibration->bin[i].images / most;
        fprintf(out,
                "<rect class=\"share\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\"/>\n",
                LEFT + STEP * i + 1, bottom - height, STEP - 2, height);
    }
    fprintf(out,
            "<path class=\"grid\" d=\"M%.1f %.1fh%.1f\"/>"
            "<text transform=\"translate(12 %.1f) rotate(-90)\" text-anchor=\"middle\">images"
            "</text><text x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\">confidence</text>\n",
            LEFT, bottom, SIDE, bottom - COUNTS / 2, LEFT + SIDE / 2, bottom + 17);
}

void rn_page_calibration(FILE *out, const rn_calibration *calibration)
{
    fprintf(out,
            "<h2>Is its confidence deserved?</h2>\n"
            "<p class=\"note\">Of the images for which the network gives its first class this "
            "probability (red), the bar is the share for which that class is right. On the dashed "
            "line the two agree; the mean distance is the calibration error, %.4f.</p>\n",
            calibration->error);
    fprintf(out,
            "<svg class=\"reliability\" viewBox=\"0 0 %.0f %.0f\" role=\"img\" "
            "aria-label=\"reliability diagram\">\n",
            LEFT + SIDE + 14, BOTTOM + GAP + COUNTS + 24);
    draw_axes(out);
    for (int i = 0; i < RN_CALIBRATION_BINS; i++)
        draw_bin(out, &calibration->bin[i], i);
    draw_counts(out, calibration);
    fputs("</svg>\n", out);
}
