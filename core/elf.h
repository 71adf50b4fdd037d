/* elf.h: a cheap look at a shared object before it is loaded. */
#ifndef RN_CORE_ELF_H
#define RN_CORE_ELF_H

#include <resnet/status.h>

/* RN_E_PLUGIN where `path` is not a complete shared object for this processor. The loader itself
 * would report less, and crash on a truncated file. */
rn_status rn_elf_check(const char *path);

#endif
