/* op.c: finding operators by name. */
#include <string.h>
#include "op.h"

#define OP(name) extern const rn_op rn_op_##name;
#include "ops/list.h"
#undef OP

static const rn_op *const operators[] = {
#define OP(name) &rn_op_##name,
#include "ops/list.h"
#undef OP
};

const rn_op *rn_op_find(const char *name)
{
    for (size_t i = 0; i < sizeof operators / sizeof *operators; i++)
        if (strcmp(operators[i]->name, name) == 0)
            return operators[i];
    return NULL;
}
