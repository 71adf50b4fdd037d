/* left_out.c: tells of samples that were left out. */
#include "data/left_out.h"

#include <stdlib.h>
#include <string.h>

/* "PATH: the reason" without the path; NULL where there was no memory for it. */
static const char *without_name(const char *reason, const char *name)
{
    size_t length = strlen(name);
    if (!reason)
        return "not enough memory to say why";
    bool is_named = strncmp(reason, name, length) == 0 && strncmp(reason + length, ": ", 2) == 0;
    return is_named ? reason + length + 2 : reason;
}

rn_status rn_left_out_tell(rn_left_out *entry, const rn_dataset *dataset, rn_left_out_heard *heard,
                           void *context)
{
    rn_status status = RN_OK;
    while (entry) {
        rn_left_out *next = entry->next;
        char name[4096];
        if (heard && !status) {
            rn_dataset_describe(dataset, entry->sample, name, sizeof name);
            status = heard(context, name, without_name(entry->reason, name));
        }
        free(entry->reason);
        free(entry);
        entry = next;
    }
    return status;
}

void rn_left_out_free(rn_left_out *list)
{
    rn_left_out_tell(list, NULL, NULL, NULL);
}
