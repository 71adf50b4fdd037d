/* file.c: tests of the file as it lies there: its symbols, its libraries, how it was linked. */
#include "validate/file.h"

#include <errno.h>
#include <fcntl.h>
#include <resnet/plugin.h>
#include <string.h>
#include <unistd.h>

#include "base/status.h"
#include "plugin/elf.h"
#include "plugin/elf_needed.h"
#include "plugin/elf_symbols.h"
#include "plugin/elf_traits.h"

rn_status rn_check_format(rn_checking *c)
{
    return rn_elf_check(c->path);
}

/* Calls `visit` with each name of one of the two lists of symbols. */
static rn_status visit_symbols(rn_checking *c,
                               rn_status (*list)(int, void (*)(const char *, void *), void *),
                               void (*visit)(const char *, void *))
{
    int file = open(c->path, O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return rn_fail(RN_E_PLUGIN, "it cannot be read: %s", strerror(errno));
    rn_status status = list(file, visit, c);
    close(file);
    return status;
}

/* Old linkers export these from every library. */
static bool is_of_linker(const char *name)
{
    static const char *const names[] = { "_init", "_fini", "_edata", "_end", "__bss_start" };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(names[i], name) == 0)
            return true;
    return false;
}

static void note_export(const char *name, void *context)
{
    if (strcmp(name, RN_PLUGIN_ENTRY_NAME) != 0 && !is_of_linker(name))
        rn_check_found(context,
                       "it exports %s; a plugin exports %s alone: compile it with "
                       "-fvisibility=hidden",
                       *name ? name : "a symbol with a long name", RN_PLUGIN_ENTRY_NAME);
}

rn_status rn_check_exports(rn_checking *c)
{
    return visit_symbols(c, rn_elf_symbols, note_export);
}

static void note_need(const char *name, void *context)
{
    if (strncmp(name, "rn_", 3) == 0)
        rn_check_found(context,
                       "it needs the function %s, which only the program could give; a plugin "
                       "calls the program through the host table alone",
                       name);
}

rn_status rn_check_needs(rn_checking *c)
{
    if (rn_elf_needs(c->path, "libresnet"))
        rn_check_found(c, "it is linked with a library of this program; a plugin links nothing of "
                          "it: leave it out of the link");
    return visit_symbols(c, rn_elf_needed_symbols, note_need);
}

static rn_status read_traits(const rn_checking *c, rn_elf_traits *traits)
{
    return rn_elf_traits_read(c->path, traits) ? RN_OK : rn_fail(RN_E_PLUGIN, "it cannot be read");
}

rn_status rn_check_code(rn_checking *c)
{
    rn_elf_traits traits;
    rn_status status = read_traits(c, &traits);
    if (!status && traits.patches_code)
        rn_check_found(c, "its code has relocations, so it cannot be shared and is writable while "
                          "it loads; compile all of it with -fPIC");
    if (!status && traits.has_writable_code)
        rn_check_found(c, "a part of it can be written and executed; link it without -N and "
                          "without such sections");
    return status;
}

rn_status rn_check_stack(rn_checking *c)
{
    rn_elf_traits traits;
    rn_status status = read_traits(c, &traits);
    if (!status && traits.executes_its_stack)
        rn_check_found(c, "it asks for an executable stack; link it with -Wl,-z,noexecstack and "
                          "avoid functions within functions");
    return status;
}
