/* config_keys.h: the table of keys. */
#ifndef RN_CORE_CONFIG_CONFIG_KEYS_H
#define RN_CORE_CONFIG_CONFIG_KEYS_H

#include <resnet/attr.h>
#include <stddef.h>

#include "config/config.h"

/* A row of an attribute table, and the field that holds its value. Rows step by attr.size. */
typedef struct rn_config_key {
    rn_attr attr;
    size_t offset;        /* of the field in rn_config */
    const rn_word *words; /* of a choice, whose field is an int32_t; else NULL */
    size_t count_offset;  /* arrays: of the number of values in rn_config */
    int32_t capacity;     /* arrays: the most values, of 8 bytes each */
} rn_config_key;

typedef struct rn_config_section {
    const char *path; /* "network.input"; "" at the top */
    const rn_config_key *keys;
    uint32_t n_keys;
    const rn_config_key *arrays; /* keys that hold a number or an array of numbers */
    uint32_t n_arrays;
    const char *others[12]; /* keys that are not in `keys`: arrays and groups; ends with NULL */
} rn_config_section;

/* Ends with keys NULL. */
extern const rn_config_section rn_config_sections[];

/* The row of a key given by its path, "run.output"; NULL if it is no key with a single value. */
const rn_config_key *rn_config_find_key(const char *path);

#endif
