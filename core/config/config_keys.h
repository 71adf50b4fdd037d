/* config_keys.h: the tables behind config.c. */
#ifndef RN_CORE_CONFIG_CONFIG_KEYS_H
#define RN_CORE_CONFIG_CONFIG_KEYS_H

#include <resnet/attr.h>
#include <stddef.h>

#include "config/config.h"

/* A row of an attribute table, and where its value goes. Rows step by attr.size. */
typedef struct rn_config_key {
    rn_attr attr;
    size_t offset;       /* in rn_config */
    size_t count_offset; /* arrays: of the number of values */
    int32_t capacity;    /* arrays: the most values, of 8 bytes each */
} rn_config_key;

typedef struct rn_config_section {
    const char *path; /* "network.input"; "" at the top */
    const rn_config_key *keys;
    uint32_t n_keys;
    const rn_config_key *arrays; /* keys that hold a number or an array of numbers */
    uint32_t n_arrays;
    const char *others[8]; /* known keys that are not in `keys`, the arrays' too; NULL-terminated */
} rn_config_section;

/* Ends with keys NULL. */
extern const rn_config_section rn_config_sections[];

/* Is the value of the key "run.output" a string or one of several words? */
bool rn_config_key_is_text(const char *path);

#endif
