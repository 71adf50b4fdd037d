/* lr_find_print.h: what `resnet-run lr-find` prints. */
#ifndef RN_CORE_COMMANDS_LR_FIND_PRINT_H
#define RN_CORE_COMMANDS_LR_FIND_PRINT_H

#include "commands/lr_curve.h"

/* The curve in characters, and what follows from it in words. */
void rn_lr_find_print(const rn_lr_curve *curve, const rn_lr_advice *advice, int64_t batch);

/* One object, with every point. A number that is not finite is null. */
void rn_lr_find_print_json(const rn_lr_curve *curve, const rn_lr_advice *advice, int64_t batch);

#endif
