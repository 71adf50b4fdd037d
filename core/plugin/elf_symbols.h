/* elf_symbols.h: reads the symbols of a shared object without loading it. */
#ifndef RN_CORE_PLUGIN_ELF_SYMBOLS_H
#define RN_CORE_PLUGIN_ELF_SYMBOLS_H

#include <resnet/status.h>

/* Longer names are passed as "". */
#define RN_ELF_NAME_BYTES 64

/* Calls `visit` with the name of each symbol that the open file exports. Its header and segments
 * have been checked (elf.c). RN_E_PLUGIN if a table is not within the file. */
rn_status rn_elf_symbols(int file, void (*visit)(const char *name, void *context), void *context);

/* The same for each symbol that it needs from elsewhere. */
rn_status rn_elf_needed_symbols(int file, void (*visit)(const char *name, void *context),
                                void *context);

#endif
