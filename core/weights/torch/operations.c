/* operations.c: what the instructions of pickles do with the stack, the memo and simple values. */
#include "weights/torch/operations.h"

#define NEWEST_PROTOCOL 5

rn_status rn_do_mark(rn_machine *m, const rn_argument *argument)
{
    (void)argument;
    return rn_machine_push(m, &rn_value_mark);
}

rn_status rn_do_stop(rn_machine *m, const rn_argument *argument)
{
    (void)argument;
    m->is_done = true;
    return rn_machine_pop(m, &m->pickle->value);
}

rn_status rn_do_pop(rn_machine *m, const rn_argument *argument)
{
    (void)argument;
    if (m->stack.count == 0)
        return rn_machine_fail(m, "its stack has too few values");
    m->stack.count--;
    return RN_OK;
}

rn_status rn_do_pop_mark(rn_machine *m, const rn_argument *argument)
{
    rn_value_list values;
    (void)argument;
    return rn_machine_pop_to_mark(m, &values);
}

rn_status rn_do_duplicate(rn_machine *m, const rn_argument *argument)
{
    rn_value *value;
    (void)argument;
    rn_status status = rn_machine_look(m, &value);
    return status ? status : rn_machine_push(m, value);
}

rn_status rn_do_nothing(rn_machine *m, const rn_argument *argument)
{
    (void)m;
    (void)argument;
    return RN_OK;
}

rn_status rn_do_protocol(rn_machine *m, const rn_argument *argument)
{
    return argument->number <= NEWEST_PROTOCOL
               ? RN_OK
               : rn_machine_fail(m, "it is of a protocol newer than 5");
}

rn_status rn_do_refuse(rn_machine *m, const rn_argument *argument)
{
    (void)argument;
    return rn_machine_fail(m,
                           "it refers to something that is in no file (an extension or a buffer)");
}

/* Numbers, texts, bytes. */
rn_status rn_do_opaque(rn_machine *m, const rn_argument *argument)
{
    (void)argument;
    return rn_machine_push(m, &rn_value_opaque);
}

rn_status rn_do_integer(rn_machine *m, const rn_argument *argument)
{
    return rn_machine_push(m, rn_value_integer(m->pool, argument->number));
}

rn_status rn_do_integer_line(rn_machine *m, const rn_argument *argument)
{
    int64_t integer;
    bool fits = rn_argument_integer(argument->text, &integer);
    return rn_machine_push(m, fits ? rn_value_integer(m->pool, integer) : &rn_value_opaque);
}

rn_status rn_do_long(rn_machine *m, const rn_argument *argument)
{
    int64_t integer;
    bool fits = rn_argument_signed(argument->text, &integer);
    return rn_machine_push(m, fits ? rn_value_integer(m->pool, integer) : &rn_value_opaque);
}

rn_status rn_do_text(rn_machine *m, const rn_argument *argument)
{
    return rn_machine_push(m,
                           rn_value_text_new(m->pool, argument->text.start, argument->text.length));
}

/* Without its quotes. Escapes, which no name of a tensor has, stay. */
rn_status rn_do_quoted(rn_machine *m, const rn_argument *argument)
{
    const rn_value_text text = argument->text;
    if (text.length < 2)
        return rn_machine_fail(m, "a string has no quotes");
    return rn_machine_push(m, rn_value_text_new(m->pool, text.start + 1, text.length - 2));
}

/* The memo. */
rn_status rn_do_put(rn_machine *m, const rn_argument *argument)
{
    rn_value *value;
    uint64_t index = (uint64_t)argument->number;
    rn_status status = rn_machine_look(m, &value);
    if (status)
        return status;
    /* A pickler counts from 0, and each value takes a byte or more. */
    if (index >= m->pickle->size)
        return rn_machine_fail(m, "the index of its memo is larger than the file");
    if (!rn_value_reserve(m->pool, &m->memo, index + 1))
        return rn_machine_no_memory(m);
    m->memo.items[index] = value;
    if (index >= m->memo.count)
        m->memo.count = (uint32_t)index + 1;
    return RN_OK;
}

rn_status rn_do_memoize(rn_machine *m, const rn_argument *argument)
{
    (void)argument;
    return rn_do_put(m, &(rn_argument){ .number = m->memo.count });
}

rn_status rn_do_get(rn_machine *m, const rn_argument *argument)
{
    uint64_t index = (uint64_t)argument->number;
    if (index >= m->memo.count || !m->memo.items[index])
        return rn_machine_fail(m, "its memo has no value of that index");
    return rn_machine_push(m, m->memo.items[index]);
}
