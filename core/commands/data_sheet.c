/* data_sheet.c: draws samples side by side. */
#include "commands/data_sheet.h"

#include "data/show.h"
#include "report/sheet.h"

#define MAX_SHOWN 64

typedef struct shown {
    rn_sheet sheet;
    int64_t count;
} shown;

static rn_status draw(void *context, int64_t place, const rn_picture *picture)
{
    shown *s = context;
    (void)place;
    if (rn_sheet_fits(&s->sheet, picture))
        rn_sheet_draw(&s->sheet, s->count++, picture);
    return RN_OK;
}

rn_status rn_data_sheet(const rn_source *source, int64_t count, const char *path, int64_t *n_shown)
{
    int64_t wanted[MAX_SHOWN], n = count < MAX_SHOWN ? count : MAX_SHOWN;
    shown s = { .count = 0 };
    for (int64_t i = 0; i < n; i++)
        wanted[i] = rn_source_is_stream(source) ? i : i * count / n;
    rn_status status = rn_sheet_init(&s.sheet, source->config, n);
    if (status)
        goto done;
    status = rn_show(source, wanted, n, draw, &s);
    if (!status && s.count)
        status = rn_sheet_write(&s.sheet, path);
done:
    rn_sheet_clear(&s.sheet);
    *n_shown = s.count;
    return status;
}
