/* tensor.c: a tensor of the call that would make it: of a storage, an offset, a shape, strides. */
#include "weights/torch/tensor.h"

#include <inttypes.h>

#include "base/status.h"
#include "weights/torch/classes.h"

/* Calls in calls: a parameter of a subclass of a tensor. */
#define MAX_WRAPPED 8

enum { STORAGE, OFFSET, SHAPE, STRIDES, TYPE = 6 }; /* arguments of the call */

/* The call that makes a tensor, without what is around it. `class` is NULL if there is none. */
typedef struct call {
    const rn_class *class;
    const rn_value *arguments;
} call;

static call find_call(const rn_value *value)
{
    call c = { NULL, NULL };
    if (!rn_value_is(value, RN_VALUE_OBJECT))
        return c;
    c.class = rn_class_find(rn_value_item(value, RN_OBJECT_CLASS));
    c.arguments = rn_value_item(value, RN_OBJECT_ARGUMENTS);
    for (int i = 0; c.class && i < MAX_WRAPPED; i++) {
        const rn_value *inner = rn_value_item(c.arguments, 0);
        if (c.class->meaning == RN_CLASS_TENSOR || c.class->meaning == RN_CLASS_TYPED)
            return c;
        if (c.class->meaning == RN_CLASS_SUBCLASS)
            c = (call){ rn_class_find(inner), rn_value_item(c.arguments, 2) };
        else if (c.class->meaning == RN_CLASS_PARAMETER && rn_value_is(inner, RN_VALUE_OBJECT))
            c = (call){ rn_class_find(rn_value_item(inner, RN_OBJECT_CLASS)),
                        rn_value_item(inner, RN_OBJECT_ARGUMENTS) };
        else
            break;
    }
    return (call){ NULL, NULL };
}

bool rn_tensor_is(const rn_value *value)
{
    return find_call(value).class != NULL;
}

static rn_status fail(const rn_torch_file *file, const char *name, const char *what)
{
    return rn_fail(RN_E_DATA, "%s: tensor \"%s\": %s", file->path, name, what);
}

/* A tuple of numbers, or a torch.Size of one. */
static const rn_value *numbers_of(const rn_value *value)
{
    if (rn_class_of(value) == RN_CLASS_SEQUENCE)
        value = rn_value_item(rn_value_item(value, RN_OBJECT_ARGUMENTS), 0);
    bool is_sequence = rn_value_is(value, RN_VALUE_TUPLE) || rn_value_is(value, RN_VALUE_LIST);
    return is_sequence ? value : NULL;
}

/* False: not all items are integers. */
static bool read_integers(const rn_value *list, int64_t *to)
{
    for (uint32_t i = 0; i < list->list.count; i++) {
        const rn_value *item = rn_value_item(list, i);
        if (!rn_value_is(item, RN_VALUE_INTEGER))
            return false;
        to[i] = item->integer;
    }
    return true;
}

static rn_status read_shape(const rn_torch_file *file, const rn_value *arguments, rn_stored *tensor)
{
    const rn_value *shape = numbers_of(rn_value_item(arguments, SHAPE));
    const rn_value *strides = numbers_of(rn_value_item(arguments, STRIDES));
    if (!shape || !strides || shape->list.count != strides->list.count)
        return fail(file, tensor->name, "its shape and its strides do not match");
    if (shape->list.count > RN_MAX_RANK)
        return rn_fail(RN_E_DATA, "%s: tensor \"%s\": %" PRIu32 " dimensions, expected at most %d",
                       file->path, tensor->name, shape->list.count, RN_MAX_RANK);
    tensor->rank = (int32_t)shape->list.count;
    if (!read_integers(shape, tensor->shape) || !read_integers(strides, tensor->stride))
        return fail(file, tensor->name, "a length or a stride is no integer");
    return RN_OK;
}

/* Where its numbers begin, in elements of its storage. A storage of PyTorch before 0.4 may be a view
 * of another one: (key, offset, elements). */
