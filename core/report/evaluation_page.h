/* evaluation_page.h: an evaluation as one page that needs no other file. */
#ifndef RN_CORE_REPORT_EVALUATION_PAGE_H
#define RN_CORE_REPORT_EVALUATION_PAGE_H

#include "report/evaluation.h"
#include "report/html.h"

/* Writes the page, atomically. RN_E_IO. */
rn_status rn_evaluation_page(const char *path, const char *title, const rn_html_fact *about,
                             const rn_evaluation_results *results);

#endif
