/* no_entry.c: a library that is no plugin. */
extern int zoo_something;
int zoo_something = 1;
