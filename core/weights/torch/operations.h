/* operations.h: what the instructions of pickles do. */
#ifndef RN_CORE_WEIGHTS_TORCH_OPERATIONS_H
#define RN_CORE_WEIGHTS_TORCH_OPERATIONS_H

#include "weights/torch/arguments.h"
#include "weights/torch/machine.h"

/* Does an instruction. RN_E_DATA: the stack does not hold what it needs; RN_E_NOMEM. */
typedef rn_status rn_operation(rn_machine *m, const rn_argument *argument);

/* operations.c */
rn_operation rn_do_mark, rn_do_stop, rn_do_pop, rn_do_pop_mark, rn_do_duplicate, rn_do_nothing;
rn_operation rn_do_protocol, rn_do_refuse, rn_do_opaque, rn_do_integer, rn_do_integer_line;
rn_operation rn_do_long, rn_do_text, rn_do_quoted, rn_do_put, rn_do_memoize, rn_do_get;

/* containers.c */
rn_operation rn_do_tuple, rn_do_list, rn_do_dict, rn_do_empty_list, rn_do_empty_dict;
rn_operation rn_do_short_tuple, rn_do_append, rn_do_appends, rn_do_set_entry, rn_do_set_entries;
rn_operation rn_do_class, rn_do_stack_class, rn_do_call, rn_do_call_named, rn_do_call_marked;
rn_operation rn_do_call_lines, rn_do_state, rn_do_persistent, rn_do_persistent_line;

#endif
