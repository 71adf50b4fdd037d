/* elf_traits.c: reads a file's program headers and the flags in its dynamic segment. */
#include "plugin/elf_traits.h"

#include <fcntl.h>
#include <link.h>
#include <stdint.h>
#include <unistd.h>

static bool read_at(int file, void *to, size_t size, uint64_t offset)
{
    return pread(file, to, size, (off_t)offset) == (ssize_t)size;
}

static bool read_dynamic(int file, const ElfW(Phdr) * segment, rn_elf_traits *traits)
{
    ElfW(Dyn) entry = { .d_tag = DT_NULL };
    for (uint64_t at = 0; at < segment->p_filesz; at += sizeof entry) {
        if (!read_at(file, &entry, sizeof entry, segment->p_offset + at))
            return false;
        if (entry.d_tag == DT_NULL)
            break;
        traits->patches_code |= entry.d_tag == DT_TEXTREL ||
                                (entry.d_tag == DT_FLAGS && (entry.d_un.d_val & DF_TEXTREL) != 0);
    }
    return true;
}

static bool read_segment(int file, const ElfW(Phdr) * segment, rn_elf_traits *traits)
{
    bool executes = (segment->p_flags & PF_X) != 0, writes = (segment->p_flags & PF_W) != 0;
    if (segment->p_type == PT_LOAD)
        traits->has_writable_code |= executes && writes;
    if (segment->p_type == PT_GNU_STACK)
        traits->executes_its_stack = executes;
    return segment->p_type != PT_DYNAMIC || read_dynamic(file, segment, traits);
}

static bool read_file(int file, rn_elf_traits *traits)
{
    ElfW(Ehdr) header;
    *traits = (rn_elf_traits){ .executes_its_stack = true };
    if (!read_at(file, &header, sizeof header, 0))
        return false;
    for (unsigned i = 0; i < header.e_phnum; i++) {
        ElfW(Phdr) segment;
        uint64_t offset = header.e_phoff + (uint64_t)i * sizeof segment;
        if (!read_at(file, &segment, sizeof segment, offset) ||
            !read_segment(file, &segment, traits))
            return false;
    }
    return true;
}

bool rn_elf_traits_read(const char *path, rn_elf_traits *traits)
{
    int file = open(path, O_RDONLY | O_CLOEXEC);
    bool is_read = file >= 0 && read_file(file, traits);
    if (file >= 0)
        close(file);
    return is_read;
}
