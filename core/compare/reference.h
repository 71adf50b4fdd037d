/* reference.h: what the others are compared with: the first backend's tensors in a temporary
 * trace, or the trace of another machine. */
#ifndef RN_CORE_COMPARE_REFERENCE_H
#define RN_CORE_COMPARE_REFERENCE_H

#include "compare/opened.h"

/* Zero-initialise. */
typedef struct rn_reference {
    rn_trace_reader *trace;
    rn_kept *state; /* the kept tensors before the step that is traced; NULL: that is the first */
    int32_t *rows;  /* by tensor of the trace: its row of the comparison; -1: not wanted */
} rn_reference;

/* Walks the last of options->steps steps, measures the noise of each tensor, and sets the rows
 * of the comparison and what it tells about the reference. The caller closes it, also on
 * failure. */
rn_status rn_reference_make(rn_opened *opened, const rn_compare_options *options,
                            const rn_trace_header *header, rn_comparison *comparison,
                            rn_reference *reference);

/* Sets the rows from a trace that was opened; the reference then owns it. */
rn_status rn_reference_take(rn_trace_reader *trace, const rn_compare_options *options,
                            rn_comparison *comparison, rn_reference *reference);

/* The row of a tensor of the trace, by kind and name; -1: none. */
int32_t rn_reference_row(const rn_reference *reference, rn_traced_kind kind, const char *name);

void rn_reference_close(rn_reference *reference);

#endif
