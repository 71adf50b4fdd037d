/* races.c: remembers who last wrote and read each byte in a launch.
 *
 * Every byte of device memory and of the __shared__ memory has a cell, which is valid for one
 * launch, or for one block if the memory is shared. Threads of a block are in order if a barrier
 * came between them; those of a warp also if an exchange did. Threads of different blocks never
 * are, whatever order the stand-in runs them in. */
#define _GNU_SOURCE /* MAP_ANONYMOUS */
#include "races.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "machine.h"

#define PAGE_SHIFT 12
#define N_PAGES 256                    /* power of 2 */
#define MAX_REGIONS 4096               /* as many as there are live allocations */
#define CELLS_MOST ((size_t)512 << 20) /* bytes of cells that are kept after a launch */
#define MANY_BLOCKS UINT64_MAX
#define MANY 0xFFFF
#define WARP 32

typedef struct cell {
    uint64_t write_block, read_block; /* from 1; 0: none; MANY_BLOCKS */
    uint32_t epoch;
    uint32_t write_barriers, write_exchanges, read_barriers, read_exchanges;
    uint16_t write_thread, read_thread, read_warp; /* readers may be MANY */
    bool is_atomic;                                /* all writes were */
} cell;

/* Memory with cells: an allocation of the device, or the memory of a block. */
typedef struct region {
    const unsigned char *begin;
    size_t bytes;
    bool is_shared;
    cell *cells;
} region;

static struct {
    bool is_on;
    const cudasim_entry *entry;
    void **args;
    uint32_t launch, blocks; /* epochs of device memory and of shared memory */
    uint64_t block;
    bool has_reported;
    region regions[MAX_REGIONS];
    int n_regions;
    size_t cell_bytes;
    struct {
        uintptr_t page;
        int region;   /* -1: none */
    } pages[N_PAGES]; /* where addresses were found in this launch */
} races;

/* ---- Regions ---- */

static void regions_clear(void)
{
    for (int i = 0; i < races.n_regions; i++)
        munmap(races.regions[i].cells, races.regions[i].bytes * sizeof(cell));
    races.n_regions = 0;
    races.cell_bytes = 0;
}

