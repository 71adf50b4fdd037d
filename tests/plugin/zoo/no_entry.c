/* no_entry.c: a library that is not a plugin, whose constructor leaves a trace. */
#include "trace.h"

extern int zoo_something;
int zoo_something = 1;
