/* classes.h: what the classes and functions that PyTorch's files name mean here. */
#ifndef RN_CORE_WEIGHTS_TORCH_CLASSES_H
#define RN_CORE_WEIGHTS_TORCH_CLASSES_H

#include "io/element.h"
#include "weights/torch/value.h"

typedef enum rn_class_meaning {
    RN_CLASS_OTHER,     /* an object of it cannot be weights: an error where there should be some */
    RN_CLASS_PLAIN,     /* nor can these, which people store beside weights: they are passed over */
    RN_CLASS_MAPPING,   /* a dict */
    RN_CLASS_NUMBERS,   /* a type of numbers, or a storage of them */
    RN_CLASS_TENSOR,    /* a call that makes a tensor of a storage */
    RN_CLASS_TYPED,     /* the same; the type of its numbers is argument 6 */
    RN_CLASS_PARAMETER, /* a call that gives its argument 0, a tensor */
    RN_CLASS_SUBCLASS,  /* a call of its argument 0 with the arguments in argument 2 */
    RN_CLASS_SEQUENCE,  /* a tuple, its argument 0 */
    RN_CLASS_SCRIPT     /* a module of TorchScript: what it holds is in its state */
} rn_class_meaning;

typedef struct rn_class {
    const char *module; /* the module, or one that holds it */
    const char *name;   /* NULL: any */
    rn_class_meaning meaning;
    const char *element; /* RN_CLASS_NUMBERS: rn_element.text; NULL: none that is read here */
} rn_class;

/* What a class means, or a value that stands for one; NULL is RN_CLASS_OTHER. */
const rn_class *rn_class_find(const rn_value *class);

/* What the class of an object means; of any other value, RN_CLASS_OTHER. */
rn_class_meaning rn_class_of(const rn_value *object);

/* "argparse.Namespace": the class, or that of an object, for messages, in memory of the pool. */
const char *rn_class_text(const rn_value *value, rn_pool *pool);

#endif
