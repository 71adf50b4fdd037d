/* eval_files.h: the files that an evaluation leaves. */
#ifndef RN_CORE_COMMANDS_EVAL_FILES_H
#define RN_CORE_COMMANDS_EVAL_FILES_H

#include "commands/eval.h"
#include "report/evaluation.h"
#include "train/session.h"

/* The folder for the files of an evaluation: the one that was asked for, or the run's, if the
 * weights are those of a run and its folder can be written to. NULL: none. Texts of the config and
 * of the options. */
const char *rn_eval_folder(const rn_config *config, const rn_run_options *options,
                           const rn_eval_options *eval);

/* Writes the page, the confusion matrix, the bins of the calibration and the contact sheet of
 * mistakes to a folder, which is made if it is not there, and lists them in the results.
 * RN_E_IO. */
rn_status rn_eval_write(rn_evaluation_results *results, const rn_session *session,
                        const rn_source *source, const rn_outcomes *outcomes, const char *folder);

#endif
