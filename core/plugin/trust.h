/* trust.h: could anybody but root and the user have put something in a file's place? */
#ifndef RN_CORE_PLUGIN_TRUST_H
#define RN_CORE_PLUGIN_TRUST_H

#include <stdbool.h>
#include <stddef.h>

/* Whether what is at `path`, a file or a folder, is root's or the user's and nobody else can change
 * or replace it; an absent one: whether nobody else can make it. If not, `why` names the file or
 * folder and the remedy: "everybody may write to /opt/plugins; chmod o-w it". The path is
 * absolute. */
bool rn_trust_check(const char *path, char *why, size_t size);

#endif
