/* names.c: a hash table with open addressing, at most half full. */
#include "graph/names.h"

#include <stdlib.h>
#include <string.h>

#define FIRST_SLOTS 256

/* FNV-1a. */
static uint64_t hash_of(const char *text)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (; *text; text++)
        hash = (hash ^ (unsigned char)*text) * UINT64_C(0x100000001b3);
    return hash;
}

/* The slot where the name is, or would be added. */
static rn_name **slot_of(const rn_names *names, const char *text, uint64_t hash)
{
    size_t i = (size_t)hash & (names->n_slots - 1);
    for (; names->slots[i]; i = (i + 1) & (names->n_slots - 1))
        if (names->slots[i]->hash == hash && strcmp(names->slots[i]->text, text) == 0)
            break;
    return &names->slots[i];
}

rn_name *rn_names_find(const rn_names *names, const char *text)
{
    return names->n_slots ? *slot_of(names, text, hash_of(text)) : NULL;
}

static bool grow(rn_names *names)
{
    rn_names larger = { .n_slots = names->n_slots ? 2 * names->n_slots : FIRST_SLOTS };
    larger.slots = calloc(larger.n_slots, sizeof *larger.slots);
    if (!larger.slots)
        return false;
    for (size_t i = 0; i < names->n_slots; i++)
        if (names->slots[i])
            *slot_of(&larger, names->slots[i]->text, names->slots[i]->hash) = names->slots[i];
    larger.n = names->n;
    free(names->slots);
    *names = larger;
    return true;
}

rn_name *rn_names_add(rn_names *names, const char *text)
{
    if (2 * names->n >= names->n_slots && !grow(names))
        return NULL;
    uint64_t hash = hash_of(text);
    rn_name **slot = slot_of(names, text, hash);
    if (*slot)
        return *slot;
    size_t size = strlen(text) + 1;
    rn_name *added = calloc(1, sizeof *added + size);
    if (!added)
        return NULL;
    added->hash = hash;
    memcpy(added->text, text, size);
    added->node_number = added->path_number = 1;
    names->n++;
    return *slot = added;
}

bool rn_names_add_node(rn_names *names, const char *text)
{
    rn_name *name = rn_names_add(names, text);
    char *path = name && !name->is_path ? strdup(text) : NULL;
    bool is_done = name && (path || name->is_path);
    if (name)
        name->is_node = true;
    while (path && name && !name->is_path) { /* a path's prefixes are paths already */
        name->is_path = true;
        char *dot = strrchr(path, '.');
        if (!dot)
            break;
        *dot = 0;
        name = rn_names_add(names, path);
        is_done = name;
    }
    free(path);
    return is_done;
}

bool rn_names_has_node(const rn_names *names, const char *text)
{
    const rn_name *found = rn_names_find(names, text);
    return found && found->is_node;
}

void rn_names_clear(rn_names *names)
{
    for (size_t i = 0; i < names->n_slots; i++)
        free(names->slots[i]);
    free(names->slots);
    *names = (rn_names){ .n = 0 };
}
