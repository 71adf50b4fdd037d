/* mistakes.h: the most confident mistakes of an evaluation, with their pictures. */
#ifndef RN_CORE_REPORT_MISTAKES_H
#define RN_CORE_REPORT_MISTAKES_H

#include "data/source.h"
#include "report/outcomes.h"

#define RN_MISTAKES_SHOWN 24

typedef struct rn_mistake {
    rn_outcome outcome;
    uint8_t *png; /* the picture as the network gets it, encoded; NULL: it cannot be shown */
    uint64_t png_size;
} rn_mistake;

/* Zero-initialise. */
typedef struct rn_mistakes {
    rn_mistake item[RN_MISTAKES_SHOWN]; /* the most confident first */
    int64_t count, n_pictures;
    int64_t width; /* of a picture, in pixels */
} rn_mistakes;

/* Finds the mistakes, and reads their pictures again. Where there are pictures, writes them to a
 * contact sheet, in the same order; `sheet_path` NULL: does not. RN_E_NOMEM, RN_E_IO. */
rn_status rn_mistakes_find(rn_mistakes *mistakes, const rn_outcomes *outcomes,
                           const rn_source *source, const char *sheet_path);
void rn_mistakes_clear(rn_mistakes *mistakes);

#endif
