/* data_sheet.h: a contact sheet: samples as the network gets them, but not normalised. */
#ifndef RN_CORE_COMMANDS_DATA_SHEET_H
#define RN_CORE_COMMANDS_DATA_SHEET_H

#include "data/source.h"

/* Writes samples that are spread evenly over the first `count` (of a stream: its first ones) to a
 * PNG file. *n_shown is how many; 0, and no file, where none can be shown: stored floats. */
rn_status rn_data_sheet(const rn_source *source, int64_t count, const char *path, int64_t *n_shown);

#endif
