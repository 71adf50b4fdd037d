/* sgd.c: the step of gradient descent, on plain tensors. */
#include "cpu/sgd.h"

#include "onednn/onednn.h"

const cpu_operator onednn_sgd = { .query = cpu_sgd_query, .run = cpu_sgd_run };
