/* study_page.h: the page of a study. */
#ifndef RN_CORE_COMMANDS_STUDY_PAGE_H
#define RN_CORE_COMMANDS_STUDY_PAGE_H

#include "commands/study_plan.h"

#define RN_STUDY_PAGE_FILE "study.html"

/* Writes study.html: table and curves, in one file that needs no other. */
rn_status rn_study_page(const rn_study *study);

#endif
