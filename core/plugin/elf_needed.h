/* elf_needed.h: which libraries a shared object is linked with. */
#ifndef RN_CORE_PLUGIN_ELF_NEEDED_H
#define RN_CORE_PLUGIN_ELF_NEEDED_H

#include <stdbool.h>

/* Is it linked with a library whose name begins so? False for a file that cannot be read. */
bool rn_elf_needs(const char *path, const char *prefix);

#endif
