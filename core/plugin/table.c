/* table.c: copies and checks a structure of the ABI. */
#include "plugin/table.h"

#include <string.h>

#include "base/status.h"

#define MAX_STRUCT_BYTES 65536u /* a larger size is garbage */

rn_status rn_table_copy(void *to, const void *from, const rn_table *as, const char *what)
{
    uint32_t given;
    memcpy(&given, from, sizeof given);
    if (given < as->first_size || given > MAX_STRUCT_BYTES)
        return rn_fail(RN_E_PLUGIN,
                       "%s: the size of its %s is %u, but should be %u; set it to "
                       "sizeof(%s)",
                       what, as->name, given, as->host_size, as->name);
    memset(to, 0, as->host_size);
    memcpy(to, from, given < as->host_size ? given : as->host_size);
    for (size_t i = 0; i < as->n_slots; i++) {
        void *value;
        memcpy(&value, (const char *)to + as->slots[i].offset, sizeof value);
        if (!value)
            return rn_fail(RN_E_PLUGIN, "%s: slot \"%s\" of its %s is missing", what,
                           as->slots[i].name, as->name);
    }
    return RN_OK;
}
