/* path_name.h: the name of a file without its folder. */
#ifndef RN_CORE_IO_PATH_NAME_H
#define RN_CORE_IO_PATH_NAME_H

/* The last part of a path: "b.cfg" of "a/b.cfg". */
const char *rn_path_name(const char *path);

#endif
