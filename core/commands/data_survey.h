/* data_survey.h: what the samples of a data set are: counted, measured, and checked by decoding
 * each. */
#ifndef RN_CORE_COMMANDS_DATA_SURVEY_H
#define RN_CORE_COMMANDS_DATA_SURVEY_H

#include <pthread.h>

#include "data/each.h"
#include "report/progress.h"

#define RN_SURVEY_CHANNELS 4 /* of which mean and std are taken */

typedef struct rn_broken {
    int64_t index;
    char *why; /* owned */
} rn_broken;

typedef struct rn_survey {
    int64_t n_samples;                     /* looked at */
    int64_t *by_class;                     /* n_classes; of those that can be read */
    int64_t by_format[RN_FORMAT_WEBP + 1]; /* rn_picture_format; 0: stored pixels */
    rn_size smallest, largest;             /* sides, each on its own */
    int64_t n_pixels;
    int64_t channels;
    double mean[RN_SURVEY_CHANNELS], std[RN_SURVEY_CHANNELS]; /* of pixels from 0 to 1 */
    rn_broken *broken;                                        /* in the data set's order */
    int64_t n_broken;

    /* Private to the survey while it runs. */
    const rn_source *source;
    rn_progress progress;
    pthread_mutex_t lock;
    int64_t broken_capacity;
    uint64_t sums[RN_SURVEY_CHANNELS], squares[RN_SURVEY_CHANNELS]; /* of bytes: exact */
    double sums_f32[RN_SURVEY_CHANNELS], squares_f32[RN_SURVEY_CHANNELS];
} rn_survey;

/* Looks at the first `count` samples on several threads. The caller clears the survey, also on
 * failure. */
rn_status rn_survey_take(const rn_source *source, int64_t count, bool quiet, rn_survey *survey);
void rn_survey_clear(rn_survey *survey);

#endif
