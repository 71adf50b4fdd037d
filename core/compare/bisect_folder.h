/* bisect_folder.h: a fault as a folder that repeats it without the network, on any machine:
 * operator.json, tensors.safetensors, operator.cfg, run, README.txt. */
#ifndef RN_CORE_COMPARE_BISECT_FOLDER_H
#define RN_CORE_COMPARE_BISECT_FOLDER_H

#include "compare/bisect_fault.h"

#define RN_FAULT_JSON "operator.json"
#define RN_FAULT_TENSORS "tensors.safetensors"
#define RN_FAULT_CFG "operator.cfg"
#define RN_FAULT_RUN "run"
#define RN_FAULT_README "README.txt"

/* Creates the folder, or replaces what an earlier one left. operator.json comes last. */
rn_status rn_fault_write(const char *folder, const rn_fault *fault);

/* Sets the subject, the goal, and of the trial what is expected, limits and noise, how many runs
 * there were and how many failed. Both files are checked. The caller clears the fault, also on
 * failure. */
rn_status rn_fault_read(const char *folder, rn_fault *fault);

#endif
