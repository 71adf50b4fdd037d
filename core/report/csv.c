/* csv.c: fields of comma-separated values. */
#include "report/csv.h"

#include <math.h>

void rn_csv_text(FILE *out, const char *text)
{
    fputc('"', out);
    for (const char *c = text; *c; c++) {
        if (*c == '"')
            fputc('"', out);
        fputc(*c, out);
    }
    fputc('"', out);
}

void rn_csv_number(FILE *out, double value)
{
    if (!isnan(value))
        fprintf(out, "%.9g", value);
}
