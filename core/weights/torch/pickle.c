/* pickle.c: the instructions of pickles, and the loop that does them. */
#include "weights/torch/pickle.h"

#include <stddef.h>

#include "weights/torch/operations.h"

/* An instruction: the form of its argument, or the number that is its argument, and what it does. */
typedef struct instruction {
    rn_argument_form form;
    int64_t number;
    rn_operation *run;
} instruction;

/* By their opcodes, with the names that Python's pickletools gives them. */
static const instruction instructions[256] = {
    ['('] = { RN_ARGUMENT_NONE, 0, rn_do_mark },            /* MARK */
    ['.'] = { RN_ARGUMENT_NONE, 0, rn_do_stop },            /* STOP */
    ['0'] = { RN_ARGUMENT_NONE, 0, rn_do_pop },             /* POP */
    ['1'] = { RN_ARGUMENT_NONE, 0, rn_do_pop_mark },        /* POP_MARK */
    ['2'] = { RN_ARGUMENT_NONE, 0, rn_do_duplicate },       /* DUP */
    ['F'] = { RN_ARGUMENT_LINE, 0, rn_do_opaque },          /* FLOAT */
    ['I'] = { RN_ARGUMENT_LINE, 0, rn_do_integer_line },    /* INT */
    ['J'] = { RN_ARGUMENT_I32, 0, rn_do_integer },          /* BININT */
    ['K'] = { RN_ARGUMENT_U8, 0, rn_do_integer },           /* BININT1 */
    ['L'] = { RN_ARGUMENT_LINE, 0, rn_do_integer_line },    /* LONG */
    ['M'] = { RN_ARGUMENT_U16, 0, rn_do_integer },          /* BININT2 */
    ['N'] = { RN_ARGUMENT_NONE, 0, rn_do_opaque },          /* NONE */
    ['P'] = { RN_ARGUMENT_LINE, 0, rn_do_persistent_line }, /* PERSID */
    ['Q'] = { RN_ARGUMENT_NONE, 0, rn_do_persistent },      /* BINPERSID */
    ['R'] = { RN_ARGUMENT_NONE, 0, rn_do_call },            /* REDUCE */
    ['S'] = { RN_ARGUMENT_LINE, 0, rn_do_quoted },          /* STRING */
    ['T'] = { RN_ARGUMENT_BYTES_32, 0, rn_do_text },        /* BINSTRING */
    ['U'] = { RN_ARGUMENT_BYTES_8, 0, rn_do_text },         /* SHORT_BINSTRING */
    ['V'] = { RN_ARGUMENT_LINE, 0, rn_do_text },            /* UNICODE */
    ['X'] = { RN_ARGUMENT_BYTES_32, 0, rn_do_text },        /* BINUNICODE */
    ['a'] = { RN_ARGUMENT_NONE, 0, rn_do_append },          /* APPEND */
    ['b'] = { RN_ARGUMENT_NONE, 0, rn_do_state },           /* BUILD */
    ['c'] = { RN_ARGUMENT_TWO_LINES, 0, rn_do_class },      /* GLOBAL */
    ['d'] = { RN_ARGUMENT_NONE, 0, rn_do_dict },            /* DICT */
    ['}'] = { RN_ARGUMENT_NONE, 0, rn_do_empty_dict },      /* EMPTY_DICT */
    ['e'] = { RN_ARGUMENT_NONE, 0, rn_do_appends },         /* APPENDS */
    ['g'] = { RN_ARGUMENT_NUMBER_LINE, 0, rn_do_get },      /* GET */
    ['h'] = { RN_ARGUMENT_U8, 0, rn_do_get },               /* BINGET */
    ['i'] = { RN_ARGUMENT_TWO_LINES, 0, rn_do_call_lines }, /* INST */
    ['j'] = { RN_ARGUMENT_U32, 0, rn_do_get },              /* LONG_BINGET */
    ['l'] = { RN_ARGUMENT_NONE, 0, rn_do_list },            /* LIST */
    [']'] = { RN_ARGUMENT_NONE, 0, rn_do_empty_list },      /* EMPTY_LIST */
    ['o'] = { RN_ARGUMENT_NONE, 0, rn_do_call_marked },     /* OBJ */
    ['p'] = { RN_ARGUMENT_NUMBER_LINE, 0, rn_do_put },      /* PUT */
    ['q'] = { RN_ARGUMENT_U8, 0, rn_do_put },               /* BINPUT */
    ['r'] = { RN_ARGUMENT_U32, 0, rn_do_put },              /* LONG_BINPUT */
    ['s'] = { RN_ARGUMENT_NONE, 0, rn_do_set_entry },       /* SETITEM */
    ['t'] = { RN_ARGUMENT_NONE, 0, rn_do_tuple },           /* TUPLE */
    [')'] = { RN_ARGUMENT_NONE, 0, rn_do_short_tuple },     /* EMPTY_TUPLE */
    ['u'] = { RN_ARGUMENT_NONE, 0, rn_do_set_entries },     /* SETITEMS */
    ['G'] = { RN_ARGUMENT_64, 0, rn_do_opaque },            /* BINFLOAT */
    [0x80] = { RN_ARGUMENT_U8, 0, rn_do_protocol },         /* PROTO */
    [0x81] = { RN_ARGUMENT_NONE, 0, rn_do_call },           /* NEWOBJ */
    [0x82] = { RN_ARGUMENT_U8, 0, rn_do_refuse },           /* EXT1 */
    [0x83] = { RN_ARGUMENT_U16, 0, rn_do_refuse },          /* EXT2 */
    [0x84] = { RN_ARGUMENT_I32, 0, rn_do_refuse },          /* EXT4 */
    [0x85] = { RN_ARGUMENT_NONE, 1, rn_do_short_tuple },    /* TUPLE1 */
    [0x86] = { RN_ARGUMENT_NONE, 2, rn_do_short_tuple },    /* TUPLE2 */
    [0x87] = { RN_ARGUMENT_NONE, 3, rn_do_short_tuple },    /* TUPLE3 */
    [0x88] = { RN_ARGUMENT_NONE, 1, rn_do_integer },        /* NEWTRUE */
    [0x89] = { RN_ARGUMENT_NONE, 0, rn_do_integer },        /* NEWFALSE */
    [0x8a] = { RN_ARGUMENT_BYTES_8, 0, rn_do_long },        /* LONG1 */
    [0x8b] = { RN_ARGUMENT_BYTES_32, 0, rn_do_long },       /* LONG4 */
    ['B'] = { RN_ARGUMENT_BYTES_32, 0, rn_do_opaque },      /* BINBYTES */
    ['C'] = { RN_ARGUMENT_BYTES_8, 0, rn_do_opaque },       /* SHORT_BINBYTES */
    [0x8c] = { RN_ARGUMENT_BYTES_8, 0, rn_do_text },        /* SHORT_BINUNICODE */
    [0x8d] = { RN_ARGUMENT_BYTES_64, 0, rn_do_text },       /* BINUNICODE8 */
    [0x8e] = { RN_ARGUMENT_BYTES_64, 0, rn_do_opaque },     /* BINBYTES8 */
    [0x8f] = { RN_ARGUMENT_NONE, 0, rn_do_empty_list },     /* EMPTY_SET */
    [0x90] = { RN_ARGUMENT_NONE, 0, rn_do_appends },        /* ADDITEMS */
    [0x91] = { RN_ARGUMENT_NONE, 0, rn_do_list },           /* FROZENSET */
    [0x92] = { RN_ARGUMENT_NONE, 0, rn_do_call_named },     /* NEWOBJ_EX */
    [0x93] = { RN_ARGUMENT_NONE, 0, rn_do_stack_class },    /* STACK_GLOBAL */
    [0x94] = { RN_ARGUMENT_NONE, 0, rn_do_memoize },        /* MEMOIZE */
    [0x95] = { RN_ARGUMENT_64, 0, rn_do_nothing },          /* FRAME */
    [0x96] = { RN_ARGUMENT_BYTES_64, 0, rn_do_opaque },     /* BYTEARRAY8 */
    [0x97] = { RN_ARGUMENT_NONE, 0, rn_do_refuse },         /* NEXT_BUFFER */
    [0x98] = { RN_ARGUMENT_NONE, 0, rn_do_nothing },        /* READONLY_BUFFER */
};

static rn_status run_next(rn_machine *m)
{
    const rn_pickle *pickle = m->pickle;
    m->start = m->next;
    if (m->start >= pickle->size)
        return rn_machine_fail(m, "it ends before its last instruction");
    const instruction *found = &instructions[pickle->bytes[m->next++]];
    rn_argument argument = { .number = found->number };
    if (!found->run)
        return rn_machine_fail(m, "there is no such instruction");
    if (!rn_argument_read(pickle->bytes, pickle->size, &m->next, found->form, &argument))
        return rn_machine_fail(m,
                               "what follows the instruction is no number, or is beyond its end");
    return found->run(m, &argument);
}

rn_status rn_pickle_read(rn_pickle *pickle)
{
    rn_machine m = { .pickle = pickle, .pool = pickle->weights->pool };
    rn_status status = RN_OK;
    while (!m.is_done && !status)
        status = run_next(&m);
    pickle->used = m.next;
    return status;
}
