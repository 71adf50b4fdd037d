/* elf.h: a cheap look at a shared object before it is loaded. */
#ifndef RN_CORE_PLUGIN_ELF_H
#define RN_CORE_PLUGIN_ELF_H

#include <resnet/status.h>

/* RN_E_PLUGIN where `path` is not a complete shared object for this processor, or does not export
 * the entry of this ABI. The loader itself would report less, crash on a truncated file, and run
 * the constructors of a plugin of another ABI before the entry could be looked for. */
rn_status rn_elf_check(const char *path);

#endif
