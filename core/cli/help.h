/* help.h: what the tables of commands, options and keys say, for people and for scripts. */
#ifndef RN_CORE_CLI_HELP_H
#define RN_CORE_CLI_HELP_H

#include <stdio.h>

/* Prints --help. */
void rn_help_print(FILE *stream);

/* Prints --list-options, of which the manual and the completion are made. Each line is one row of a
 * table, its fields separated by tabs:
 *   verb NAME HELP ARGUMENTS
 *   option NAME LETTER VALUE VERBS HELP
 *   key SECTION NAME ACCEPTED HELP
 *   dataset NAME HELP
 *   metric NAME HELP
 *   transform NAME HELP
 *   attribute TRANSFORM NAME ACCEPTED HELP
 *   word OWNER TEXT DEFAULT HELP    (OWNER: "--tune" or "backend.tune"; DEFAULT: 0 or 1) */
void rn_help_list(FILE *stream);

#endif
