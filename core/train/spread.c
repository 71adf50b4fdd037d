/* spread.c: exchanges tensors between the processes of a run. */
#include "train/spread.h"

#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "world/world.h"

static rn_status spread_entry(rn_store *store, const rn_store_entry *entry, void *scratch)
{
    bool is_first = rn_world_is_first();
    rn_status status = is_first ? rn_store_download(store, entry, scratch) : RN_OK;
    if (!status)
        status = rn_world_broadcast(0, scratch, entry->desc.size_bytes);
    return status || is_first ? status : rn_store_upload(store, entry, scratch);
}

rn_status rn_spread_store(rn_session *session)
{
    rn_store *store = session->store;
    if (!rn_session_is_shared(session))
        return RN_OK;
    void *scratch = malloc(rn_store_largest_bytes(store) + 1);
    rn_status status =
        scratch ? RN_OK : rn_fail(RN_E_NOMEM, "no memory to send the parameters to all processes");
    for (int32_t i = 0; i < store->n_entries && !status; i++)
        status = spread_entry(store, &store->entries[i], scratch);
    free(scratch);
    return status;
}

/* Zeros for the rows of others: the sums are what each process has. */
rn_status rn_spread_probabilities(rn_session *session, const rn_batch *batch)
{
    int64_t n_classes = session->config->network.classes;
    float *rows = session->probabilities;
    int64_t end = batch->first + batch->n_here;
    if (!rn_session_is_shared(session))
        return RN_OK;
    memset(rows, 0, (size_t)(batch->first * n_classes) * sizeof *rows);
    memset(rows + end * n_classes, 0, (size_t)((batch->count - end) * n_classes) * sizeof *rows);
    return rn_world_add_up(0, RN_TRANSPORT_F32, rows, (uint64_t)(batch->count * n_classes), 1);
}
