/* choices.c: lines "key <tab> name" after a first line that says what the file is. The file is
 * replaced as a whole, so that nobody ever reads half of one. */
#define _GNU_SOURCE
#include "onednn/choices.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FIRST_LINE "resnet-run convolutions 1\n"
#define FOLDER "/resnet-run"
#define FILE_NAME "/onednn-convolutions"

enum { FOLDER_BYTES = 960, PATH_BYTES = 1024 };

typedef struct choice {
    char *key, *name; /* one block of memory */
} choice;

struct onednn_choices {
    choice *list;
    int64_t n, capacity;
    bool changed;
    char folder[FOLDER_BYTES]; /* "": there is none to write to */
};

/* $XDG_CACHE_HOME, or ~/.cache, as the XDG base directory specification has it. */
static void folder_find(char *folder)
{
    const char *cache = secure_getenv("XDG_CACHE_HOME"), *home = secure_getenv("HOME");
    int length = 0;
    if (cache && cache[0] == '/')
        length = snprintf(folder, FOLDER_BYTES, "%s" FOLDER, cache);
    else if (home && home[0] == '/')
        length = snprintf(folder, FOLDER_BYTES, "%s/.cache" FOLDER, home);
    if (length <= 0 || length >= FOLDER_BYTES)
        folder[0] = 0;
}

static choice *choice_find(const onednn_choices *c, const char *key)
{
    for (int64_t i = 0; i < c->n; i++)
        if (strcmp(c->list[i].key, key) == 0)
            return &c->list[i];
    return NULL;
}

const char *onednn_choices_find(const onednn_choices *c, const char *key)
{
    const choice *found = choice_find(c, key);
    return found ? found->name : NULL;
}

static void choice_put(onednn_choices *c, const char *key, const char *name)
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

void onednn_choices_set(onednn_choices *c, const char *key, const char *name)
{
    choice *old = choice_find(c, key);
    if (old) {
        free(old->key);
        *old = c->list[--c->n];
    }
    choice_put(c, key, name);
    c->changed = true;
}

/* Adds the file's lines for keys that are not there yet. False where it is no such file. */
static bool file_read(onednn_choices *c, FILE *file)
{
    char *line = NULL;
    size_t size = 0;
    bool good = getline(&line, &size, file) > 0 && strcmp(line, FIRST_LINE) == 0;
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
static bool file_load(onednn_choices *c)
{
    char path[PATH_BYTES];
    snprintf(path, sizeof path, "%s" FILE_NAME, c->folder);
    FILE *file = fopen(path, "re");
    if (!file)
        return true;
    bool good = file_read(c, file);
    fclose(file);
    return good;
}

onednn_choices *onednn_choices_open(void)
{
    onednn_choices *c = calloc(1, sizeof *c);
    if (!c)
        return NULL;
    folder_find(c->folder);
    if (c->folder[0] && !file_load(c)) {
        c->changed = true;
        cpu_host->note(RN_LOG_WARNING, "%s" FILE_NAME " is damaged; what is unreadable of it is "
                       "ignored, and it is written anew", c->folder);
    }
    return c;
}

static bool lines_write(const onednn_choices *c, FILE *file)
{
    fputs(FIRST_LINE, file);
    for (int64_t i = 0; i < c->n; i++)
        fprintf(file, "%s\t%s\n", c->list[i].key, c->list[i].name);
    bool good = !ferror(file);
    return fclose(file) == 0 && good;
}

/* Makes the folder and the one above it; others may be missing on purpose. */
static void folder_make(const char *folder)
{
    char above[FOLDER_BYTES];
    snprintf(above, sizeof above, "%s", folder);
    *strrchr(above, '/') = 0;
    mkdir(above, 0700);
    mkdir(folder, 0700);
}

static bool file_save(onednn_choices *c)
{
    char path[PATH_BYTES], other[PATH_BYTES];
    folder_make(c->folder);
    file_load(c); /* what another process has added meanwhile */
    snprintf(path, sizeof path, "%s" FILE_NAME, c->folder);
    snprintf(other, sizeof other, "%s" FILE_NAME ".XXXXXX", c->folder);
    int descriptor = mkostemp(other, O_CLOEXEC);
    FILE *file = descriptor >= 0 ? fdopen(descriptor, "w") : NULL;
    if (!file) {
        if (descriptor >= 0) {
            close(descriptor);
            unlink(other);
        }
        return false;
    }
    if (lines_write(c, file) && rename(other, path) == 0)
        return true;
    int error = errno;
    unlink(other);
    errno = error;
    return false;
}

void onednn_choices_close(onednn_choices *c)
{
    if (!c)
        return;
    if (c->changed && c->folder[0] && !file_save(c))
        cpu_host->note(RN_LOG_INFO, "the fastest convolutions are not kept in %s: %s", c->folder,
                       strerror(errno));
    for (int64_t i = 0; i < c->n; i++)
        free(c->list[i].key);
    free(c->list);
    free(c);
}
