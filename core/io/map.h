/* map.h: files mapped into memory: read as they are looked at. */
#ifndef RN_CORE_IO_MAP_H
#define RN_CORE_IO_MAP_H

#include <resnet/status.h>
#include <stdint.h>

/* Zero-initialise. */
typedef struct rn_map {
    const uint8_t *data;
    uint64_t size;
} rn_map;

/* Maps a file for reading. The process dies if others shorten the file meanwhile. RN_E_IO, or
 * RN_E_DATA if the file is empty. */
rn_status rn_map_open(const char *path, rn_map *map);

/* The same for a file that is open for reading, of a size above 0; `name` is for the message. */
rn_status rn_map_open_fd(int fd, uint64_t size, const char *name, rn_map *map);

/* Takes a part of a map out of memory, until it is looked at again. */
void rn_map_forget(const void *part, uint64_t size);

void rn_map_close(rn_map *map);

#endif
