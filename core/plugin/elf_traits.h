/* elf_traits.h: how a shared object was linked. */
#ifndef RN_CORE_PLUGIN_ELF_TRAITS_H
#define RN_CORE_PLUGIN_ELF_TRAITS_H

#include <stdbool.h>

typedef struct rn_elf_traits {
    bool patches_code;       /* has relocations in its code, which is writable while it loads */
    bool has_writable_code;  /* a segment is writable and executable */
    bool executes_its_stack; /* asks for an executable stack, or does not say that it needs none */
} rn_elf_traits;

/* False if the file cannot be read. Nothing in it is trusted. */
bool rn_elf_traits_read(const char *path, rn_elf_traits *traits);

#endif
