/* elf_symbols.c: reads the symbols of a shared object without loading it.
 *
 * Finds the tables as the loader does, by the addresses in the dynamic segment; only the hash
 * tables tell how many symbols there are. Nothing in the file is trusted: every read is checked to
 * lie within a segment's part of the file. */
#include "plugin/elf_symbols.h"

#include <link.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/status.h"

typedef struct object {
    int file;
    ElfW(Phdr) * segments;
    unsigned n_segments;
    ElfW(Addr) symbols, names, sysv_hash, gnu_hash; /* addresses; 0 if absent */
    uint64_t names_bytes;
} object;

/* Reads what will be mapped at an address; false if that is not in the file. */
static bool read_address(const object *o, ElfW(Addr) address, void *to, size_t size)
{
    for (unsigned i = 0; i < o->n_segments; i++) {
        const ElfW(Phdr) *s = &o->segments[i];
        if (s->p_type != PT_LOAD || address < s->p_vaddr)
            continue;
        uint64_t within = address - s->p_vaddr;
        if (within <= s->p_filesz && size <= s->p_filesz - within)
            return pread(o->file, to, size, (off_t)(s->p_offset + within)) == (ssize_t)size;
    }
    return false;
}

static bool read_segments(object *o)
{
    ElfW(Ehdr) header;
    if (pread(o->file, &header, sizeof header, 0) != sizeof header)
        return false;
    size_t bytes = header.e_phnum * sizeof *o->segments;
    o->segments = malloc(bytes + 1);
    o->n_segments = header.e_phnum;
    return o->segments &&
           pread(o->file, o->segments, bytes, (off_t)header.e_phoff) == (ssize_t)bytes;
}

static void take_entry(object *o, const ElfW(Dyn) * entry)
{
    switch (entry->d_tag) {
        case DT_SYMTAB: o->symbols = entry->d_un.d_ptr; break;
        case DT_STRTAB: o->names = entry->d_un.d_ptr; break;
        case DT_STRSZ: o->names_bytes = entry->d_un.d_val; break;
        case DT_HASH: o->sysv_hash = entry->d_un.d_ptr; break;
        case DT_GNU_HASH: o->gnu_hash = entry->d_un.d_ptr; break;
        default: break;
    }
}

static bool read_dynamic(object *o)
{
    for (unsigned i = 0; i < o->n_segments; i++) {
        const ElfW(Phdr) *s = &o->segments[i];
        if (s->p_type != PT_DYNAMIC)
            continue;
        for (uint64_t at = 0; at < s->p_memsz; at += sizeof(ElfW(Dyn))) {
            ElfW(Dyn) entry;
            if (!read_address(o, s->p_vaddr + at, &entry, sizeof entry))
                return false;
            if (entry.d_tag == DT_NULL)
                break;
            take_entry(o, &entry);
        }
    }
    return true;
}

/* Counts the symbols in a DT_GNU_HASH table. A bucket holds the index of the first symbol of its
 * chain, and chains are in order: so the last symbol ends the chain of the largest bucket. */
static bool count_gnu(const object *o, uint32_t *count)
{
    /* head: number of buckets, index of the first hashed symbol, words of the Bloom filter, - */
    uint32_t head[4], largest = 0, bucket, link = 0;
    if (!read_address(o, o->gnu_hash, head, sizeof head))
        return false;
    ElfW(Addr) buckets = o->gnu_hash + sizeof head + (ElfW(Addr))head[2] * sizeof(ElfW(Addr));
    ElfW(Addr) chains = buckets + (ElfW(Addr))head[0] * sizeof bucket;
    for (uint32_t i = 0; i < head[0]; i++) {
        if (!read_address(o, buckets + (ElfW(Addr))i * sizeof bucket, &bucket, sizeof bucket))
            return false;
        largest = bucket > largest ? bucket : largest;
    }
    *count = largest;
    while (largest && !(link & 1)) { /* bit 0 marks the end of a chain */
        ElfW(Addr) offset = (ElfW(Addr))(*count - head[1]) * sizeof link;
        if (*count < head[1] || !read_address(o, chains + offset, &link, sizeof link))
            return false;
        ++*count;
    }
    return true;
}

static bool count_symbols(const object *o, uint32_t *count)
{
    uint32_t head[2] = { 0 }; /* DT_HASH: number of buckets, number of symbols */
    *count = 0;
    if (o->gnu_hash)
        return count_gnu(o, count);
    if (o->sysv_hash && !read_address(o, o->sysv_hash, head, sizeof head))
        return false;
    *count = head[1];
    return true;
}

static bool is_exported(const ElfW(Sym) * symbol)
{
    unsigned binding = symbol->st_info >> 4, visibility = symbol->st_other & 3;
    return symbol->st_shndx != SHN_UNDEF && binding != STB_LOCAL && visibility != STV_HIDDEN &&
           visibility != STV_INTERNAL;
}

static bool is_needed(const ElfW(Sym) * symbol)
{
    return symbol->st_shndx == SHN_UNDEF && symbol->st_info >> 4 != STB_LOCAL;
}

/* Sets `name` to "" if it is too long. False if it is not in the file. */
static bool read_name(const object *o, const ElfW(Sym) * symbol, char name[RN_ELF_NAME_BYTES])
{
    if (symbol->st_name >= o->names_bytes)
        return false;
    uint64_t left = o->names_bytes - symbol->st_name;
    size_t size = left < RN_ELF_NAME_BYTES ? (size_t)left : RN_ELF_NAME_BYTES;
    if (!read_address(o, o->names + symbol->st_name, name, size))
        return false;
    if (!memchr(name, 0, size))
        name[0] = 0;
    return true;
}

/* What to do with which symbols. */
typedef struct visitor {
    bool (*is_wanted)(const ElfW(Sym) * symbol);
    void (*visit)(const char *name, void *context);
    void *context;
} visitor;

static bool visit_all(object *o, const visitor *v)
{
    uint32_t count;
    if (!read_segments(o) || !read_dynamic(o) || !count_symbols(o, &count))
        return false;
    for (uint32_t i = 0; i < count; i++) {
        ElfW(Sym) symbol;
        char name[RN_ELF_NAME_BYTES];
        ElfW(Addr) address = o->symbols + (ElfW(Addr))i * sizeof symbol;
        if (!read_address(o, address, &symbol, sizeof symbol))
            return false;
        if (!v->is_wanted(&symbol))
            continue;
        if (!read_name(o, &symbol, name))
            return false;
        v->visit(name, v->context);
    }
    return true;
}

static rn_status visit_file(int file, const visitor *v)
{
    object o = { .file = file };
    bool is_read = visit_all(&o, v);
    free(o.segments);
    if (is_read)
        return RN_OK;
    return rn_fail(RN_E_PLUGIN, "its symbol table is damaged; build or copy it again");
}

rn_status rn_elf_symbols(int file, void (*visit)(const char *name, void *context), void *context)
{
    return visit_file(file, &(visitor){ is_exported, visit, context });
}

rn_status rn_elf_needed_symbols(int file, void (*visit)(const char *name, void *context),
                                void *context)
{
    return visit_file(file, &(visitor){ is_needed, visit, context });
}
