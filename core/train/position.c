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
    int64_t *whole;   /* either this */
    double *real;     /* or this */
    const char *part; /* not every file has it: only those that have this key; NULL: all do */
    bool unused;      /* the run has no use for it, and a file need not have it */
} field;

enum { N_FIELDS = RN_POSITION_FIELDS - 1 }; /* the last one is that of the births */
#define BIRTHS "births"

/* More steps than any run takes; the sum of two positions still fits in 63 bits. */
#define MOST_STEPS (INT64_C(1) << 61)

static void list_fields(rn_position *p, field fields[N_FIELDS])
{
    const bool no_scale = p->loss_scale.scale <= 0,
               no_plateau = p->plateau.n_epochs == 0 && p->plateau.n_reductions == 0;
    const bool no_best = p->best.epoch == 0, no_norm = p->n_norms == 0;
    const field list[N_FIELDS] = {
        { "epoch", &p->epoch, NULL, NULL, false },
        { "batch", &p->batch, NULL, NULL, false },
        { "step", &p->step, NULL, NULL, false },
        { "updates", &p->n_updates, NULL, "updates", false },
        { "loss_sum", NULL, &p->loss_sum, NULL, false },
        { "n_correct", &p->n_correct, NULL, NULL, false },
        { "n_top5", &p->n_top5, NULL, "n_top5", false },
        { "n_images", &p->n_images, NULL, NULL, false },
        { "n_skipped", &p->n_skipped, NULL, "n_skipped", false },
        { "parts", &p->n_parts, NULL, "parts", p->n_parts <= 1 },
        { "norm_sum", NULL, &p->norm_sum, "n_norms", no_norm },
        { "n_norms", &p->n_norms, NULL, "n_norms", no_norm },
        { "time_s", NULL, &p->time_s, NULL, false },
        { "epoch_time_s", NULL, &p->epoch_time_s, NULL, false },
        { "loader_time_s", NULL, &p->loader_time_s, NULL, false },
        { "best_epoch", &p->best.epoch, NULL, "best_epoch", no_best },
        { "best_value", NULL, &p->best.value, "best_epoch", no_best },
        { "better_epoch", &p->best.better_epoch, NULL, "best_epoch", no_best },
        { "better_value", NULL, &p->best.better_value, "best_epoch", no_best },
        { "loss_scale", NULL, &p->loss_scale.scale, "loss_scale", no_scale },
        { "good_steps", &p->loss_scale.n_good, NULL, "loss_scale", no_scale },
        { "plateau_epochs", &p->plateau.n_epochs, NULL, "plateau_epochs", no_plateau },
        { "plateau_best", NULL, &p->plateau.best, "plateau_epochs", no_plateau },
        { "plateau_bad", &p->plateau.n_bad, NULL, "plateau_epochs", no_plateau },
        { "plateau_cooldown", &p->plateau.n_cooldown, NULL, "plateau_epochs", no_plateau },
        { "plateau_reductions", &p->plateau.n_reductions, NULL, "plateau_epochs", no_plateau },
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

void rn_position_restart_updates(rn_position *p)
{
    p->n_updates = 0;
    memset(p->births, 0, sizeof p->births);
}

static void write_births(const rn_position *p, rn_position_text *text)
{
    size_t used = 0, size = sizeof text->births;
    for (int32_t i = 0; i < p->n_births; i++)
        used += (size_t)snprintf(text->births + used, size - used, "%s%lld", i ? " " : "",
                                 (long long)p->births[i]);
}

int rn_position_write(const rn_position *position, rn_position_text *text)
{
    rn_position copy = *position;
    field fields[N_FIELDS];
    int n = 0;
    list_fields(&copy, fields);
    for (int i = 0; i < N_FIELDS; i++) {
        if (fields[i].unused)
            continue;
        text->keys[n] = fields[i].key;
        if (fields[i].whole)
            snprintf(text->values[n], sizeof text->values[n], "%lld", (long long)*fields[i].whole);
        else
            snprintf(text->values[n], sizeof text->values[n], "%.17g", *fields[i].real);
        text->texts[n] = text->values[n];
        n++;
    }
    if (!position->n_births)
        return n;
    write_births(position, text);
    text->keys[n] = BIRTHS;
    text->texts[n] = text->births;
    return n + 1;
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

/* A file of an earlier version has none: what had grown then counts from the start of the run. */
static rn_status read_births(const rn_safetensors *file, const char *path, rn_position *read)
{
    const char *text = rn_safetensors_metadata(file, BIRTHS), *rest = text;
    int64_t last = 0;
    while (rest && *rest) {
        char *end;
        errno = 0;
        int64_t n = strtoll(rest, &end, 10);
        bool is_number = end > rest && (*end == 0 || *end == ' ') && !errno;
        if (!is_number || n < last || n > read->n_updates || read->n_births == RN_MAX_GROWTHS)
            return rn_fail(RN_E_DATA,
                           "%s: not a checkpoint: \"" BIRTHS "\" is \"%s\", expected at most %d "
                           "numbers of updates, in order and none above %lld",
                           path, text, RN_MAX_GROWTHS, (long long)read->n_updates);
        read->births[read->n_births++] = last = n;
        rest = end + (*end == ' ');
    }
    return RN_OK;
}

rn_status rn_position_read(const rn_safetensors *file, const char *path, rn_position *read)
{
    field fields[N_FIELDS];
    bool has_scale = rn_safetensors_metadata(file, "loss_scale") != NULL;
    list_fields(read, fields);
    read->n_updates = -1;
    for (int i = 0; i < N_FIELDS; i++) {
        if (fields[i].part && !rn_safetensors_metadata(file, fields[i].part))
            continue;
        rn_status status = read_number(file, path, fields[i].key, fields[i].real, fields[i].whole);
        if (status)
            return status;
    }
    if (read->n_updates < 0)
        read->n_updates = read->step;
    if (has_scale && !rn_loss_scale_is_valid(&read->loss_scale))
        return rn_fail(RN_E_DATA,
                       "%s: not a checkpoint: no run has a loss_scale of %g after "
                       "%lld good_steps",
                       path, read->loss_scale.scale, (long long)read->loss_scale.n_good);
    return read_births(file, path, read);
}
