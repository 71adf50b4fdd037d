/* elf_needed.h: the libraries that a shared object is linked with. */
#ifndef RN_CORE_PLUGIN_ELF_NEEDED_H
#define RN_CORE_PLUGIN_ELF_NEEDED_H

#include <stdbool.h>

#define RN_ELF_NEEDED_BYTES 256

/* The name of the first library that the file is linked with and whose name begins with `prefix`;
 * false if there is none, or the file cannot be read. */
bool rn_elf_needed(const char *path, const char *prefix, char name[RN_ELF_NEEDED_BYTES]);

/* True if the file is linked with a library whose name begins with `prefix`; false if the file
 * cannot be read. */
bool rn_elf_needs(const char *path, const char *prefix);

#endif
