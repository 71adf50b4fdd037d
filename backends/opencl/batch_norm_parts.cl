/* batch_norm_parts.cl: how the items of a group go through a part of a channel, eight elements
 * (octet.cl) at a time. Group (c, s) handles part s of channel c. A part is a run of octets of the
 * channel's planes, in order.
 *
 * Options: ONE_ITEM if a group has one item, which then reads in memory order; otherwise
 * neighbouring items read neighbouring octets. */
#ifdef ONE_ITEM
#undef GROUP
#define GROUP 1
#endif

/* Octets after which an item adds its sums to its total, so that rounding errors stay those of
 * short sums. */
#define BLOCK 64

typedef struct cursor {
    int left;          /* octets that the item has yet to read */
    int plane, octet;  /* position of the next one */
    int size, octets;  /* elements and octets of a plane */
    int step_planes, step_octets; /* from one octet of the item to its next */
} cursor;

/* part: octets per part. */
#define PART_SHAPE const int images, const int channels, const int size, const int part
#define CURSOR_BEGIN() cursor_begin(images, channels, size, part)

cursor cursor_begin(int images, int channels, int size, int part)
{
    int octets = (size + 7) / 8, item = get_local_id(0);
    int begin = get_group_id(1) * part, end = min(begin + part, images * octets);
    int first = begin + item;
    cursor w = { (end - first + GROUP - 1) / GROUP, first / octets * channels + get_group_id(0),
               first % octets, size, octets, GROUP / octets * channels, GROUP % octets };
    return w;
}

void cursor_next(cursor *w, int channels)
{
    w->left--;
    w->plane += w->step_planes;
    w->octet += w->step_octets;
    if (w->octet >= w->octets) {
        w->octet -= w->octets;
        w->plane += channels;
    }
}

#define CURSOR_FIRST(w) ((w).plane * (w).size + (w).octet * 8)
#define CURSOR_COUNT(w) min(8, (w).size - (w).octet * 8)
#define CURSOR_MASK_BYTE(w) ((w).plane * (w).octets + (w).octet)
