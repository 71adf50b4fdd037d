/* agree.h: what the processes of a run decide together, as each has its own signals, clock and
 * files. All of them call these functions, in the same order. Alone, nothing is exchanged. */
#ifndef RN_CORE_TRAIN_AGREE_H
#define RN_CORE_TRAIN_AGREE_H

#include "data/left_out.h"

/* What process 0 knows becomes known to all. A text, or NULL, is allocated in the others. */
rn_status rn_agree_flag(bool *flag);
rn_status rn_agree_text(char **text);

/* Between two steps: signals that any process got are now those of all (interrupt.h). *saves,
 * whether a checkpoint is due, is process 0's. */
rn_status rn_agree_step(bool *saves);

/* rn_loader_params.agree. */
rn_status rn_agree_left_out(void *context, rn_left_out **list);

#endif
