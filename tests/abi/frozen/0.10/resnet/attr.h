/* attr.h: tables of typed attributes. A row checks what a cfg gives, and `resnet-plugin info` lists
 * it. */
#ifndef RESNET_ATTR_H
#define RESNET_ATTR_H

#include <stddef.h>
#include <stdint.h>

/* What an attribute holds. 0 is invalid. */
enum rn_attr_type {
    RN_ATTR_INT = 1,    /* 64-bit integer */
    RN_ATTR_FLOAT = 2,  /* double; a cfg may write an integer, but not the reverse */
    RN_ATTR_BOOL = 3,   /* true or false in the cfg, 1 or 0 here */
    RN_ATTR_CHOICE = 4, /* one of the words in `choices` */
    RN_ATTR_STRING = 5, /* any text */
    RN_ATTR_PAIR = 6    /* two integers, height then width: `3` means 3 and 3, or `[3, 5]` */
};

/* One attribute. The core steps through a table by the first row's `size`, so rows may grow; all
 * rows of a table have the same size. Strings are static: they live as long as the plugin. A plugin
 * whose table has a mistake is refused (RN_E_PLUGIN, naming the attribute). */
typedef struct rn_attr {
    uint32_t size;
    int32_t type;             /* rn_attr_type */
    const char *name;         /* lower snake case, once in a table */
    const char *default_text; /* as in a cfg, without quotes; NULL: the cfg must give it */
    double min, max;          /* inclusive; both 0: any value. RN_ATTR_PAIR: for each number */
    const char *unit;         /* "pixels", "channels", "share of 1"; "": none */
    const char *choices;      /* RN_ATTR_CHOICE: "A|B|C"; else NULL */
    const char *help;         /* one line */
} rn_attr;

/* A row. `type` is the type without its prefix:
 * RN_ATTR_ROW(INT, "groups", "1", 1, 4096, "", NULL, "…"). */
#define RN_ATTR_ROW(type, name, default_text, min, max, unit, choices, help)                       \
    {                                                                                              \
        sizeof(rn_attr), RN_ATTR_##type, name, default_text, min, max, unit, choices, help         \
    }

/* The checked values of a table's attributes, with defaults filled in. Owned by the core; valid
 * during the call that passes it. Read it with the rn_attr_… functions of graph.h. */
typedef struct rn_attrs rn_attrs;

/* An attribute value that one block passes to another (graph.h, rn_block_call); made by the
 * functions below. Passed in arrays, so it has no size and never grows. Its strings belong to the
 * caller and are copied during the call. */
typedef struct rn_setting {
    const char *name;       /* of the other block's attribute */
    int32_t type;           /* rn_attr_type; says which of the values is used */
    int32_t reserved;       /* 0 */
    int64_t int_value[2];   /* RN_ATTR_INT, RN_ATTR_BOOL: the first; RN_ATTR_PAIR: height, width */
    double float_value;     /* RN_ATTR_FLOAT */
    const char *text_value; /* RN_ATTR_CHOICE, RN_ATTR_STRING */
} rn_setting;

/* Make a setting. The call that receives it checks the value. An integer is also accepted for a
 * float and for both numbers of a pair; a text for a choice. [any] */
static inline rn_setting rn_set_int(const char *name, int64_t value)
{
    rn_setting setting = { name, RN_ATTR_INT, 0, { value, value }, 0, NULL };
    return setting;
}

static inline rn_setting rn_set_bool(const char *name, int32_t value)
{
    rn_setting setting = { name, RN_ATTR_BOOL, 0, { value, value }, 0, NULL };
    return setting;
}

static inline rn_setting rn_set_float(const char *name, double value)
{
    rn_setting setting = { name, RN_ATTR_FLOAT, 0, { 0, 0 }, value, NULL };
    return setting;
}

static inline rn_setting rn_set_text(const char *name, const char *value)
{
    rn_setting setting = { name, RN_ATTR_STRING, 0, { 0, 0 }, 0, value };
    return setting;
}

#endif
