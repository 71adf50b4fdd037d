/* name.h: the names of devices, and how users select a device by a part of its name. */
#ifndef BACKENDS_GPU_NAME_H
#define BACKENDS_GPU_NAME_H

#include <stdbool.h>

/* How well a name matches; a whole match is better than a partial one. */
enum { NAME_OTHER, NAME_PART, NAME_WHOLE };

/* Returns one of these; ignores case. */
int gpu_name_match(const char *name, const char *part);

/* True if the text consists of digits only, and is not empty. */
bool gpu_name_is_number(const char *text);

/* Makes a driver's text printable, trims it, and collapses runs of spaces. */
void gpu_name_clean(char *text);

#endif
