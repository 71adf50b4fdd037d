/* probe.h: queries the drivers in a child process, which alone fails if a driver is broken. */
#ifndef BACKENDS_OPENCL_RUNTIME_PROBE_H
#define BACKENDS_OPENCL_RUNTIME_PROBE_H

#include <resnet/status.h>
#include <stddef.h>

/* Runs `find`, which fills `answer`, in a child process, and copies the answer back. RN_E_DEVICE if
 * the child crashes or does not answer; the message names the drivers. */
rn_status opencl_probe(void (*find)(void *answer), void *answer, size_t bytes);

/* Which drivers are installed, as part of a sentence: "/etc/OpenCL/vendors names pocl.icd". */
void opencl_vendors(char *text, size_t bytes);

/* RN_E_DEVICE if PoCL is one of these drivers and cannot write its cache, which PoCL itself does
 * not report. */
rn_status opencl_pocl_check(const char *vendors);

#endif
