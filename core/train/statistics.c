/* statistics.c: means over ranks of running statistics. Sums are taken in double precision, so that
 * equal numbers stay what they are. */
#include "train/statistics.h"

#include <stdlib.h>

#include "base/status.h"
#include "world/world.h"

/* The statistics one after the other. */
typedef struct means {
    rn_store *store;
    const rn_store_entry **entries;
    int32_t n_entries;
    double *sums;
    float *values; /* of one entry */
    int64_t count;
} means;

static void add_entry(means *m, const rn_store_entry *entry)
{
    m->entries[m->n_entries++] = entry;
    m->count += rn_desc_count(&entry->desc);
}

static void find_entries(means *m)
{
    for (int32_t i = 0; i < m->store->n_entries; i++) {
        const rn_store_entry *entry = &m->store->entries[i];
        if (entry->role != RN_ROLE_STATE)
            continue;
        const rn_store_entry *average = rn_store_find_average(m->store, entry->name);
        add_entry(m, entry);
        if (average)
            add_entry(m, average);
    }
}

static rn_status add_rank(means *m, int32_t rank)
{
    double *sums = m->sums;
    rn_status status = RN_OK;
    for (int32_t i = 0; i < m->n_entries && !status; i++) {
        int64_t n = rn_desc_count(&m->entries[i]->desc);
        status = rn_store_download_of(m->store, rank, m->entries[i], m->values);
        for (int64_t k = 0; k < n && !status; k++)
            sums[k] += (double)m->values[k];
        sums += n;
    }
    return status;
}

static rn_status upload(means *m)
{
    const double *sums = m->sums;
    rn_status status = RN_OK;
    for (int32_t i = 0; i < m->n_entries && !status; i++) {
        int64_t n = rn_desc_count(&m->entries[i]->desc);
        for (int64_t k = 0; k < n; k++)
            m->values[k] = (float)sums[k];
        sums += n;
        status = rn_store_upload(m->store, m->entries[i], m->values);
    }
    return status;
}

static rn_status settle(const rn_session *session, means *m)
{
    rn_status status = RN_OK;
    for (int32_t rank = 0; rank < session->n_ranks && !status; rank++)
        status = add_rank(m, rank);
    if (!status)
        status = rn_world_add_up(0, RN_TRANSPORT_F64, m->sums, (uint64_t)m->count,
                                 1.0 / session->shared.all);
    return status ? status : upload(m);
}

rn_status rn_statistics_settle(rn_session *session)
{
    means m = { .store = session->store };
    if (session->shared.norm_group == session->shared.all)
        return RN_OK;
    m.entries = calloc((size_t)m.store->n_entries + 1, sizeof *m.entries);
    if (m.entries)
        find_entries(&m);
    m.sums = calloc((size_t)m.count + 1, sizeof *m.sums);
    m.values = malloc(rn_store_largest_bytes(m.store) + 1);
    rn_status status = m.entries && m.sums && m.values
                           ? settle(session, &m)
                           : rn_fail(RN_E_NOMEM, "no memory for the statistics of batch norms");
    free(m.entries);
    free(m.sums);
    free(m.values);
    return status;
}
