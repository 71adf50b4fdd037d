/* containers.c: the instructions that make containers and objects. */
#include "weights/torch/operations.h"

static rn_status push_items(rn_machine *m, rn_value_kind kind, const rn_value_list *items)
{
    if (kind == RN_VALUE_DICT && items->count % 2 != 0)
        return rn_machine_fail(m, "a key has no value");
    return rn_machine_push(m, rn_value_of(m->pool, kind, items->items, items->count));
}

static rn_status push_marked(rn_machine *m, rn_value_kind kind)
{
    rn_value_list items;
    rn_status status = rn_machine_pop_to_mark(m, &items);
    return status ? status : push_items(m, kind, &items);
}

rn_status rn_do_tuple(rn_machine *m, const rn_argument *argument)
{
    (void)argument;
    return push_marked(m, RN_VALUE_TUPLE);
}

rn_status rn_do_list(rn_machine *m, const rn_argument *argument)
{
    (void)argument;
    return push_marked(m, RN_VALUE_LIST);
}

rn_status rn_do_dict(rn_machine *m, const rn_argument *argument)
{
    (void)argument;
    return push_marked(m, RN_VALUE_DICT);
}

rn_status rn_do_empty_list(rn_machine *m, const rn_argument *argument)
{
    (void)argument;
    return rn_machine_push(m, rn_value_new(m->pool, RN_VALUE_LIST));
}

rn_status rn_do_empty_dict(rn_machine *m, const rn_argument *argument)
{
    (void)argument;
    return rn_machine_push(m, rn_value_new(m->pool, RN_VALUE_DICT));
}

rn_status rn_do_short_tuple(rn_machine *m, const rn_argument *argument)
{
    rn_value *items[3];
    rn_status status = RN_OK;
    for (int64_t i = argument->number; i > 0 && !status; i--)
        status = rn_machine_pop(m, &items[i - 1]);
    if (status)
        return status;
    return push_items(m, RN_VALUE_TUPLE,
                      &(rn_value_list){ .items = items, .count = (uint32_t)argument->number });
}

/* To the list on the stack. What an object is extended by is no part of a tensor. */
static rn_status extend(rn_machine *m, const rn_value_list *items)
{
    rn_value *list;
    rn_status status = rn_machine_look(m, &list);
    if (status)
        return status;
    if (list->kind != RN_VALUE_LIST && list->kind != RN_VALUE_OBJECT)
        return rn_machine_fail(m, "what it extends is no list");
    for (uint32_t i = 0; i < items->count && list->kind == RN_VALUE_LIST; i++)
        if (!rn_value_append(m->pool, &list->list, items->items[i]))
            return rn_machine_no_memory(m);
    return RN_OK;
}

rn_status rn_do_append(rn_machine *m, const rn_argument *argument)
{
    rn_value *item;
    (void)argument;
    rn_status status = rn_machine_pop(m, &item);
    return status ? status : extend(m, &(rn_value_list){ .items = &item, .count = 1 });
}

rn_status rn_do_appends(rn_machine *m, const rn_argument *argument)
{
    rn_value_list items;
    (void)argument;
    rn_status status = rn_machine_pop_to_mark(m, &items);
    return status ? status : extend(m, &items);
}

/* Sets `*dict` to the dict on the stack, or the entries of the object. */
static rn_status look_dict(rn_machine *m, rn_value **dict)
{
    rn_status status = rn_machine_look(m, dict);
    if (status)
        return status;
    if ((*dict)->kind == RN_VALUE_OBJECT) {
        rn_value **entries = &(*dict)->list.items[RN_OBJECT_ENTRIES];
        if (!*entries)
            *entries = rn_value_new(m->pool, RN_VALUE_DICT);
        *dict = *entries;
        return *dict ? RN_OK : rn_machine_no_memory(m);
    }
    return (*dict)->kind == RN_VALUE_DICT
               ? RN_OK
               : rn_machine_fail(m, "what it sets entries of is no dict");
}

static rn_status set_entries(rn_machine *m, const rn_value_list *items)
{
    rn_value *dict;
    rn_status status = look_dict(m, &dict);
    if (status)
        return status;
    if (items->count % 2 != 0)
        return rn_machine_fail(m, "a key has no value");
    for (uint32_t i = 0; i < items->count; i++)
        if (!rn_value_append(m->pool, &dict->list, items->items[i]))
            return rn_machine_no_memory(m);
    return RN_OK;
}

rn_status rn_do_set_entry(rn_machine *m, const rn_argument *argument)
{
    rn_value *items[2];
    (void)argument;
    rn_status status = rn_machine_pop(m, &items[1]);
    if (!status)
        status = rn_machine_pop(m, &items[0]);
    return status ? status : set_entries(m, &(rn_value_list){ .items = items, .count = 2 });
}

