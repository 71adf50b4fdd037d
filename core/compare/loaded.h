/* loaded.h: the trace of another machine as the reference. */
#ifndef RN_CORE_COMPARE_LOADED_H
#define RN_CORE_COMPARE_LOADED_H

#include "compare/reference.h"

/* Opens options->load_trace, which must be of the options' phase, steps and batch, where those are
 * not 0, and of a network with the inputs of `config`. RN_E_USAGE says which option has to be
 * another. */
rn_status rn_loaded_open(const rn_config *config, const rn_compare_options *options,
                         rn_trace_reader **out);

/* The modes in which a comparison with the trace is possible, of those in `modes`. RN_E_USAGE: in
 * none. */
rn_status rn_loaded_modes(const rn_trace_reader *trace, const rn_compare_options *options,
                          bool modes[RN_N_COMPARE_MODES]);

/* Refuses weights and input that have other hashes than those of the trace; a trace without hashes
 * takes all. */
rn_status rn_loaded_check_input(const rn_trace_reader *trace, const rn_compare_options *options,
                                const char *input_hash);
rn_status rn_loaded_check_weights(const rn_trace_reader *trace, const rn_compare_options *options,
                                  const char *weights_hash);

/* Warns of a cfg that is another one. */
rn_status rn_loaded_check_cfg(const rn_trace_reader *trace, const rn_compare_options *options,
                              const rn_config *config, const char *cfg_hash);

/* Gives the rows that lack noise, operator or sum length what `opened` has there: a backend that
 * takes the step as a reference. */
rn_status rn_loaded_complete(rn_opened *opened, const rn_compare_options *options,
                             const rn_trace_header *header, rn_comparison *comparison);

/* Whether some row lacks them. */
bool rn_loaded_is_incomplete(const rn_comparison *comparison);

#endif
