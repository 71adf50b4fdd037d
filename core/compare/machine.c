/* machine.c: the machine, as the kernel describes it. */
#include "compare/machine.h"

#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

#include "base/processors.h"

/* Copies what follows "model name :" in /proc/cpuinfo; without such a line `to` is unchanged. */
static void read_processor(const char *root, char *to, size_t size)
{
    char path[4096], line[256];
    snprintf(path, sizeof path, "%s/proc/cpuinfo", root);
    FILE *file = fopen(path, "r");
    while (file && fgets(line, sizeof line, file)) {
        const char *colon = strchr(line, ':');
        if (strncmp(line, "model name", 10) != 0 || !colon)
            continue;
        const char *name = colon + 1 + strspn(colon + 1, " \t");
        if (*name != '\n' && *name)
            snprintf(to, size, "%.*s", (int)strcspn(name, "\n"), name);
        break;
    }
    if (file)
        fclose(file);
}

void rn_machine_read(const char *root, rn_machine *machine)
{
    struct utsname names = { 0 };
    uname(&names);
    *machine = (rn_machine){ .processors = rn_processors() };
    snprintf(machine->processor, sizeof machine->processor, "%s", names.machine);
    snprintf(machine->system, sizeof machine->system, "%s %s %s", names.sysname, names.release,
             names.machine);
    read_processor(root, machine->processor, sizeof machine->processor);
}

const char *rn_machine_print(const rn_machine *machine, char text[RN_MACHINE_TEXT])
{
    snprintf(text, RN_MACHINE_TEXT, "%s, %lld processor%s, %s", machine->processor,
             (long long)machine->processors, machine->processors == 1 ? "" : "s", machine->system);
    return text;
}
