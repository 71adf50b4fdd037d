/* input.h: the batch that is compared. */
#ifndef RN_CORE_COMPARE_INPUT_H
#define RN_CORE_COMPARE_INPUT_H

#include "compare/trace_file.h"
#include "data/loader.h"
#include "train/synthetic.h"

/* Zero-initialise. */
typedef struct rn_compare_input {
    rn_batch batch;    /* what to use of all this */
    rn_synthetic made; /* labels too, where pictures have none */
    rn_source *source;
    rn_loader *loader;
} rn_compare_input;

/* `input` is "random", "dataset" (the first samples of validation), a picture or a folder of them.
 * There are fewer images than `batch` where there are no more. The caller closes it, also on
 * failure. */
rn_status rn_compare_input_open(const rn_config *config, const char *input, int64_t batch,
                                rn_compare_input *out);

/* The images and labels of a trace. RN_E_DATA where the network takes others, or the trace has
 * none. */
rn_status rn_compare_input_of_trace(const rn_config *config, rn_trace_reader *trace,
                                    rn_compare_input *out);
void rn_compare_input_close(rn_compare_input *input);

#endif
