/* temporary.h: names of files that are being written. */
#ifndef RN_CORE_IO_TEMPORARY_H
#define RN_CORE_IO_TEMPORARY_H

#include <resnet/status.h>
#include <stdbool.h>

/* FILE.resnet-XXXXXXXX.tmp, with random letters and digits, so that no process on any machine picks
 * the same. The caller frees it; NULL without memory. */
char *rn_temporary_name(const char *path);

/* A path of this name in TMPDIR, or in /tmp. The caller frees it; NULL without memory. */
char *rn_temporary_path(const char *name);

/* The status of writing there; adds to the message of a failure that TMPDIR names the folder. */
rn_status rn_temporary_fail(rn_status status);

/* Whether a name is one of these. */
bool rn_temporary_is(const char *name);

#endif
