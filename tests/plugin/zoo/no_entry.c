/* no_entry.c: a library that is no plugin, whose constructor leaves a trace. */
#include "trace.h"

extern int zoo_something;
int zoo_something = 1;
