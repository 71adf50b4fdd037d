/* contest.h: which of cuDNN's engines computes a convolution. */
#ifndef BACKENDS_CUDNN_CONV2D_CONTEST_H
#define BACKENDS_CUDNN_CONV2D_CONTEST_H

#include "cudnn/conv2d/convolution.h"

typedef struct cudnn_contest {
    uint64_t workspace_most;
    double seconds;   /* for timing; 0: the first by cuDNN's rule that works */
    bool is_full;     /* all engines, else the most promising */
    const char *kept; /* the text of the engine of an earlier session, or NULL */
} cudnn_contest;

/* True if engines may compute it. In fp32 (plain tensors, no tensor cores), with --deterministic
 * and with --conv=winograd cuDNN's older calls do, whose algorithms are known by name. */
bool cudnn_contest_may(const cudnn_convolution *conv);
/* NULL if no engine can. `timed`: the clock has chosen. */
cudnn_execution *cudnn_contest_hold(const cudnn_convolution *conv, const cudnn_contest *contest,
                                    bool *timed);

#endif
