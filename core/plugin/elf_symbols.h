/* elf_symbols.h: the names that a shared object exports, without loading it. */
#ifndef RN_CORE_PLUGIN_ELF_SYMBOLS_H
#define RN_CORE_PLUGIN_ELF_SYMBOLS_H

#include <resnet/status.h>

/* Longer names are not told. */
#define RN_ELF_NAME_BYTES 64

/* Calls `see` with each name that the open file exports. Its header and segments have been checked
 * (elf.c). RN_E_PLUGIN where its tables lead out of the file. */
rn_status rn_elf_symbols(int file, void (*see)(const char *name, void *more), void *more);

#endif
