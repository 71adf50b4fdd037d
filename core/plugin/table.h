/* table.h: structures of the ABI that a plugin provides, copied into the host's. */
#ifndef RN_CORE_PLUGIN_TABLE_H
#define RN_CORE_PLUGIN_TABLE_H

#include <resnet/status.h>
#include <stddef.h>
#include <stdint.h>

/* The size of a structure that ends with slot `last`. */
#define RN_TABLE_END(type, last) ((uint32_t)(offsetof(type, last) + sizeof(((type *)0)->last)))

/* A required slot: not NULL. */
typedef struct rn_table_slot {
    const char *name;
    size_t offset;
} rn_table_slot;

/* A structure of the ABI. */
typedef struct rn_table {
    const char *name;
    uint32_t first_size; /* in the first minor version of this ABI */
    uint32_t host_size;  /* in this program's version */
    const rn_table_slot *slots;
    size_t n_slots;
} rn_table;

#define RN_TABLE_SLOT(type, member)                                                                \
    {                                                                                              \
#member, offsetof(type, member)                                                            \
    }
#define RN_TABLE(type, last, slots)                                                                \
    {                                                                                              \
#type, RN_TABLE_END(type, last), sizeof(type), slots, sizeof slots / sizeof slots[0]       \
    }

/* Copies as much as both versions of the structure have into `to`, zeroes the rest, and checks the
 * required slots. RN_E_PLUGIN names `what`, the structure and the slot. */
rn_status rn_table_copy(void *to, const void *from, const rn_table *as, const char *what);

#endif
