/* name.h: names that drivers give devices, and users' parts of them. */
#ifndef BACKENDS_GPU_NAME_H
#define BACKENDS_GPU_NAME_H

#include <stdbool.h>

/* How well a name matches: the whole is better than a part of it. */
enum { NAME_OTHER, NAME_PART, NAME_WHOLE };

/* Upper and lower case are the same. */
int gpu_name_match(const char *name, const char *part);

/* Digits alone. */
bool gpu_name_is_number(const char *text);

/* Makes a driver's text printable, without spaces at both ends and double ones within. */
void gpu_name_clean(char *text);

#endif
