/* show.h: chosen samples for looking at: as the network gets them, but not normalised. */
#ifndef RN_CORE_DATA_SHOW_H
#define RN_CORE_DATA_SHOW_H

#include "data/source.h"

/* Gets the picture of wanted[place], valid during the call. A failure ends the loop. */
typedef rn_status rn_show_sample(void *context, int64_t place, const rn_picture *picture);

/* Shows the samples of these ascending indices. Those that cannot be read are left out. A stream is
 * read from its start to the last of them. */
rn_status rn_show(const rn_source *source, const int64_t *wanted, int64_t n, rn_show_sample *show,
                  void *context);

#endif
