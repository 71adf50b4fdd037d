/* skipped.h: the samples that could not be read and were left out, listed in a file of the run's
 * folder, each once. */
#ifndef RN_CORE_TRAIN_SKIPPED_H
#define RN_CORE_TRAIN_SKIPPED_H

#include <resnet/status.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct rn_skipped rn_skipped;

/* `folder` NULL: nothing is written. What the file lists already stays, unless
 * `anew`. */
rn_status rn_skipped_open(const char *folder, bool anew, rn_skipped **out);

/* Lists a sample; `skipped` is an rn_skipped, so that this is rn_loader_params.skipped. RN_E_IO. */
rn_status rn_skipped_add(void *skipped, const char *name, const char *reason);

/* Samples listed since it was opened. */
int64_t rn_skipped_count(const rn_skipped *skipped);

/* Says how many there were, if any, and closes. NULL: nothing. */
void rn_skipped_close(rn_skipped *skipped);

#endif
