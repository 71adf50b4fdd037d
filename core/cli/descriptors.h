/* descriptors.h: standard input, output and error of the commands. */
#ifndef RN_CORE_CLI_DESCRIPTORS_H
#define RN_CORE_CLI_DESCRIPTORS_H

#include <resnet/status.h>

/* Takes the numbers of those that are closed, before a file that is opened later gets one of them
 * and what is printed goes into that file. Reading input and writing output fails as before. What
 * is written to standard error is lost: LLVM, in drivers of OpenCL, ends the process with status 1
 * where it cannot write a warning. */
rn_status rn_descriptors_claim(void);

#endif
