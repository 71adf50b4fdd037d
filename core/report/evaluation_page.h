/* evaluation_page.h: an evaluation as one page that needs no other file. */
#ifndef RN_CORE_REPORT_EVALUATION_PAGE_H
#define RN_CORE_REPORT_EVALUATION_PAGE_H

#include "report/evaluation.h"

/* A line that says where the results come from; a list ends with a name that is NULL. */
typedef struct rn_page_fact {
    const char *name, *value; /* value NULL or "": unknown, and left out */
} rn_page_fact;

/* Writes the page, atomically. RN_E_IO. */
rn_status rn_evaluation_page(const char *path, const char *title, const rn_page_fact *about,
                             const rn_evaluation_results *results);

#endif
