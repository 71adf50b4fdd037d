/* side.h: one of the things that are compared: a backend with its settings, or a trace of
 * another machine. "NAME[:DEVICE][+KEY=VALUE…]", as in
 * onednn+conv=direct,cudnn:1+precision=bf16; NAME may be the path of a plugin. */
#ifndef RN_CORE_COMPARE_SIDE_H
#define RN_CORE_COMPARE_SIDE_H

#include "config/config.h"
#include "plugin/registry.h"

#define RN_MAX_SIDES 8

typedef struct rn_side {
    char *label;       /* as reports name it: "onednn, conv=direct"; unique in a comparison */
    char *text;        /* storage of the cfg's names */
    rn_config config;  /* the cfg with the side's settings */
    const char *trace; /* the file, for what was computed elsewhere; NULL: a backend */
} rn_side;

/* Reads "A,B,…" and appends to `sides` (room: RN_MAX_SIDES). RN_E_USAGE names what is wrong, and
 * the settings that there are. */
rn_status rn_sides_read(const char *list, const rn_config *config, rn_side *sides, int32_t *n);

/* Loads the plugin whose path the side has, and replaces that by its name. Only for sides of a
 * command line: no cfg may give a path. */
rn_status rn_side_load(rn_side *side, rn_registry *registry);
/* The precision with the largest rounding errors. */
int32_t rn_sides_precision(const rn_side *sides, int32_t n);

void rn_sides_clear(rn_side *sides, int32_t n);

#endif
