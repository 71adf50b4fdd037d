/* zip.h: writes a zip archive whose files are stored as they are. */
#ifndef RN_CORE_WEIGHTS_OUT_ZIP_H
#define RN_CORE_WEIGHTS_OUT_ZIP_H

#include "io/file.h"

typedef struct rn_zip rn_zip;

/* Begins an archive in a file that is being written, which outlives it. RN_E_NOMEM. */
rn_status rn_zip_create(rn_file *file, const char *path, rn_zip **out);

/* Adds a file. Its data begin at a multiple of RN_ZIP_ALIGNMENT in the archive. RN_E_DATA where the
 * archive would not fit in 4 GiB or 65534 files, beyond which zip needs another form. */
#define RN_ZIP_ALIGNMENT 64
rn_status rn_zip_add(rn_zip *zip, const char *name, const void *data, uint64_t size_bytes);

/* Ends the archive; the file is still to be committed. */
rn_status rn_zip_finish(rn_zip *zip);
void rn_zip_destroy(rn_zip *zip);

#endif
