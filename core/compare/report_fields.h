/* report_fields.h: the fields of a comparison by name: what JSON and CSV write, and what is read back.
 * share/doc/comparing.md says what each means. */
#ifndef RN_CORE_COMPARE_REPORT_FIELDS_H
#define RN_CORE_COMPARE_REPORT_FIELDS_H

#include <stdio.h>

#include "compare/comparison.h"

typedef enum rn_field_type {
    RN_FIELD_NUMBER = 1, /* double; null: NaN */
    RN_FIELD_ERROR,      /* double that is never NaN; null: infinite */
    RN_FIELD_INTEGER,    /* int64_t */
    RN_FIELD_SMALL,      /* int32_t */
    RN_FIELD_TEXT        /* char *, owned; null: NULL */
} rn_field_type;

/* A table of fields ends with name NULL. */
typedef struct rn_field {
    const char *name;
    rn_field_type type;
    size_t offset;
} rn_field;

extern const rn_field rn_comparison_fields[]; /* of rn_comparison */
extern const rn_field rn_compare_side_fields[];
extern const rn_field rn_speed_fields[];
extern const rn_field rn_traced_fields[];
extern const rn_field rn_measures_fields[];

/* "chained", "isolated" */
extern const char *const rn_compare_mode_words[RN_N_COMPARE_MODES];
/* "forward", "gradient", "after", "mask" */
extern const char *const rn_traced_kind_words[];

/* Sets an object's keys from a struct. */
void rn_fields_json(json_t *to, const rn_field *fields, const void *from);

/* Sets a struct from an object's keys. RN_E_DATA names `where`, the key, and what was expected. */
rn_status rn_fields_read(const json_t *from, const rn_field *fields, const char *where, void *to);

/* The names, and the values of a struct, each after a comma. */
void rn_fields_csv_names(FILE *out, const rn_field *fields);
void rn_fields_csv(FILE *out, const rn_field *fields, const void *from);

#endif
