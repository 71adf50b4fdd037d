/* descriptors.h: standard input, output and error. */
#ifndef RN_CORE_CLI_DESCRIPTORS_H
#define RN_CORE_CLI_DESCRIPTORS_H

#include <resnet/status.h>

/* Opens those of the three that are closed. Otherwise a file opened later would get one of their
 * numbers, and output would be written into that file. Reading standard input and writing standard
 * output still fail. Writing to standard error succeeds and is lost: LLVM, in OpenCL drivers, ends
 * the process with status 1 if it cannot write a warning. */
rn_status rn_descriptors_claim(void);

#endif
