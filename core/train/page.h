/* page.h: training.html, the page of a run. */
#ifndef RN_CORE_TRAIN_PAGE_H
#define RN_CORE_TRAIN_PAGE_H

#include "report/outcomes.h"
#include "train/evaluate.h"
#include "train/trainer.h"

/* Writes the page, with the rows of the report and the last validation. RN_E_IO, RN_E_NOMEM. */
rn_status rn_page_write(rn_trainer *trainer, const rn_evaluation *validation,
                        const rn_outcomes *outcomes);

#endif
