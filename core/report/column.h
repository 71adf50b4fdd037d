/* column.h: numbers of tables in text. */
#ifndef RN_CORE_REPORT_COLUMN_H
#define RN_CORE_REPORT_COLUMN_H

#include <stdio.h>

/* Prints a number at the right of `width` columns, by a format of one double; "-" for what is not finite. */
void rn_column_number(FILE *out, int width, const char *format, double number);

#endif
