/* shard_names.h: the files that make up a split of shards. */
#ifndef RN_CORE_DATA_SETS_SHARD_NAMES_H
#define RN_CORE_DATA_SETS_SHARD_NAMES_H

#include "data/dataset.h"
#include "data/sets/listing.h"

/* Lists the shards of a split: what data.train or data.validation names (patterns such as
 * train-{000..146}.tar, folders, several with commas between), else the usual names. RN_E_DATA. */
rn_status rn_shard_names(const rn_dataset_params *params, rn_listing *shards);

#endif
