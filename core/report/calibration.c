/* calibration.c: confidence against accuracy, in bins. */
#include "report/calibration.h"

#include <inttypes.h>
#include <math.h>

#include "io/file.h"

static int bin_of(float confidence)
{
    int i = (int)ceil((double)confidence * RN_CALIBRATION_BINS) - 1;
    return i < 0 ? 0 : i < RN_CALIBRATION_BINS ? i : RN_CALIBRATION_BINS - 1;
}

rn_calibration rn_calibration_of(const rn_outcomes *outcomes)
{
    rn_calibration c = { .error = 0 };
    for (int64_t i = 0; i < outcomes->count; i++) {
        const rn_outcome *o = &outcomes->row[i];
        rn_calibration_bin *bin = &c.bin[bin_of(o->confidence)];
        bin->images++;
        bin->correct += o->truth == o->predicted;
        bin->confidence += (double)o->confidence;
    }
    for (int i = 0; i < RN_CALIBRATION_BINS; i++) {
        rn_calibration_bin *bin = &c.bin[i];
        if (!bin->images)
            continue;
        bin->confidence /= (double)bin->images;
        bin->accuracy = (double)bin->correct / (double)bin->images;
        c.error += fabs(bin->accuracy - bin->confidence) * (double)bin->images;
    }
    if (outcomes->count)
        c.error /= (double)outcomes->count;
    return c;
}

rn_status rn_calibration_write(const char *path, const rn_calibration *calibration)
{
    rn_file *file = NULL;
    rn_status status = rn_file_create(path, &file);
    if (status)
        return status;
    FILE *out = rn_file_stream(file);
    fputs("above,up_to,images,correct,confidence,accuracy\n", out);
    for (int i = 0; i < RN_CALIBRATION_BINS; i++) {
        const rn_calibration_bin *bin = &calibration->bin[i];
        fprintf(out, "%.6g,%.6g,%" PRId64 ",%" PRId64 ",", (double)i / RN_CALIBRATION_BINS,
                (double)(i + 1) / RN_CALIBRATION_BINS, bin->images, bin->correct);
        if (bin->images)
            fprintf(out, "%.9g,%.9g\n", bin->confidence, bin->accuracy);
        else
            fputs(",\n", out);
    }
    return rn_file_commit(file);
}
