/* machine.c: the stack of the machine that reads pickles. */
#include "weights/torch/machine.h"

#include <inttypes.h>

#include "base/status.h"

rn_status rn_machine_fail(const rn_machine *m, const char *what)
{
    return rn_fail(RN_E_DATA, "%s: the pickle in it is broken at byte %" PRIu64 ": %s",
                   m->pickle->path, m->start, what);
}

rn_status rn_machine_no_memory(const rn_machine *m)
{
    return rn_weights_no_memory(m->pickle->weights);
}

rn_status rn_machine_push(rn_machine *m, rn_value *value)
{
    return value && rn_value_append(m->pool, &m->stack, value) ? RN_OK : rn_machine_no_memory(m);
}

rn_status rn_machine_look(const rn_machine *m, rn_value **value)
{
    uint32_t count = m->stack.count;
    if (count == 0 || m->stack.items[count - 1] == &rn_value_mark)
        return rn_machine_fail(m, "its stack has too few values");
    *value = m->stack.items[count - 1];
    return RN_OK;
}

rn_status rn_machine_pop(rn_machine *m, rn_value **value)
{
    rn_status status = rn_machine_look(m, value);
    if (!status)
        m->stack.count--;
    return status;
}

rn_status rn_machine_pop_to_mark(rn_machine *m, rn_value_list *values)
{
    uint32_t at = m->stack.count;
    while (at > 0 && m->stack.items[at - 1] != &rn_value_mark)
        at--;
    if (at == 0)
        return rn_machine_fail(m, "its stack has no mark");
    *values = (rn_value_list){ .items = m->stack.items + at, .count = m->stack.count - at };
    m->stack.count = at - 1;
    return RN_OK;
}
