/* command_line.h: a command line as a text that a shell reads. */
#ifndef RN_CORE_CLI_COMMAND_LINE_H
#define RN_CORE_CLI_COMMAND_LINE_H

/* The words, which end with NULL, with quotes where a shell needs them. The caller frees it; NULL if there is
 * no memory. */
char *rn_command_line(char **words);

#endif
