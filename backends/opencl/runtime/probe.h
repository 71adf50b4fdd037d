/* probe.h: asking the drivers in a child process, so that a broken one breaks nothing but that. */
#ifndef BACKENDS_OPENCL_RUNTIME_PROBE_H
#define BACKENDS_OPENCL_RUNTIME_PROBE_H

#include <resnet/status.h>
#include <stddef.h>

/* Lets a child process run `find`, which fills `answer`, and copies that back. RN_E_DEVICE where
 * the child crashes or does not answer; the text names the drivers. */
rn_status opencl_probe(void (*find)(void *answer), void *answer, size_t bytes);

/* Which drivers are installed, as part of a sentence: "/etc/OpenCL/vendors names pocl.icd". */
void opencl_vendors(char *text, size_t bytes);

/* Where PoCL is among these drivers: RN_E_DEVICE where it cannot write its cache, which it does not
 * say itself. */
rn_status opencl_pocl_check(const char *vendors);

#endif
