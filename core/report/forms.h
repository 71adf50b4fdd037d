/* forms.h: reports in files, whose suffixes choose their forms. */
#ifndef RN_CORE_REPORT_FORMS_H
#define RN_CORE_REPORT_FORMS_H

#include <resnet/status.h>
#include <stdio.h>

/* A table of forms ends with suffix NULL. */
typedef struct rn_form_of_report {
    const char *suffix; /* ".html" */
    rn_status (*print)(FILE *out, const void *subject);
} rn_form_of_report;

/* RN_E_USAGE: a file of "A.html,B.json" has a suffix of no form, or is named twice. RN_E_IO: it
 * could not be written. NULL is no file. */
rn_status rn_forms_check(const rn_form_of_report *forms, const char *files);

/* Writes the subject to each file of the list, atomically. */
rn_status rn_forms_write(const rn_form_of_report *forms, const char *files, const void *subject);

#endif
