/* classes.c: the classes and functions of PyTorch's files. */
#include "weights/torch/classes.h"

#include <string.h>

/* The first that fits. Python 2 wrote __builtin__ and copy_reg. */
static const rn_class classes[] = {
    { "torch._utils", "_rebuild_tensor", RN_CLASS_TENSOR, NULL },
    { "torch._utils", "_rebuild_tensor_v2", RN_CLASS_TENSOR, NULL },
    { "torch._utils", "_rebuild_tensor_v3", RN_CLASS_TYPED, NULL },
    { "torch._utils", "_rebuild_parameter", RN_CLASS_PARAMETER, NULL },
    { "torch._utils", "_rebuild_parameter_with_state", RN_CLASS_PARAMETER, NULL },
    { "torch._tensor", "_rebuild_from_type", RN_CLASS_SUBCLASS, NULL },
    { "torch._tensor", "_rebuild_from_type_v2", RN_CLASS_SUBCLASS, NULL },
    { "torch.tensor", "_rebuild_from_type", RN_CLASS_SUBCLASS, NULL },
    { "torch", "FloatStorage", RN_CLASS_NUMBERS, "F32" },
    { "torch", "HalfStorage", RN_CLASS_NUMBERS, "F16" },
    { "torch", "BFloat16Storage", RN_CLASS_NUMBERS, "BF16" },
    { "torch", "DoubleStorage", RN_CLASS_NUMBERS, "F64" },
    { "torch", "LongStorage", RN_CLASS_NUMBERS, "I64" },
    { "torch", "IntStorage", RN_CLASS_NUMBERS, "I32" },
    { "torch", "ShortStorage", RN_CLASS_NUMBERS, "I16" },
    { "torch", "CharStorage", RN_CLASS_NUMBERS, "I8" },
    { "torch", "ByteStorage", RN_CLASS_NUMBERS, "U8" },
    { "torch", "BoolStorage", RN_CLASS_NUMBERS, "BOOL" },
    { "torch", "UntypedStorage", RN_CLASS_NUMBERS, "U8" },
    { "torch", "float32", RN_CLASS_NUMBERS, "F32" },
    { "torch", "float16", RN_CLASS_NUMBERS, "F16" },
    { "torch", "bfloat16", RN_CLASS_NUMBERS, "BF16" },
    { "torch", "float64", RN_CLASS_NUMBERS, "F64" },
    { "torch", "int64", RN_CLASS_NUMBERS, "I64" },
    { "torch", "int32", RN_CLASS_NUMBERS, "I32" },
    { "torch", "int16", RN_CLASS_NUMBERS, "I16" },
    { "torch", "int8", RN_CLASS_NUMBERS, "I8" },
    { "torch", "uint8", RN_CLASS_NUMBERS, "U8" },
    { "torch", "bool", RN_CLASS_NUMBERS, "BOOL" },
    { "torch", "Size", RN_CLASS_SEQUENCE, NULL },
    { "torch", "device", RN_CLASS_PLAIN, NULL },
    { "torch.jit._pickle", NULL, RN_CLASS_PLAIN, NULL },
    { "__torch__", NULL, RN_CLASS_SCRIPT, NULL },
    { "collections", "OrderedDict", RN_CLASS_MAPPING, NULL },
    { "collections", "defaultdict", RN_CLASS_MAPPING, NULL },
    { "collections", NULL, RN_CLASS_PLAIN, NULL },
    { "builtins", "dict", RN_CLASS_MAPPING, NULL },
    { "builtins", "set", RN_CLASS_PLAIN, NULL },
    { "builtins", "frozenset", RN_CLASS_PLAIN, NULL },
    { "builtins", "complex", RN_CLASS_PLAIN, NULL },
    { "__builtin__", "dict", RN_CLASS_MAPPING, NULL },
    { "__builtin__", "set", RN_CLASS_PLAIN, NULL },
    { "numpy", "scalar", RN_CLASS_PLAIN, NULL },
    { "numpy", "dtype", RN_CLASS_PLAIN, NULL },
    { "_codecs", "encode", RN_CLASS_PLAIN, NULL },
    { "argparse", "Namespace", RN_CLASS_PLAIN, NULL },
    { "types", "SimpleNamespace", RN_CLASS_PLAIN, NULL },
    { "pathlib", NULL, RN_CLASS_PLAIN, NULL },
    { "datetime", NULL, RN_CLASS_PLAIN, NULL },
    { "omegaconf", NULL, RN_CLASS_PLAIN, NULL },
};

#define MAX_CALLS 8 /* of what a call gave */
#define N_CLASSES (sizeof classes / sizeof *classes)

/* Whether `text` is the module, or inside it. */
static bool is_inside(const rn_value_text *text, const char *module)
{
    size_t length = strlen(module);
    return text->length >= length && memcmp(text->start, module, length) == 0 &&
           (text->length == length || text->start[length] == '.');
}

/* A file outside the pickle may hold a class: ("module", class, its source …). */
static const rn_value *class_behind(const rn_value *class)
{
    const rn_value *name = rn_value_is(class, RN_VALUE_PERSISTENT) ? rn_value_item(class, 0) : NULL;
    return rn_value_is_text(rn_value_item(name, 0), "module") ? rn_value_item(name, 1) : class;
}

const rn_class *rn_class_find(const rn_value *class)
{
    class = class_behind(class);
    if (!rn_value_is(class, RN_VALUE_CLASS))
        return NULL;
    const rn_value *module = rn_value_item(class, RN_CLASS_MODULE);
    const rn_value *name = rn_value_item(class, RN_CLASS_NAME);
    if (!rn_value_is(module, RN_VALUE_TEXT))
        return NULL;
    for (size_t i = 0; i < N_CLASSES; i++)
        if (is_inside(&module->text, classes[i].module) &&
            (!classes[i].name || rn_value_is_text(name, classes[i].name)))
            return &classes[i];
    return NULL;
}

rn_class_meaning rn_class_of(const rn_value *object)
{
    if (!rn_value_is(object, RN_VALUE_OBJECT))
        return RN_CLASS_OTHER;
    const rn_class *class = rn_class_find(rn_value_item(object, RN_OBJECT_CLASS));
    return class ? class->meaning : RN_CLASS_OTHER;
}

/* As much of a text as a message needs. */
static int shown(const rn_value *text)
{
    return text->text.length < 200 ? (int)text->text.length : 200;
}

const char *rn_class_text(const rn_value *value, rn_pool *pool)
{
    for (int i = 0; i < MAX_CALLS && rn_value_is(value, RN_VALUE_OBJECT); i++)
        value = rn_value_item(value, RN_OBJECT_CLASS);
    value = class_behind(value);
    const rn_value *module = rn_value_is(value, RN_VALUE_CLASS) ? rn_value_item(value, 0) : NULL;
    const rn_value *name = rn_value_is(value, RN_VALUE_CLASS) ? rn_value_item(value, 1) : NULL;
    const char *text = NULL;
    if (rn_value_is(module, RN_VALUE_TEXT) && rn_value_is(name, RN_VALUE_TEXT))
        text = rn_pool_print(pool, "%.*s.%.*s", shown(module), module->text.start, shown(name),
                             name->text.start);
    return text ? text : "unknown class";
}
