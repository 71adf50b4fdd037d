/* elf_needed.c: reads a file's DT_NEEDED entries. Nothing in the file is trusted. */
#include "plugin/elf_needed.h"

#include <elf.h>
#include <fcntl.h>
#include <link.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct image {
    const char *bytes;
    uint64_t size;
} image;

/* `size` bytes at `offset`; NULL if they are not within the file or are misaligned. */
static const void *part(const image *file, uint64_t offset, uint64_t size)
{
    bool is_inside = offset <= file->size && size <= file->size - offset;
    return is_inside && offset % sizeof(void *) == 0 ? file->bytes + offset : NULL;
}

typedef struct segments {
    const ElfW(Phdr) * list;
    int n;
} segments;

static segments segments_of(const image *file)
{
    const ElfW(Ehdr) *header = part(file, 0, sizeof *header);
    if (!header || header->e_phentsize != sizeof(ElfW(Phdr)))
        return (segments){ NULL, 0 };
    const ElfW(Phdr) *list = part(file, header->e_phoff, header->e_phnum * sizeof *list);
    return (segments){ list, list ? header->e_phnum : 0 };
}

/* The table of strings that will be mapped at `address`; NULL if it is not within the file or does
 * not end in a 0. */
static const char *strings_at(const image *file, const segments *s, uint64_t address, uint64_t size)
{
    for (int i = 0; i < s->n; i++) {
        const ElfW(Phdr) *segment = &s->list[i];
        uint64_t in_segment = address - segment->p_vaddr;
        if (segment->p_type != PT_LOAD || address < segment->p_vaddr ||
            in_segment >= segment->p_filesz)
            continue;
        uint64_t offset = segment->p_offset + in_segment;
        bool is_inside = offset >= in_segment && offset < file->size && size <= file->size - offset;
        bool ends_in_0 = is_inside && size && file->bytes[offset + size - 1] == 0;
        return ends_in_0 ? file->bytes + offset : NULL;
    }
    return NULL;
}

static uint64_t value_of(const ElfW(Dyn) * entries, uint64_t n, ElfW(Sxword) tag)
{
    for (uint64_t i = 0; i < n && entries[i].d_tag != DT_NULL; i++)
        if (entries[i].d_tag == tag)
            return entries[i].d_un.d_val;
    return 0;
}

static bool find_needed(const image *file, const char *prefix, char name[RN_ELF_NEEDED_BYTES])
{
    const segments s = segments_of(file);
    const ElfW(Dyn) *entries = NULL;
    uint64_t n = 0;
    for (int i = 0; i < s.n; i++)
        if (s.list[i].p_type == PT_DYNAMIC) {
            entries = part(file, s.list[i].p_offset, s.list[i].p_filesz);
            n = entries ? s.list[i].p_filesz / sizeof *entries : 0;
        }
    uint64_t size = value_of(entries, n, DT_STRSZ);
    const char *strings = strings_at(file, &s, value_of(entries, n, DT_STRTAB), size);
    for (uint64_t i = 0; strings && i < n && entries[i].d_tag != DT_NULL; i++)
        if (entries[i].d_tag == DT_NEEDED && entries[i].d_un.d_val < size &&
            strncmp(strings + entries[i].d_un.d_val, prefix, strlen(prefix)) == 0) {
            snprintf(name, RN_ELF_NEEDED_BYTES, "%s", strings + entries[i].d_un.d_val);
            return true;
        }
    return false;
}

bool rn_elf_needs(const char *path, const char *prefix)
{
    char name[RN_ELF_NEEDED_BYTES];
    return rn_elf_needed(path, prefix, name);
}

bool rn_elf_needed(const char *path, const char *prefix, char name[RN_ELF_NEEDED_BYTES])
{
    struct stat info;
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return false;
    bool is_known = fstat(file, &info) == 0 && info.st_size > 0;
    image mapped = { .size = is_known ? (uint64_t)info.st_size : 0 };
    void *bytes = is_known ? mmap(0, mapped.size, PROT_READ, MAP_PRIVATE, file, 0) : MAP_FAILED;
    close(file);
    if (bytes == MAP_FAILED)
        return false;
    mapped.bytes = bytes;
    bool needs = find_needed(&mapped, prefix, name);
    munmap(bytes, mapped.size);
    return needs;
}
