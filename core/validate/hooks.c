/* hooks.c: replaces the addresses of the allocator's functions in one loaded object's tables. The
 * loader has written them there for each relocation that names such a function. */
#define _GNU_SOURCE /* dl_iterate_phdr */
#include "validate/hooks.h"

#include <errno.h>
#include <link.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/status.h"

#if defined __x86_64__
#define IS_ADDRESS(type)                                                                           \
    ((type) == R_X86_64_JUMP_SLOT || (type) == R_X86_64_GLOB_DAT || (type) == R_X86_64_64)
#elif defined __aarch64__
#define IS_ADDRESS(type)                                                                           \
    ((type) == R_AARCH64_JUMP_SLOT || (type) == R_AARCH64_GLOB_DAT || (type) == R_AARCH64_ABS64)
#endif

/* ---- What is alive ---- */

enum { N_SLOTS = 1 << 16, MOST_LIVE = N_SLOTS / 2 };

static uintptr_t slots[N_SLOTS]; /* by hash; 0 ends a search */
static int64_t n_live;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static atomic_int_least64_t n_calls, failing;

static uint32_t slot_of(uintptr_t address)
{
    return (uint32_t)((address >> 4) * 2654435761u) % N_SLOTS;
}

static void *born(void *pointer)
{
    uintptr_t address = (uintptr_t)pointer;
    pthread_mutex_lock(&lock);
    uint32_t i = slot_of(address);
    while (address && slots[i] && n_live < MOST_LIVE)
        i = (i + 1) % N_SLOTS;
    if (address && n_live < MOST_LIVE) {
        slots[i] = address;
        n_live++;
    }
    pthread_mutex_unlock(&lock);
    return pointer;
}

/* Moves what follows into the gap, so that it is still found. */
static void close_gap(uint32_t gap)
{
    for (uint32_t i = (gap + 1) % N_SLOTS; slots[i]; i = (i + 1) % N_SLOTS) {
        uint32_t away = (i - slot_of(slots[i])) % N_SLOTS;
        if (away < (i - gap) % N_SLOTS)
            continue;
        slots[gap] = slots[i];
        gap = i;
    }
    slots[gap] = 0;
}

static void died(uintptr_t address)
{
    pthread_mutex_lock(&lock);
    uint32_t i = slot_of(address);
    while (address && slots[i] && slots[i] != address)
        i = (i + 1) % N_SLOTS;
    if (address && slots[i]) {
        close_gap(i);
        n_live--;
    }
    pthread_mutex_unlock(&lock);
}

static bool fails(void)
{
    int64_t call = atomic_fetch_add(&n_calls, 1) + 1;
    bool is_it = call == atomic_load(&failing);
    if (is_it)
        errno = ENOMEM;
    return is_it;
}

/* ---- What the plugin calls instead ---- */

static void *hook_malloc(size_t size)
{
    return fails() ? NULL : born(malloc(size));
}

static void *hook_calloc(size_t n, size_t size)
{
    return fails() ? NULL : born(calloc(n, size));
}

/* Where memory really runs out, `from` is not counted any more. */
static void *hook_reallocarray(void *from, size_t n, size_t size)
{
    if (fails())
        return NULL;
    died((uintptr_t)from);
    return born(reallocarray(from, n, size));
}

static void *hook_realloc(void *from, size_t size)
{
    return hook_reallocarray(from, 1, size);
}

static void *hook_aligned_alloc(size_t alignment, size_t size)
{
    return fails() ? NULL : born(aligned_alloc(alignment, size));
}

static int hook_posix_memalign(void **to, size_t alignment, size_t size)
{
    int error = fails() ? ENOMEM : posix_memalign(to, alignment, size);
    if (!error)
        born(*to);
    return error;
}

static char *hook_strdup(const char *text)
{
    return fails() ? NULL : born(strdup(text));
}

static char *hook_strndup(const char *text, size_t size)
{
    return fails() ? NULL : born(strndup(text, size));
}

static void hook_free(void *pointer)
{
    died((uintptr_t)pointer);
    free(pointer);
}

