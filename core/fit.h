/* fit.h: what to do where a batch does not fit into memory. */
#ifndef RN_CORE_FIT_H
#define RN_CORE_FIT_H

#include "session.h"

/* Adds to the message of a session that found no memory for its arena which setting to lower, and
 * about how many images would fit. */
void rn_fit_advise(const rn_session *session);

#endif
