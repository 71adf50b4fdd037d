/* folder_scan.h: the pictures in a folder and in the folders below it. */
#ifndef RN_CORE_DATA_SETS_FOLDER_SCAN_H
#define RN_CORE_DATA_SETS_FOLDER_SCAN_H

#include "data/sets/listing.h"

/* Adds the paths, relative to `path`, of the files with an ending of pictures, in the order of
 * torchvision's ImageFolder: by folder, then by name. Follows symbolic links. RN_E_DATA, also if
 * there is no such file. */
rn_status rn_folder_scan(const char *path, rn_listing *files);

#endif
