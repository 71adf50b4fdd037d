/* operator_names.h: the names of the operators that a backend has, from the ABI's table. Define
 * RN_OP so that it becomes OWN, REFERENCE, SHARED or LACKS of the operator's name, then include
 * this once. It defines OPERATOR_NAMES, which ends with NULL. */
#define OWN(name) #name,
#define REFERENCE(name) #name,
#define SHARED(name) #name,
#define LACKS(name)
static const char *const OPERATOR_NAMES[] = {
#include <resnet/operators.h>
    NULL
};
#undef OWN
#undef REFERENCE
#undef SHARED
#undef LACKS
