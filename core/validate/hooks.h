/* hooks.h: stands between a loaded plugin's own code and the C library's allocator. Only what that
 * object itself calls is seen: not what the libraries that it uses allocate, nor C++'s new, nor
 * what its constructors did while it was loaded. */
#ifndef RN_CORE_VALIDATE_HOOKS_H
#define RN_CORE_VALIDATE_HOOKS_H

#include <resnet/status.h>
#include <stdint.h>

/* For the rest of the process. RN_E_UNSUPPORTED: not known for this processor. */
rn_status rn_hooks_install(const char *path);

/* Counts anew, and lets allocation number `call`, from 1, fail; 0: none. */
void rn_hooks_fail_at(int64_t call);

/* Allocations since then. [any] */
int64_t rn_hooks_calls(void);

/* Allocations that have not been freed. [any] */
int64_t rn_hooks_live(void);

#endif
