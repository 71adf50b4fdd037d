/* pickle.h: writes the few things of Python's pickle, protocol 2, that a state dict is made of. */
#ifndef RN_CORE_WEIGHTS_OUT_PICKLE_H
#define RN_CORE_WEIGHTS_OUT_PICKLE_H

#include <stdint.h>
#include <stdio.h>

/* What the operations of a pickle are called in Python's pickletools. */
enum rn_pickle_op {
    RN_PICKLE_MARK = '(',
    RN_PICKLE_TUPLE = 't', /* of what stands behind the mark */
    RN_PICKLE_EMPTY_TUPLE = ')',
    RN_PICKLE_EMPTY_DICT = '}',
    RN_PICKLE_REDUCE = 'R',   /* calls a class with a tuple */
    RN_PICKLE_SETITEMS = 'u', /* of a dict, what stands behind the mark */
    RN_PICKLE_PERSISTENT = 'Q',
    RN_PICKLE_FALSE = 0x89
};

void rn_pickle_begin(FILE *stream);
void rn_pickle_end(FILE *stream);
void rn_pickle_op(FILE *stream, enum rn_pickle_op op);
void rn_pickle_text(FILE *stream, const char *text);
void rn_pickle_int(FILE *stream, int64_t value);                     /* 0 or more */
void rn_pickle_ints(FILE *stream, const int64_t *values, int count); /* a tuple */

/* A class or a function: "collections", "OrderedDict". */
void rn_pickle_global(FILE *stream, const char *module, const char *name);

#endif
