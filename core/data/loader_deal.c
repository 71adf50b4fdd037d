/* loader_deal.c: deals the samples of an epoch to processes. */
#include "data/loader_deal.h"

#include <stddef.h>

/* Of the last, smaller batch, of `tail` samples: the part that begins at sample `at` of it. */
static int64_t part_of_last(const rn_deal *deal, int64_t tail, int64_t at)
{
    int64_t shared = tail - tail % rn_share_ranks(&deal->share);
    if (deal->drop_last || at >= tail)
        return 0;
    if (deal->pads)
        return tail;
    if (tail != deal->last)
        return deal->trains ? 0 : 1;
    return at < shared ? shared : tail - shared;
}

int64_t rn_deal_batch(const rn_deal *deal, int64_t place)
{
    int64_t whole = rn_deal_whole(deal) * deal->batch;
    return place < whole ? deal->batch : part_of_last(deal, deal->count - whole, place - whole);
}

/* With room for a whole batch, the rows are those of one, as far as it goes. */
rn_rows rn_deal_rows(const rn_deal *deal, int64_t place, int64_t size)
{
    if (!deal->pads || place < rn_deal_whole(deal) * deal->batch)
        return rn_share_rows(&deal->share, size);
    rn_rows rows = rn_share_rows(&deal->share, deal->batch);
    int64_t left = size - rows.first;
    if (rows.count > left)
        rows.count = left > 0 ? left : 0;
    return rows;
}

int64_t rn_deal_stride(const rn_deal *deal)
{
    const rn_rows rows = rn_share_rows(&deal->share, deal->batch);
    return rows.count + rn_deal_has_partner(deal, deal->batch, rows);
}

/* Counts, and writes if there is a list, the places from batch to batch. */
static int64_t list(const rn_deal *deal, int64_t *places)
{
    int64_t n = 0, size;
    for (int64_t at = 0; (size = rn_deal_batch(deal, at)) > 0; at += size) {
        const rn_rows rows = rn_deal_rows(deal, at, size);
        int64_t from = rows.first - rn_deal_has_partner(deal, size, rows);
        for (int64_t row = from; row < rows.first + rows.count; row++, n++)
            if (places)
                places[n] = at + (row + size) % size;
    }
    return n;
}

int64_t rn_deal_own(const rn_deal *deal)
{
    return list(deal, NULL);
}

void rn_deal_list(const rn_deal *deal, int64_t *places)
{
    list(deal, places);
}
