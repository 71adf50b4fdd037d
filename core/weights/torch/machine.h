/* machine.h: the machine that reads pickles: its stack and its memo. */
#ifndef RN_CORE_WEIGHTS_TORCH_MACHINE_H
#define RN_CORE_WEIGHTS_TORCH_MACHINE_H

#include "weights/torch/pickle.h"

typedef struct rn_machine {
    rn_pickle *pickle;
    rn_pool *pool;
    uint64_t start, next; /* of the instruction at hand; of the one after it */
    rn_value_list stack, memo;
    bool is_done;
} rn_machine;

/* RN_E_DATA: what is wrong with the instruction at hand. */
rn_status rn_machine_fail(const rn_machine *m, const char *what);
rn_status rn_machine_no_memory(const rn_machine *m);

/* `value` is NULL where there was no memory for it. */
rn_status rn_machine_push(rn_machine *m, rn_value *value);

/* Sets `*value` to the uppermost one. RN_E_DATA: there is none, or it is a mark. */
rn_status rn_machine_look(const rn_machine *m, rn_value **value);
rn_status rn_machine_pop(rn_machine *m, rn_value **value);

/* The values above the uppermost mark, valid until something is pushed; all are taken off. */
rn_status rn_machine_pop_to_mark(rn_machine *m, rn_value_list *values);

#endif
