/* transport.h: tests of transports, of a process that is alone: what several of them do together
 * only their launcher can try. */
#ifndef RN_CORE_VALIDATE_TRANSPORT_H
#define RN_CORE_VALIDATE_TRANSPORT_H

#include "validate/check.h"

rn_check_run rn_check_link, rn_check_exchanges, rn_check_notes;

#endif
