/* training_page.h: a training run as one page that needs no other file: figures, charts, what the
 * last validation found, and the cfg. */
#ifndef RN_CORE_REPORT_TRAINING_PAGE_H
#define RN_CORE_REPORT_TRAINING_PAGE_H

#include "config/config.h"
#include "report/evaluation.h"
#include "report/html.h"
#include "report/metrics.h"

typedef struct rn_training_page {
    const rn_html_fact *facts; /* where the run comes from */
    const rn_epoch_metrics *rows;
    int64_t n_rows; /* at least 1 */
    const rn_config *config;
    const rn_evaluation_results *results; /* of the last row's network */
} rn_training_page;

/* Writes the page, atomically. RN_E_IO, RN_E_NOMEM. */
rn_status rn_training_page_write(const char *path, const rn_training_page *page);

#endif
