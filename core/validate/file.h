/* file.h: tests of the file as it lies there. */
#ifndef RN_CORE_VALIDATE_FILE_H
#define RN_CORE_VALIDATE_FILE_H

#include "validate/check.h"

rn_check_run rn_check_format, rn_check_exports, rn_check_needs, rn_check_code, rn_check_stack;

#endif
