/* elf.h: checks a shared object before it is loaded. */
#ifndef RN_CORE_PLUGIN_ELF_H
#define RN_CORE_PLUGIN_ELF_H

#include <resnet/status.h>

/* RN_E_PLUGIN unless `path` is a complete shared object for this processor that exports the entry
 * function of this ABI. The dynamic loader alone would report less, crash on a truncated file, and
 * run the constructors of a plugin of another ABI before its entry could be looked up. */
rn_status rn_elf_check(const char *path);

#endif
