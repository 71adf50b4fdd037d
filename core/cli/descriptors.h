/* descriptors.h: standard input, output and error of the commands. */
#ifndef RN_CORE_CLI_DESCRIPTORS_H
#define RN_CORE_CLI_DESCRIPTORS_H

#include <resnet/status.h>

/* Takes the numbers of those that are closed, before a file that is opened later gets one of them
 * and what is printed goes into that file. Reading and writing them fails as before. */
rn_status rn_descriptors_claim(void);

#endif
