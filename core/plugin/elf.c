/* elf.c: checks a shared object before it is loaded. */
#include "plugin/elf.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <resnet/plugin.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/status.h"
#include "plugin/elf_symbols.h"

#define MAX_SEGMENTS 1024
#define FIRST_MINOR 6 /* the first version whose entry is RN_PLUGIN_ENTRY */

static const char *machine_name(unsigned machine)
{
    static const struct {
        unsigned machine;
        const char *name;
    } names[] = {
        { EM_386, "32-bit x86" },  { EM_X86_64, "x86-64" }, { EM_ARM, "32-bit ARM" },
        { EM_AARCH64, "AArch64" }, { EM_PPC64, "POWER" },   { EM_RISCV, "RISC-V" },
    };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (names[i].machine == machine)
            return names[i].name;
    return "other";
}

static bool read_at(int file, void *to, size_t size, uint64_t offset)
{
    return pread(file, to, size, (off_t)offset) == (ssize_t)size;
}

/* The header of this program's file, which a plugin's must match. */
static bool read_program_header(ElfW(Ehdr) * program)
{
    int file = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
    bool is_read = file >= 0 && read_at(file, program, sizeof *program, 0);
    if (file >= 0)
        close(file);
    return is_read;
}

static const char *byte_order(const ElfW(Ehdr) * header)
{
    return header->e_ident[EI_DATA] == ELFDATA2MSB ? "big-endian" : "little-endian";
}

static rn_status check_header(const ElfW(Ehdr) * header)
{
    ElfW(Ehdr) program;
    if (!read_program_header(&program))
        return RN_OK;
    if (header->e_ident[EI_CLASS] != program.e_ident[EI_CLASS])
        return rn_fail(RN_E_PLUGIN, "it is a %s-bit library, but this program has %d bits",
                       header->e_ident[EI_CLASS] == ELFCLASS32 ? "32" : "64",
                       (int)sizeof(void *) * 8);
    if (header->e_ident[EI_DATA] != program.e_ident[EI_DATA])
        return rn_fail(RN_E_PLUGIN, "it is built for %s processors, this program for %s ones",
                       byte_order(header), byte_order(&program));
    if (header->e_machine != program.e_machine)
        return rn_fail(RN_E_PLUGIN, "it is built for %s processors, this program for %s",
                       machine_name(header->e_machine), machine_name(program.e_machine));
    if (header->e_type != ET_DYN)
        return rn_fail(RN_E_PLUGIN, "it is not a shared object; link it with -shared -fPIC");
    return RN_OK;
}

/* Everything that the loader will map must lie inside the file. */
static rn_status check_segments(int file, const ElfW(Ehdr) * header, uint64_t file_bytes)
{
    if (header->e_phentsize != sizeof(ElfW(Phdr)) || header->e_phnum > MAX_SEGMENTS)
        return rn_fail(RN_E_PLUGIN, "its program headers are damaged; build or copy it again");
    for (unsigned i = 0; i < header->e_phnum; i++) {
        ElfW(Phdr) segment;
        uint64_t offset = header->e_phoff + (uint64_t)i * sizeof segment;
        bool inside = offset < file_bytes && read_at(file, &segment, sizeof segment, offset);
        if (inside && segment.p_type == PT_LOAD)
            inside =
                segment.p_filesz <= file_bytes && segment.p_offset <= file_bytes - segment.p_filesz;
        if (!inside)
            return rn_fail(RN_E_PLUGIN, "it is truncated after %llu bytes; build or copy it again",
                           (unsigned long long)file_bytes);
    }
    return RN_OK;
}

/* The entry functions that an object exports. */
typedef struct entries {
    bool has_ours;                 /* that of this program's ABI */
    char other[RN_ELF_NAME_BYTES]; /* another ABI's entry, "rn_plugin_v3_2"; "" if none */
} entries;

static void note_entry(const char *name, void *context)
{
    static const char prefix[] = "rn_plugin_v";
    entries *found = context;
    const char *version = name + sizeof prefix - 1;
    if (strncmp(name, prefix, sizeof prefix - 1) != 0)
        return;
    if (strcmp(name, RN_PLUGIN_ENTRY_NAME) == 0)
        found->has_ours = true;
    else if (version[0] && !version[strspn(version, "0123456789_")])
        strcpy(found->other, name);
}

static rn_status check_entry(int file)
{
    entries found = { .has_ours = false };
    rn_status status = rn_elf_symbols(file, note_entry, &found);
    if (status || found.has_ours)
        return status;
    if (!found.other[0])
        return rn_fail(RN_E_PLUGIN,
                       "it is not a resnet-run plugin: it does not export %s; call its entry "
                       "RN_PLUGIN_ENTRY, of <resnet/plugin.h>",
                       RN_PLUGIN_ENTRY_NAME);
    return rn_fail(RN_E_PLUGIN,
                   "it is built for another ABI: its entry is %s; this program (ABI %d.%d) loads "
                   "plugins of ABI %d.%d and later, whose entry is %s; build it again with this "
                   "program's headers",
                   found.other, RN_ABI_MAJOR, RN_ABI_MINOR, RN_ABI_MAJOR, FIRST_MINOR,
                   RN_PLUGIN_ENTRY_NAME);
}

static rn_status check_file(int file)
{
    ElfW(Ehdr) header;
    struct stat info;
    memset(&header, 0, sizeof header);
    if (fstat(file, &info))
        return rn_fail(RN_E_PLUGIN, "it cannot be read: %s", strerror(errno));
    if (info.st_size == 0)
        return rn_fail(RN_E_PLUGIN, "it is empty; build or copy it again");
    if (!read_at(file, header.e_ident, SELFMAG, 0) || memcmp(header.e_ident, ELFMAG, SELFMAG) != 0)
        return rn_fail(RN_E_PLUGIN, "it is not a shared object (its first bytes are not ELF's)");
    if (!read_at(file, &header, sizeof header, 0))
        return rn_fail(RN_E_PLUGIN, "it is truncated after %lld bytes; build or copy it again",
                       (long long)info.st_size);
    rn_status status = check_header(&header);
    if (status)
        return status;
    status = check_segments(file, &header, (uint64_t)info.st_size);
    if (status)
        return status;
    return check_entry(file);
}

rn_status rn_elf_check(const char *path)
{
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return rn_fail(RN_E_PLUGIN, "it cannot be read: %s", strerror(errno));
    rn_status status = check_file(file);
    close(file);
    return status;
}
