/* refusals.c: the first reasons, and each kind of operator. */
#include "plan/refusals.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/status.h"

#define REASONS_SHOWN 4 /* more would not help the reader */

/* Appends to a list, as long as it fits. */
static void append(char *list, size_t size, const char *separator, const char *text)
{
    size_t used = strlen(list);
    snprintf(list + used, size - used, "%s%s", used ? separator : "", text);
}

static bool lists(const char *list, const char *word)
{
    size_t length = strlen(word);
    for (const char *at = list; *at; at += *at == ',' ? 2 : 0) {
        size_t n = strcspn(at, ",");
        if (n == length && strncmp(at, word, n) == 0)
            return true;
        at += n;
    }
    return false;
}

void rn_refusals_add(rn_refusals *r, const char *op)
{
    if (r->count < REASONS_SHOWN)
        append(r->reasons, sizeof r->reasons, "; ", rn_fail_text());
    else if (r->count == REASONS_SHOWN)
        append(r->reasons, sizeof r->reasons, "; ", "…");
    if (!lists(r->kinds, op))
        append(r->kinds, sizeof r->kinds, ", ", op);
    r->count++;
}

rn_status rn_refusals_status(const rn_refusals *r, const char *label, int32_t n)
{
    if (!r->count)
        return RN_OK;
    return rn_fail(RN_E_UNSUPPORTED, "backend %s declines %d of %d operators (%s): %s", label,
                   (int)r->count, (int)n, r->kinds, r->reasons);
}