rn_status rn_do_set_entries(rn_machine *m, const rn_argument *argument)
{
    rn_value_list items;
    (void)argument;
    rn_status status = rn_machine_pop_to_mark(m, &items);
    return status ? status : set_entries(m, &items);
}

/* Of a module and a name. */
static rn_status push_class(rn_machine *m, rn_value *module, rn_value *name)
{
    rn_value *items[RN_CLASS_PARTS] = { [RN_CLASS_MODULE] = module, [RN_CLASS_NAME] = name };
    if (!module || !name)
        return rn_machine_no_memory(m);
    return rn_machine_push(m, rn_value_of(m->pool, RN_VALUE_CLASS, items, RN_CLASS_PARTS));
}

rn_status rn_do_class(rn_machine *m, const rn_argument *argument)
{
    return push_class(m, rn_value_text_new(m->pool, argument->text.start, argument->text.length),
                      rn_value_text_new(m->pool, argument->second.start, argument->second.length));
}

rn_status rn_do_stack_class(rn_machine *m, const rn_argument *argument)
{
    rn_value *module, *name;
    (void)argument;
    rn_status status = rn_machine_pop(m, &name);
    if (!status)
        status = rn_machine_pop(m, &module);
    return status ? status : push_class(m, module, name);
}

/* What Python would call stays data, with its arguments. */
static rn_status push_object(rn_machine *m, rn_value *class, rn_value *arguments)
{
    rn_value *items[RN_OBJECT_PARTS] = {
        [RN_OBJECT_CLASS] = class, [RN_OBJECT_ARGUMENTS] = arguments
    };
    if (!arguments)
        return rn_machine_no_memory(m);
    return rn_machine_push(m, rn_value_of(m->pool, RN_VALUE_OBJECT, items, RN_OBJECT_PARTS));
}

rn_status rn_do_call(rn_machine *m, const rn_argument *argument)
{
    rn_value *class, *arguments;
    (void)argument;
    rn_status status = rn_machine_pop(m, &arguments);
    if (!status)
        status = rn_machine_pop(m, &class);
    return status ? status : push_object(m, class, arguments);
}

/* The same with arguments by name, which nothing that is read here has. */
rn_status rn_do_call_named(rn_machine *m, const rn_argument *argument)
{
    rn_value *named;
    rn_status status = rn_machine_pop(m, &named);
    return status ? status : rn_do_call(m, argument);
}

/* A class and its arguments, down to a mark. */
rn_status rn_do_call_marked(rn_machine *m, const rn_argument *argument)
{
    rn_value_list items;
    (void)argument;
    rn_status status = rn_machine_pop_to_mark(m, &items);
    if (status)
        return status;
    if (items.count == 0)
        return rn_machine_fail(m, "an object has no class");
    rn_value *class = items.items[0];
    return push_object(m, class,
                       rn_value_of(m->pool, RN_VALUE_TUPLE, items.items + 1, items.count - 1));
}

/* The same, with the class in the instruction. */
rn_status rn_do_call_lines(rn_machine *m, const rn_argument *argument)
{
    rn_value_list items;
    rn_status status = rn_machine_pop_to_mark(m, &items);
    if (status)
        return status;
    rn_value *arguments = rn_value_of(m->pool, RN_VALUE_TUPLE, items.items, items.count), *class;
    status = rn_do_class(m, argument);
    if (!status)
        status = rn_machine_pop(m, &class);
    return status ? status : push_object(m, class, arguments);
}

rn_status rn_do_state(rn_machine *m, const rn_argument *argument)
{
    rn_value *state, *object;
    (void)argument;
    rn_status status = rn_machine_pop(m, &state);
    if (!status)
        status = rn_machine_look(m, &object);
    if (!status && object->kind == RN_VALUE_OBJECT)
        object->list.items[RN_OBJECT_STATE] = state;
    return status;
}

static rn_status push_persistent(rn_machine *m, rn_value *name)
{
    rn_value *value = name ? rn_value_of(m->pool, RN_VALUE_PERSISTENT, &name, 1) : NULL;
    if (!value || !rn_value_append(m->pool, &m->pickle->outside, value))
        return rn_machine_no_memory(m);
    return rn_machine_push(m, value);
}

rn_status rn_do_persistent(rn_machine *m, const rn_argument *argument)
{
    rn_value *name;
    (void)argument;
    rn_status status = rn_machine_pop(m, &name);
    return status ? status : push_persistent(m, name);
}

rn_status rn_do_persistent_line(rn_machine *m, const rn_argument *argument)
{
    return push_persistent(m,
                           rn_value_text_new(m->pool, argument->text.start, argument->text.length));
}
