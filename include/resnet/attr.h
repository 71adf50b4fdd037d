/* attr.h: tables of typed attributes. One row drives validation of the cfg, the listing of
 * `resnet-plugin info`, and the manual. */
#ifndef RESNET_ATTR_H
#define RESNET_ATTR_H

#include <stdint.h>

enum {
    RN_ATTR_INT = 1,    /* 64-bit integer */
    RN_ATTR_FLOAT = 2,  /* double; the cfg may write an integer, never the reverse */
    RN_ATTR_BOOL = 3,
    RN_ATTR_CHOICE = 4, /* one of the words in `choices` */
    RN_ATTR_STRING = 5,
    RN_ATTR_PAIR = 6    /* two integers, height then width: `3` means 3 and 3, or `[3, 5]` */
};

/* One attribute. Arrays of rows step by the first row's `size`, so rows may grow. Strings are
 * static: they live as long as the plugin. */
typedef struct rn_attr {
    uint32_t size;
    int32_t type;
    const char *name;
    const char *default_text; /* as a cfg would write it, without quotes; NULL: must be given */
    double min, max;          /* inclusive; both 0: any value. RN_ATTR_PAIR: of each number */
    const char *unit;         /* "pixels", "channels", "share of 1"; "" where there is none */
    const char *choices;      /* RN_ATTR_CHOICE: "A|B|C"; else NULL */
    const char *help;         /* one line */
} rn_attr;

/* A row. `kind` is the type without its prefix:
 * RN_ATTR_ROW(INT, "groups", "1", 1, 4096, "", NULL, "…"). */
#define RN_ATTR_ROW(kind, name, default_text, min, max, unit, choices, help) \
    { sizeof(rn_attr), RN_ATTR_##kind, name, default_text, min, max, unit, choices, help }

/* Checked values of a table's attributes, every default filled in. Owned by the core; valid during
 * the call that hands it over. Read with the rn_attr_… functions of graph.h. */
typedef struct rn_attrs rn_attrs;

/* An attribute value that one block gives to another (graph.h, rn_block_call). */
typedef struct rn_setting {
    const char *name;
    int32_t type;
    int32_t reserved; /* 0 */
    int64_t int_value[2];
    double float_value;
    const char *text_value;
} rn_setting;

static inline rn_setting rn_set_int(const char *name, int64_t value)
{
    return (rn_setting){ .name = name, .type = RN_ATTR_INT, .int_value = { value, value } };
}

static inline rn_setting rn_set_bool(const char *name, int32_t value)
{
    return (rn_setting){ .name = name, .type = RN_ATTR_BOOL, .int_value = { value, value } };
}

static inline rn_setting rn_set_float(const char *name, double value)
{
    return (rn_setting){ .name = name, .type = RN_ATTR_FLOAT, .float_value = value };
}

static inline rn_setting rn_set_text(const char *name, const char *value)
{
    return (rn_setting){ .name = name, .type = RN_ATTR_STRING, .text_value = value };
}

#endif
