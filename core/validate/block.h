/* block.h: tests of blocks. */
#ifndef RN_CORE_VALIDATE_BLOCK_H
#define RN_CORE_VALIDATE_BLOCK_H

#include "validate/check.h"

/* block_build.c: building alone */
rn_check_run rn_check_builds, rn_check_attributes, rn_check_repeatable, rn_check_shapes;

/* block_place.c: what building may and may not touch */
rn_check_run rn_check_older_builder, rn_check_block_memory;

/* block_train.c: networks with the block in them */
rn_check_run rn_check_gradient, rn_check_checkpoint, rn_check_backends;

#endif
