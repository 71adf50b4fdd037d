/* csv.h: fields of a file of comma-separated values (RFC 4180). */
#ifndef RN_CORE_REPORT_CSV_H
#define RN_CORE_REPORT_CSV_H

#include <stdio.h>

/* Prints a text as a field: in quotes, which are doubled in it. */
void rn_csv_text(FILE *out, const char *text);

/* Prints a number as a field: nothing for NaN, "inf" or "-inf" for what is infinite. */
void rn_csv_number(FILE *out, double value);

#endif
