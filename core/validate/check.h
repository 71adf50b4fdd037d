/* check.h: one test of a plugin: what it is given, and how it says what it finds. */
#ifndef RN_CORE_VALIDATE_CHECK_H
#define RN_CORE_VALIDATE_CHECK_H

#include <stdbool.h>
#include <stdio.h>

#include "plugin/registry.h"

/* What a test is about, and so the plugins that it is for. */
typedef enum rn_check_kind {
    RN_CHECK_FILE = 1, /* the file as it lies there; nothing is loaded */
    RN_CHECK_LOADING,  /* every plugin */
    RN_CHECK_BLOCK,
    RN_CHECK_OPERATOR, /* of the plugin's own */
    RN_CHECK_BACKEND,
    RN_CHECK_TRANSPORT,
    RN_N_CHECK_KINDS
} rn_check_kind;

/* Given to a test, in a process of its own. */
typedef struct rn_checking {
    const char *path;               /* of the plugin's file, absolute */
    rn_registry *registry;          /* finds the other plugins; NULL in tests of the file */
    const rn_loaded_plugin *plugin; /* NULL in tests of the file */
    FILE *report;                   /* for check.c alone */
    int n_found;                    /* mistakes */
} rn_checking;

/* A mistake of the plugin, as a sentence that names what was found and what was expected. After the
 * first RN_CHECK_MOST_FOUND further ones are counted alone. */
#define RN_CHECK_MOST_FOUND 8
void rn_check_found(rn_checking *c, const char *format, ...) RN_PRINTF(2, 3);

/* Why something could not be tested here. */
void rn_check_skip(rn_checking *c, const char *format, ...) RN_PRINTF(2, 3);

/* What is tried next, for the message if it crashes or never ends. */
void rn_check_at(rn_checking *c, const char *format, ...) RN_PRINTF(2, 3);

/* What the plugin has: "blocks 2". Only for the first test of loading. */
void rn_check_has(rn_checking *c, rn_check_kind kind, uint32_t count);

/* A test. A failure that it returns, with its message, is a mistake as well. */
typedef rn_status rn_check_run(rn_checking *c);

typedef struct rn_check {
    const char *name; /* "block.gradient" */
    rn_check_kind kind;
    const char *what; /* one line, for the manual and reports */
    double seconds;   /* its deadline */
    rn_check_run *run;
    bool uses_reference; /* without the plugin reference it is skipped */
} rn_check;

/* The lines of a report: a letter, a space, and text without newlines. */
enum { RN_LINE_FOUND = 'F', RN_LINE_SKIP = 'S', RN_LINE_AT = 'A', RN_LINE_HAS = 'H' };

#endif
