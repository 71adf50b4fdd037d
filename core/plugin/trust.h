/* trust.h: checks that only root and the user can change or replace a file. */
#ifndef RN_CORE_PLUGIN_TRUST_H
#define RN_CORE_PLUGIN_TRUST_H

#include <stdbool.h>
#include <stddef.h>

/* True if the file or folder at the absolute `path` belongs to root or the user and nobody else can
 * change or replace it or, if it does not exist, create it. Otherwise `why` names the file or
 * folder and the remedy: "everybody may write to /opt/plugins; chmod o-w it". */
bool rn_trust_check(const char *path, char *why, size_t size);

#endif