static const struct {
    const char *name;
    void (*function)(void);
} hooks[] = {
    { "malloc", (void (*)(void))hook_malloc },
    { "calloc", (void (*)(void))hook_calloc },
    { "realloc", (void (*)(void))hook_realloc },
    { "reallocarray", (void (*)(void))hook_reallocarray },
    { "aligned_alloc", (void (*)(void))hook_aligned_alloc },
    { "posix_memalign", (void (*)(void))hook_posix_memalign },
    { "strdup", (void (*)(void))hook_strdup },
    { "strndup", (void (*)(void))hook_strndup },
    { "free", (void (*)(void))hook_free },
};

void rn_hooks_fail_at(int64_t call)
{
    atomic_store(&failing, call);
    atomic_store(&n_calls, 0);
}

int64_t rn_hooks_calls(void)
{
    return atomic_load(&n_calls);
}

int64_t rn_hooks_live(void)
{
    pthread_mutex_lock(&lock);
    int64_t n = n_live;
    pthread_mutex_unlock(&lock);
    return n;
}

/* ---- Its tables ---- */

#ifdef IS_ADDRESS
typedef struct search {
    const char *path;
    bool is_found;
} search;

static bool make_writable(const void *address)
{
    uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE), from = (uintptr_t)address / page * page;
    return mprotect((void *)from, page, PROT_READ | PROT_WRITE) == 0;
}

static void replace(const char *name, void *address)
{
    for (size_t i = 0; i < sizeof hooks / sizeof *hooks; i++)
        if (strcmp(hooks[i].name, name) == 0 && make_writable(address))
            memcpy(address, &hooks[i].function, sizeof hooks[i].function);
}

/* Loaders of some processors leave offsets in the dynamic segment. */
static uintptr_t address_of(ElfW(Addr) base, ElfW(Addr) given)
{
    return given < base ? base + given : given;
}

typedef struct tables {
    const ElfW(Sym) * symbols;
    const char *names;
    const ElfW(Rela) * lists[2];
    size_t bytes[2];
} tables;

static tables read_tables(ElfW(Addr) base, const ElfW(Dyn) * entry)
{
    tables t = { 0 };
    for (; entry->d_tag != DT_NULL; entry++) {
        uintptr_t address = address_of(base, entry->d_un.d_ptr);
        switch (entry->d_tag) {
            case DT_SYMTAB: t.symbols = (const ElfW(Sym) *)address; break;
            case DT_STRTAB: t.names = (const char *)address; break;
            case DT_RELA: t.lists[0] = (const ElfW(Rela) *)address; break;
            case DT_RELASZ: t.bytes[0] = entry->d_un.d_val; break;
            case DT_JMPREL: t.lists[1] = (const ElfW(Rela) *)address; break;
            case DT_PLTRELSZ: t.bytes[1] = entry->d_un.d_val; break;
            default: break;
        }
    }
    return t;
}

static void replace_all(ElfW(Addr) base, const tables *t)
{
    for (int k = 0; k < 2; k++)
        for (size_t i = 0; i < t->bytes[k] / sizeof *t->lists[k]; i++) {
            const ElfW(Rela) *r = &t->lists[k][i];
            if (IS_ADDRESS(ELF64_R_TYPE(r->r_info)))
                replace(t->names + t->symbols[ELF64_R_SYM(r->r_info)].st_name,
                        (void *)(base + r->r_offset));
        }
}

static int visit_object(struct dl_phdr_info *info, size_t size, void *context)
{
    search *s = context;
    (void)size;
    if (strcmp(info->dlpi_name, s->path) != 0)
        return 0;
    for (int i = 0; i < info->dlpi_phnum; i++)
        if (info->dlpi_phdr[i].p_type == PT_DYNAMIC) {
            tables t =
                read_tables(info->dlpi_addr,
                            (const ElfW(Dyn) *)(info->dlpi_addr + info->dlpi_phdr[i].p_vaddr));
            replace_all(info->dlpi_addr, &t);
            s->is_found = true;
        }
    return 1;
}

rn_status rn_hooks_install(const char *path)
{
    search s = { .path = path };
    dl_iterate_phdr(visit_object, &s);
    return s.is_found
               ? RN_OK
               : rn_fail(RN_E_UNSUPPORTED, "the loader does not list the plugin by its path");
}
#else
rn_status rn_hooks_install(const char *path)
{
    return rn_fail(RN_E_UNSUPPORTED, "%s: the relocations of this processor are not known", path);
}
#endif