static bool read_offset(const rn_value *arguments, const rn_value *storage, uint64_t *offset)
{
    const rn_value *number = rn_value_item(arguments, OFFSET);
    const rn_value *view = rn_value_item(storage, RN_STORAGE_VIEW);
    const rn_value *start = rn_value_is(view, RN_VALUE_TUPLE) ? rn_value_item(view, 1) : NULL;
    int64_t sum = 0;
    if (!rn_value_is(number, RN_VALUE_INTEGER) || number->integer < 0)
        return false;
    if (start && (!rn_value_is(start, RN_VALUE_INTEGER) || start->integer < 0))
        return false;
    if (__builtin_add_overflow(number->integer, start ? start->integer : 0, &sum))
        return false;
    *offset = (uint64_t)sum;
    return true;
}

/* Every number must be inside the storage; and there may not be more of them than the file has, as
 * strides of 0 would allow. */
static rn_status check_extent(const rn_torch_file *file, const rn_storage *storage, uint64_t offset,
                              const rn_stored *tensor)
{
    uint64_t extent = 0, start = 0;
    int64_t count = 0;
    rn_status status = rn_stored_count(tensor, file->path, &count);
    if (status)
        return status;
    if (!rn_stored_extent(tensor, &extent))
        return fail(file, tensor->name, "its strides are negative or too large");
    if (extent && (__builtin_mul_overflow(offset, tensor->type->size, &start) ||
                   start > storage->bytes || extent > storage->bytes - start))
        return rn_fail(RN_E_DATA,
                       "%s: tensor \"%s\" leaves its storage \"%.*s\" of %" PRIu64
                       " bytes; the file is damaged or was cut off",
                       file->path, tensor->name, (int)storage->key.length, storage->key.start,
                       storage->bytes);
    if ((uint64_t)count > file->map.size / tensor->type->size)
        return fail(file, tensor->name, "it has more numbers than the file");
    return RN_OK;
}

static const rn_element *find_type(const rn_value *class)
{
    const rn_class *found = rn_class_find(class);
    return found && found->meaning == RN_CLASS_NUMBERS ? rn_element_by_text(found->element) : NULL;
}

static rn_status read_data(const rn_torch_file *file, const rn_value *arguments, rn_stored *tensor)
{
    const rn_value *name = rn_storage_name(rn_value_item(arguments, STORAGE));
    const rn_value *key = rn_value_item(name, RN_STORAGE_KEY);
    uint64_t offset = 0;
    if (key->text.length > 200)
        return fail(file, tensor->name, "its storage has a key of more than 200 bytes");
    const rn_storage *storage = rn_storage_find(file, &key->text);
    if (!storage)
        return rn_fail(RN_E_DATA,
                       "%s: tensor \"%s\": its storage \"%.*s\" is not in the file; it may have "
                       "been cut off",
                       file->path, tensor->name, (int)key->text.length, key->text.start);
    if (!read_offset(arguments, name, &offset))
        return fail(file, tensor->name, "its offset is no number of 0 or more");
    rn_status status = check_extent(file, storage, offset, tensor);
    if (status)
        return status;
    tensor->data = storage->data;
    uint64_t extent = 0;
    if (rn_stored_extent(tensor, &extent) && extent)
        tensor->data += offset * tensor->type->size;
    return RN_OK;
}

rn_status rn_tensor_read(const rn_torch_file *file, const rn_value *value, const char *name,
                         rn_stored *tensor)
{
    const call c = find_call(value);
    *tensor = (rn_stored){ .name = name };
    if (!c.class)
        return fail(file, name, "it is none");
    const rn_value *outside = rn_value_item(c.arguments, STORAGE);
    const rn_value *storage = rn_storage_name(outside);
    if (!storage)
        return rn_fail(RN_E_DATA,
                       "%s: tensor \"%s\": its storage is an object of %s; expected one "
                       "in the file",
                       file->path, name, rn_class_text(outside, file->weights->pool));
    const rn_value *type = c.class->meaning == RN_CLASS_TYPED
                               ? rn_value_item(c.arguments, TYPE)
                               : rn_value_item(storage, RN_STORAGE_CLASS);
    tensor->type = find_type(type);
    if (!tensor->type)
        return rn_fail(RN_E_DATA,
                       "%s: tensor \"%s\" has numbers of type %s; expected " RN_ELEMENT_LIST,
                       file->path, name, rn_class_text(type, file->weights->pool));
    rn_status status = read_shape(file, c.arguments, tensor);
    return status ? status : read_data(file, c.arguments, tensor);
}
