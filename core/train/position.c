/* position.c: the position of a run as metadata of its checkpoint. */
#include "train/position.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "base/status.h"

/* One number of the position in the file's metadata: exact, as text. */
typedef struct field {
    const char *key;
    int64_t *whole; /* either this */
    double *real;   /* or this */
} field;

/* The last N_SCALE_FIELDS exist only if the run scales its loss. */
enum { N_FIELDS = RN_POSITION_FIELDS, N_SCALE_FIELDS = 2 };

/* More steps than any run takes; the sum of two positions still fits in 63 bits. */
#define MOST_STEPS (INT64_C(1) << 61)

static void list_fields(rn_position *p, field fields[N_FIELDS])
{
    const field list[N_FIELDS] = {
        { "epoch", &p->epoch, NULL },
        { "batch", &p->batch, NULL },
        { "step", &p->step, NULL },
        { "loss_sum", NULL, &p->loss_sum },
        { "n_correct", &p->n_correct, NULL },
        { "n_images", &p->n_images, NULL },
        { "n_skipped", &p->n_skipped, NULL },
        { "time_s", NULL, &p->time_s },
        { "epoch_time_s", NULL, &p->epoch_time_s },
        { "loader_time_s", NULL, &p->loader_time_s },
        { "loss_scale", NULL, &p->loss_scale.scale },
        { "good_steps", &p->loss_scale.n_good, NULL },
    };
    memcpy(fields, list, sizeof list);
}

rn_status rn_position_start(rn_position *position)
{
    uint32_t random;
    char now[20];
    time_t seconds = time(NULL);
    struct tm utc;
    if (getrandom(&random, sizeof random, 0) != sizeof random)
        return rn_fail(RN_E_IO, "no random numbers to name the run: %s", strerror(errno));
    *position = (rn_position){ 0 };
    strftime(now, sizeof now, "%Y%m%dT%H%M%S", gmtime_r(&seconds, &utc));
    snprintf(position->run, sizeof position->run, "%s-%08x", now, random);
    return RN_OK;
}

int rn_position_write(const rn_position *position, rn_position_text *text)
{
    rn_position copy = *position;
    field fields[N_FIELDS];
    int n_fields = position->loss_scale.scale > 0 ? N_FIELDS : N_FIELDS - N_SCALE_FIELDS;
    list_fields(&copy, fields);
    for (int i = 0; i < n_fields; i++) {
        text->keys[i] = fields[i].key;
        if (fields[i].whole)
            snprintf(text->values[i], sizeof text->values[i], "%lld", (long long)*fields[i].whole);
        else
            snprintf(text->values[i], sizeof text->values[i], "%.17g", *fields[i].real);
    }
    return n_fields;
}

/* A number of the metadata. */
static rn_status read_number(const rn_safetensors *file, const char *path, const char *key,
                             double *real, int64_t *whole)
{
    const char *text = rn_safetensors_metadata(file, key);
    char *end = NULL;
    bool right = text != NULL;
    errno = 0;
    if (right && whole) {
        *whole = strtoll(text, &end, 10);
        right = *whole >= 0 && *whole <= MOST_STEPS;
    } else if (right) {
        *real = strtod(text, &end);
        right = isfinite(*real) && *real >= 0;
    }
    if (!right || end == text || *end || errno)
        return rn_fail(RN_E_DATA, "%s: not a checkpoint: \"%s\" is %s, expected a number", path,
                       key, text ? text : "missing");
    return RN_OK;
}

rn_status rn_position_read(const rn_safetensors *file, const char *path, rn_position *read)
{
    field fields[N_FIELDS];
    bool has_scale = rn_safetensors_metadata(file, "loss_scale") != NULL;
    int n_fields = has_scale ? N_FIELDS : N_FIELDS - N_SCALE_FIELDS;
    list_fields(read, fields);
    for (int i = 0; i < n_fields; i++) {
        bool may_lack = fields[i].whole == &read->n_skipped; /* in files of an earlier version */
        if (may_lack && !rn_safetensors_metadata(file, fields[i].key))
            continue;
        rn_status status = read_number(file, path, fields[i].key, fields[i].real, fields[i].whole);
        if (status)
            return status;
    }
    if (has_scale && !rn_loss_scale_is_valid(&read->loss_scale))
        return rn_fail(RN_E_DATA,
                       "%s: not a checkpoint: no run has a loss_scale of %g after "
                       "%lld good_steps",
                       path, read->loss_scale.scale, (long long)read->loss_scale.n_good);
    return RN_OK;
}
