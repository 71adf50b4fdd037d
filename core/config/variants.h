/* variants.h: the variants of a study: what each changes in the cfg that it stands in. */
#ifndef RN_CORE_CONFIG_VARIANTS_H
#define RN_CORE_CONFIG_VARIANTS_H

#include "config/tree.h"

#define RN_VARIANTS_MAX 64
#define RN_VARIANT_NAME 128 /* bytes of a name */

typedef struct rn_variant {
    char name[RN_VARIANT_NAME]; /* letters, digits and _ - + . = , so that it can name a folder */
    rn_tree *changes;           /* a group, with the sections that a cfg has */
} rn_variant;

typedef struct rn_variants {
    rn_variant at[RN_VARIANTS_MAX];
    int count;
} rn_variants;

/* Those of study.variants, or the cfg itself where there is no such list, each once for every
 * combination of the values in study.grid. None without a study. RN_E_CONFIG names the line.
 * rn_variants_clear also after a failure. */
rn_status rn_variants_read(const rn_tree *root, rn_variants *variants);
void rn_variants_clear(rn_variants *variants);

/* Merges what the variant of this name changes into the cfg. RN_E_USAGE if there is none. */
rn_status rn_variants_apply(rn_tree *root, const char *name);

#endif
