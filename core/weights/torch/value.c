/* value.c: values of a pickle, in memory of a pool. */
#include "weights/torch/value.h"

#include <string.h>

rn_value rn_value_opaque = { .kind = RN_VALUE_OPAQUE };
rn_value rn_value_mark = { .kind = RN_VALUE_MARK };

rn_value *rn_value_new(rn_pool *pool, rn_value_kind kind)
{
    rn_value *value = rn_pool_take(pool, sizeof *value);
    if (value)
        value->kind = kind;
    return value;
}

rn_value *rn_value_integer(rn_pool *pool, int64_t integer)
{
    rn_value *value = rn_value_new(pool, RN_VALUE_INTEGER);
    if (value)
        value->integer = integer;
    return value;
}

rn_value *rn_value_text_new(rn_pool *pool, const char *start, uint64_t length)
{
    rn_value *value = rn_value_new(pool, RN_VALUE_TEXT);
    if (value)
        value->text = (rn_value_text){ start, length };
    return value;
}

rn_value *rn_value_of(rn_pool *pool, rn_value_kind kind, rn_value *const *items, uint32_t count)
{
    rn_value *value = rn_value_new(pool, kind);
    if (!value || !count)
        return value;
    value->list.items = rn_pool_take_array(pool, count, sizeof *items);
    if (!value->list.items)
        return NULL;
    memcpy(value->list.items, items, count * sizeof *items);
    value->list.count = value->list.capacity = count;
    return value;
}

bool rn_value_reserve(rn_pool *pool, rn_value_list *list, uint64_t count)
{
    uint64_t capacity = list->capacity ? 2 * (uint64_t)list->capacity : 4;
    if (count <= list->capacity)
        return true;
    if (capacity < count)
        capacity = count;
    if (capacity > UINT32_MAX)
        return false;
    rn_value **items = rn_pool_take_array(pool, (size_t)capacity, sizeof *items);
    if (!items)
        return false;
    if (list->capacity)
        memcpy(items, list->items, list->capacity * sizeof *items);
    list->items = items;
    list->capacity = (uint32_t)capacity;
    return true;
}

bool rn_value_append(rn_pool *pool, rn_value_list *list, rn_value *item)
{
    if (!rn_value_reserve(pool, list, (uint64_t)list->count + 1))
        return false;
    list->items[list->count++] = item;
    return true;
}

bool rn_value_is(const rn_value *value, rn_value_kind kind)
{
    return value && value->kind == kind;
}

static bool is_text_of(const rn_value *value, const char *text, uint64_t length)
{
    return rn_value_is(value, RN_VALUE_TEXT) && value->text.length == length &&
           memcmp(value->text.start, text, (size_t)length) == 0;
}

bool rn_value_is_text(const rn_value *value, const char *text)
{
    return is_text_of(value, text, strlen(text));
}

const rn_value *rn_value_item(const rn_value *value, uint32_t index)
{
    bool has_items = value && value->kind >= RN_VALUE_TUPLE && value->kind <= RN_VALUE_PERSISTENT;
    return has_items && index < value->list.count ? value->list.items[index] : NULL;
}

const rn_value *rn_value_get(const rn_value *dict, const char *key, uint64_t length)
{
    const rn_value *found = NULL;
    if (!rn_value_is(dict, RN_VALUE_DICT))
        return NULL;
    for (uint32_t i = 0; i < dict->list.count && !found; i += 2)
        if (is_text_of(dict->list.items[i], key, length))
            found = dict->list.items[i + 1];
    return found;
}
