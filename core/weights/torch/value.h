/* value.h: the values that a pickle describes, as plain data. */
#ifndef RN_CORE_WEIGHTS_TORCH_VALUE_H
#define RN_CORE_WEIGHTS_TORCH_VALUE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/pool.h"

typedef struct rn_value rn_value;

typedef enum rn_value_kind {
    RN_VALUE_OPAQUE, /* None, a float, bytes, an integer beyond 64 bits: no part of a tensor */
    RN_VALUE_INTEGER,
    RN_VALUE_TEXT,
    RN_VALUE_TUPLE,
    RN_VALUE_LIST, /* or a set */
    RN_VALUE_DICT, /* items: key, value, key, value, … */
    RN_VALUE_CLASS,
    RN_VALUE_OBJECT,
    RN_VALUE_PERSISTENT, /* what the file holds outside the pickle. One item: its name */
    RN_VALUE_MARK        /* of the machine that reads pickles; in no container */
} rn_value_kind;

/* What the items of a class are. */
enum { RN_CLASS_MODULE, RN_CLASS_NAME, RN_CLASS_PARTS };

/* What the items of an object are: it would come from calling the class (or function) with the
 * arguments, which nobody does, and then get the state and the entries. NULL: none. */
enum { RN_OBJECT_CLASS, RN_OBJECT_ARGUMENTS, RN_OBJECT_STATE, RN_OBJECT_ENTRIES, RN_OBJECT_PARTS };

/* In memory of a pool. */
typedef struct rn_value_list {
    rn_value **items;
    uint32_t count, capacity;
} rn_value_list;

/* In the file; no 0 ends it. */
typedef struct rn_value_text {
    const char *start;
    uint64_t length;
} rn_value_text;

/* Values may contain each other in circles. */
struct rn_value {
    rn_value_kind kind;
    union {
        int64_t integer;
        rn_value_text text;
        rn_value_list list;
    };
};

extern rn_value rn_value_opaque, rn_value_mark;

/* A new value without items, or with those. NULL: no memory. */
rn_value *rn_value_new(rn_pool *pool, rn_value_kind kind);
rn_value *rn_value_integer(rn_pool *pool, int64_t integer);
rn_value *rn_value_text_new(rn_pool *pool, const char *start, uint64_t length);
rn_value *rn_value_of(rn_pool *pool, rn_value_kind kind, rn_value *const *items, uint32_t count);

/* False: no memory. */
bool rn_value_append(rn_pool *pool, rn_value_list *list, rn_value *item);

/* Makes room for `count` items, those beyond list->count NULL. False: no memory. */
bool rn_value_reserve(rn_pool *pool, rn_value_list *list, uint64_t count);

/* What follows takes NULL, too, for a value that is not there. */
bool rn_value_is(const rn_value *value, rn_value_kind kind);
bool rn_value_is_text(const rn_value *value, const char *text);

/* The item of a tuple or a list, the part of a class or of an object; NULL if there is none. */
const rn_value *rn_value_item(const rn_value *value, uint32_t index);

/* The entry of a dict under that text, or NULL. */
const rn_value *rn_value_get(const rn_value *dict, const char *key, uint64_t length);

#endif
