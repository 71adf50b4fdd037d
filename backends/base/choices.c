/* choices.c: lines "key <tab> name" after a first line that says what the file is. The file is
 * replaced as a whole, so that nobody ever reads half of one. */
#include "base/choices.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cache.h"

enum { KEY_BYTES = 1024 };

typedef struct choice {
    char *key, *name; /* one block of memory */
} choice;

struct choices {
    choices_file file;
    choice *list;
    int64_t n, capacity;
    bool changed;
    char path[CACHE_PATH_BYTES]; /* "": there is none to write to */
};

static choice *choice_find(const choices *c, const char *key)
{
    for (int64_t i = 0; i < c->n; i++)
        if (strcmp(c->list[i].key, key) == 0)
            return &c->list[i];
    return NULL;
}

static void key_write(const choices *c, const char *key, char full[KEY_BYTES])
{
    const char *machine = c->file.machine;
    snprintf(full, KEY_BYTES, "%s%s%s", machine ? machine : "", machine ? "|" : "", key);
    for (char *p = full; *p; p++)
        if (*p == '\t' || *p == '\n')
            *p = ' ';
}

const char *choices_find(const choices *c, const char *key)
{
    char full[KEY_BYTES];
    key_write(c, key, full);
    const choice *found = choice_find(c, full);
    return found ? found->name : NULL;
}

static void choice_put(choices *c, const char *key, const char *name)
{
    if (c->n == c->capacity) {
        int64_t capacity = c->capacity ? 2 * c->capacity : 64;
        choice *grown = realloc(c->list, (size_t)capacity * sizeof *grown);
        if (!grown)
            return;
        c->list = grown;
        c->capacity = capacity;
    }
    size_t key_bytes = strlen(key) + 1, name_bytes = strlen(name) + 1;
    char *text = malloc(key_bytes + name_bytes);
    if (!text)
        return;
    memcpy(text, key, key_bytes);
    memcpy(text + key_bytes, name, name_bytes);
    c->list[c->n++] = (choice){ text, text + key_bytes };
}

void choices_set(choices *c, const char *key, const char *name)
{
    char full[KEY_BYTES];
    key_write(c, key, full);
    choice *old = choice_find(c, full);
    if (old) {
        free(old->key);
        *old = c->list[--c->n];
    }
    choice_put(c, full, name);
    c->changed = true;
}

/* Adds the file's lines for keys that are not there yet. False where it is no such file. */
static bool lines_read(choices *c, FILE *file)
{
    char *line = NULL;
    size_t size = 0, first = strlen(c->file.first_line);
    bool good = getline(&line, &size, file) > 0 && strncmp(line, c->file.first_line, first) == 0 &&
                strcmp(line + first, "\n") == 0;
    while (good && getline(&line, &size, file) > 0) {
        char *tab = strchr(line, '\t'), *end = strchr(line, '\n');
        good = tab && end && tab < end;
        if (!good)
            break;
        *tab = *end = 0;
        if (!choice_find(c, line))
            choice_put(c, line, tab + 1);
    }
    free(line);
    return good && !ferror(file);
}

/* False where it is damaged; good where there is none. */
static bool file_load(choices *c)
{
    FILE *file = cache_open(c->file.host, c->path);
    if (!file)
        return true;
    bool good = lines_read(c, file);
    fclose(file);
    return good;
}

choices *choices_open(const choices_file *file)
{
    choices *c = calloc(1, sizeof *c);
    if (!c)
        return NULL;
    c->file = *file;
    if (cache_path(file->name, c->path) && !file_load(c)) {
        c->changed = true;
        file->host->note(RN_LOG_WARNING,
                         "%s is damaged; what is unreadable of it is ignored, and "
                         "it is written anew",
                         c->path);
    }
    return c;
}

static bool lines_write(FILE *file, const void *what)
{
    const choices *c = what;
    fprintf(file, "%s\n", c->file.first_line);
    for (int64_t i = 0; i < c->n; i++)
        fprintf(file, "%s\t%s\n", c->list[i].key, c->list[i].name);
    return true;
}

static bool file_save(choices *c)
{
    int lock = cache_lock(c->path);
    file_load(c); /* what another process has added meanwhile */
    bool is_saved = cache_replace(c->file.host, c->path, lines_write, c);
    cache_unlock(lock);
    return is_saved;
}

void choices_keep(choices *c)
{
    if (c->changed && c->path[0] && !file_save(c))
        c->file.host->note(RN_LOG_INFO, "%s are not kept in %s: %s", c->file.what, c->path,
                           strerror(errno));
    c->changed = false;
}

void choices_close(choices *c)
{
    if (!c)
        return;
    choices_keep(c);
    for (int64_t i = 0; i < c->n; i++)
        free(c->list[i].key);
    free(c->list);
    free(c);
}
