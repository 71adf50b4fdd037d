/* objects.c: the table of handles of all libraries, including destroyed ones. */
#include <stdlib.h>
#include <string.h>

#include "machine.h"

typedef struct object {
    void *address;
    const char *type;
    bool is_live;
} object;

/* A hash table with open addressing; entries are never removed. */
static struct {
    object *slots;
    size_t n, capacity;
} objects;

static object *find_slot(const void *address)
{
    size_t i = ((uintptr_t)address >> 4) * 0x9E3779B97F4A7C15u >> 20;
    for (i &= objects.capacity - 1;; i = (i + 1) & (objects.capacity - 1))
        if (!objects.slots[i].address || objects.slots[i].address == address)
            return &objects.slots[i];
}

static const object *find(const void *address)
{
    if (!address || !objects.capacity)
        return NULL;
    const object *found = find_slot(address);
    return found->address ? found : NULL;
}

static bool grow(void)
{
    object *old = objects.slots;
    size_t n = objects.capacity;
    object *slots = calloc(n ? 2 * n : 256, sizeof *slots);
    if (!slots)
        return false;
    objects.slots = slots;
    objects.capacity = n ? 2 * n : 256;
    for (size_t i = 0; i < n; i++)
        if (old[i].address)
            *find_slot(old[i].address) = old[i];
    free(old);
    return true;
}

void *cudasim_object_new(const char *type, size_t bytes)
{
    cudasim_lock();
    void *address = NULL;
    if (2 * objects.n < objects.capacity || grow())
        address = calloc(1, bytes ? bytes : 1);
    if (address) {
        objects.n++;
        *find_slot(address) = (object){ address, type, true };
    }
    cudasim_unlock();
    return address;
}

/* True if it is a live handle of that type; blames otherwise. */
static bool check(const char *function, const char *type, const void *address)
{
    const object *found = find(address);
    if (!found) {
        cudasim_blame(function, "%s is not a %s", address ? "the handle" : "NULL", type);
        return false;
    }
    if (strcmp(found->type, type))
        cudasim_blame(function, "a %s was passed as a %s", found->type, type);
    else if (!found->is_live)
        cudasim_blame(function, "a %s is used after it was destroyed", type);
    return found->is_live && !strcmp(found->type, type);
}

bool cudasim_object_is(const char *function, const char *type, const void *address)
{
    cudasim_lock();
    bool is = check(function, type, address);
    cudasim_unlock();
    return is;
}

void cudasim_object_free(const char *type, void *address)
{
    cudasim_lock();
    if (check("destroying", type, address))
        find_slot(address)->is_live = false;
    cudasim_unlock();
}

/* Visits each type once, at its first entry in the table. */
int cudasim_objects_visit(cudasim_visitor *visit, void *context)
{
    int all = 0;
    for (size_t i = 0; i < objects.capacity; i++) {
        const object *one = &objects.slots[i];
        int same = 0;
        bool is_first = one->is_live;
        for (size_t k = 0; k < objects.capacity && is_first; k++) {
            const object *other = &objects.slots[k];
            if (!other->is_live || strcmp(other->type, one->type))
                continue;
            if (k < i)
                is_first = false;
            same++;
        }
        if (is_first)
            visit(context, one->type, same);
        all += one->is_live;
    }
    return all;
}