static int region_of(const unsigned char *begin, size_t bytes, bool is_shared)
{
    for (int i = 0; i < races.n_regions; i++)
        if (races.regions[i].begin == begin && races.regions[i].bytes == bytes)
            return i;
    void *cells = races.n_regions == MAX_REGIONS
                      ? MAP_FAILED
                      : mmap(NULL, bytes * sizeof(cell), PROT_READ | PROT_WRITE,
                             MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (cells == MAP_FAILED) {
        cudasim_blame(races.entry->name, "no memory to look for races");
        return -1;
    }
    races.regions[races.n_regions] = (region){ begin, bytes, is_shared, cells };
    races.cell_bytes += bytes * sizeof(cell);
    return races.n_regions++;
}

static void pages_forget(void)
{
    for (int i = 0; i < N_PAGES; i++)
        races.pages[i].page = 0;
}

void races_launch_begin(const cudasim_entry *entry, void **args)
{
    const char *setting = getenv("CUDASIM_RACES");
    races.is_on = setting && strcmp(setting, "1") == 0;
    if (races.cell_bytes > CELLS_MOST || races.n_regions > MAX_REGIONS / 2)
        regions_clear();
    races.entry = entry;
    races.args = args;
    races.has_reported = false;
    races.launch++;
    pages_forget();
}

static void pages_lead_to(int found, const char *begin, unsigned long bytes)
{
    uintptr_t last = ((uintptr_t)begin + bytes - 1) >> PAGE_SHIFT;
    for (uintptr_t page = (uintptr_t)begin >> PAGE_SHIFT; page <= last; page++) {
        races.pages[page % N_PAGES].page = page;
        races.pages[page % N_PAGES].region = found;
    }
}

void races_block_begin(unsigned long long block, const char *shared, unsigned long shared_bytes,
                       const char *dynamic, unsigned long dynamic_bytes)
{
    const char *const begin[2] = { shared, dynamic };
    const unsigned long bytes[2] = { shared_bytes, dynamic_bytes };
    races.block = block + 1;
    races.blocks++;
    for (int i = 0; races.is_on && i < 2; i++)
        if (bytes[i])
            pages_lead_to(region_of((const unsigned char *)begin[i], bytes[i], true), begin[i],
                          bytes[i]);
}

/* The region of an address; NULL: memory that no other thread sees, such as a stack. */
static const region *region_find(const unsigned char *p)
{
    const uintptr_t page = (uintptr_t)p >> PAGE_SHIFT;
    if (races.pages[page % N_PAGES].page != page) {
        size_t bytes;
        const unsigned char *begin = cudasim_memory_begin(p, &bytes);
        races.pages[page % N_PAGES].page = page;
        races.pages[page % N_PAGES].region = begin ? region_of(begin, bytes, false) : -1;
    }
    const int found = races.pages[page % N_PAGES].region;
    const region *r = found < 0 ? NULL : &races.regions[found];
    return r && p >= r->begin && p < r->begin + r->bytes ? r : NULL;
}

/* ---- Reports ---- */

/* "byte 16 of argument 2": the last pointer among the arguments that is not beyond the address. */
static void place_write(const region *r, const unsigned char *p, char text[64])
{
    const unsigned char *best = NULL;
    int argument = -1;
    for (int i = 0; i < races.entry->n_args; i++) {
        const unsigned char *begin = NULL;
        if (races.entry->is_pointer[i])
            memcpy(&begin, races.args[i], sizeof begin);
        if (begin && begin <= p && begin > best) {
            best = begin;
            argument = i;
        }
    }
    if (r->is_shared)
        snprintf(text, 64, "byte %td of shared memory", p - r->begin);
    else
        snprintf(text, 64, "byte %td of argument %d", p - best, argument);
}

/* What another thread did that this one's access races with. */
typedef struct other {
    const char *did;
    uint64_t block;
    unsigned thread;
} other;

static void report(const races_thread *me, const region *r, const unsigned char *p,
                   const char *does, const other *with)
{
    char place[64], who[64] = "several blocks";
    if (races.has_reported)
        return;
    races.has_reported = true;
    place_write(r, p, place);
    if (with->block == races.block)
        snprintf(who, sizeof who, "another thread of the block");
    else if (with->block != MANY_BLOCKS)
        snprintf(who, sizeof who, "block %llu", (unsigned long long)with->block - 1);
    if (with->block == races.block && with->thread != MANY)
        snprintf(who, sizeof who, "thread %u of the block", with->thread);
    cudasim_blame(races.entry->name, "a race: thread %d of block %llu %s %s, which %s %s",
                  me->index, (unsigned long long)races.block - 1, does, place, who, with->did);
}

/* ---- Accesses ---- */

/* Whether a thread of the block ran without a barrier or, in one warp, an exchange since. */
static bool is_beside(const races_thread *me, unsigned warp, unsigned barriers, unsigned exchanges)
{
    if (barriers != me->barriers)
        return false;
    return warp != (unsigned)me->index / WARP || exchanges == me->exchanges;
}

static bool races_with_write(const races_thread *me, const cell *c)
{
    if (!c->write_block || c->write_thread == me->index)
        return c->write_block && c->write_block != races.block;
    return c->write_block != races.block ||
           is_beside(me, c->write_thread / WARP, c->write_barriers, c->write_exchanges);
}

static bool races_with_read(const races_thread *me, const cell *c)
{
    if (!c->read_block || c->read_block != races.block)
        return c->read_block != 0;
    return c->read_thread != me->index &&
           is_beside(me, c->read_warp, c->read_barriers, c->read_exchanges);
}

static void note_read(const races_thread *me, cell *c)
{
    const unsigned warp = (unsigned)me->index / WARP;
    const bool is_first =
        !c->read_block || (c->read_block == races.block && c->read_barriers != me->barriers);
    if (!is_first && c->read_block != races.block) {
        c->read_block = MANY_BLOCKS;
        return;
    }
    if (is_first || (c->read_warp == warp && c->read_exchanges != me->exchanges)) {
        c->read_thread = (uint16_t)me->index;
        c->read_warp = (uint16_t)warp;
    } else if (c->read_thread != me->index) {
        c->read_thread = MANY;
        if (c->read_warp != warp)
            c->read_warp = MANY;
    }
    c->read_block = races.block;
    c->read_barriers = me->barriers;
    c->read_exchanges = me->exchanges;
}

static void note_write(const races_thread *me, cell *c, bool is_atomic)
{
    const bool adds = is_atomic && c->is_atomic && c->write_block;
    c->write_block = adds && c->write_block != races.block ? MANY_BLOCKS : races.block;
    c->is_atomic = is_atomic;
    c->write_thread = (uint16_t)me->index;
    c->write_barriers = me->barriers;
    c->write_exchanges = me->exchanges;
}

void races_access(const races_thread *me, const void *address, unsigned bytes, cudasim_access how)
{
    const unsigned char *p = address;
    const region *r = region_find(p);
    for (unsigned i = 0; r && i < bytes && p + i < r->begin + r->bytes; i++) {
        cell *c = &r->cells[p + i - r->begin];
        const uint32_t epoch = r->is_shared ? races.blocks : races.launch;
        if (c->epoch != epoch)
            *c = (cell){ .epoch = epoch };
        const bool both_atomic = how == CUDASIM_ATOMIC && c->is_atomic;
        const char *does = how == CUDASIM_READ ? "reads" : "writes";
        if (!both_atomic && races_with_write(me, c))
            report(me, r, p + i, does, &(other){ "writes", c->write_block, c->write_thread });
        if (how != CUDASIM_READ && races_with_read(me, c))
            report(me, r, p + i, does, &(other){ "reads", c->read_block, c->read_thread });
        if (how == CUDASIM_READ)
            note_read(me, c);
        else
            note_write(me, c, how == CUDASIM_ATOMIC);
    }
}
