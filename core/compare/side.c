/* side.c: reads the list of what is compared. */
#define _GNU_SOURCE /* asprintf */
#include "compare/side.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/nearest.h"
#include "base/status.h"
#include "config/config_keys.h"

/* The settings of a side, by the names of the options, and the keys that they set. */
static const struct {
    const char *name, *key;
} settings[] = {
    { "conv", "backend.convolution" }, { "precision", "backend.precision" },
    { "tune", "backend.tune" },        { "deterministic", "backend.deterministic" },
    { "threads", "run.threads" },
};
enum { N_SETTINGS = sizeof settings / sizeof *settings };

/* ---- Settings ---- */

static rn_status fail_value(const char *name, const char *value, const rn_config_key *key)
{
    char expected[160];
    if (key->words)
        rn_words_print(key->words, NULL, expected, sizeof expected);
    else if (key->attr.type == RN_ATTR_BOOL)
        snprintf(expected, sizeof expected, "true or false");
    else
        snprintf(expected, sizeof expected, "a number from %g to %g", key->attr.min, key->attr.max);
    return rn_fail(RN_E_USAGE, "--backends: +%s=%s: expected %s", name, value, expected);
}

/* Sets the field of a key from text. */
static rn_status set_key(rn_config *config, const rn_config_key *key, const char *name,
                         const char *value)
{
    void *to = (char *)config + key->offset;
    const rn_word *word = key->words ? rn_word_by_text(key->words, value) : NULL;
    bool is_true = strcmp(value, "true") == 0;
    char *end = NULL;
    if (key->attr.type == RN_ATTR_CHOICE && word) {
        *(int32_t *)to = word->value;
        return RN_OK;
    }
    if (key->attr.type == RN_ATTR_BOOL && (is_true || strcmp(value, "false") == 0)) {
        *(bool *)to = is_true;
        return RN_OK;
    }
    errno = 0;
    long long number = strtoll(value, &end, 10);
    if (key->attr.type != RN_ATTR_INT || end == value || *end || errno ||
        (double)number < key->attr.min || (double)number > key->attr.max)
        return fail_value(name, value, key);
    *(int64_t *)to = number;
    return RN_OK;
}

static rn_status fail_unknown(const char *name)
{
    const char *names[N_SETTINGS + 1] = { 0 };
    char list[128] = "";
    size_t used = 0;
    for (int i = 0; i < N_SETTINGS; i++) {
        names[i] = settings[i].name;
        used += (size_t)snprintf(list + used, sizeof list - used, "%s%s", i ? ", " : "", names[i]);
    }
    const char *near = rn_nearest(name, names);
    return rn_fail(RN_E_USAGE, "--backends: unknown setting +%s%s%s%s; there are %s", name,
                   near ? " (did you mean " : "", near ? near : "", near ? "?)" : "", list);
}

/* Applies "KEY=VALUE", in which the sign is replaced by a 0 for a moment. */
static rn_status apply_setting(rn_config *config, char *setting)
{
    char *equals = strchr(setting, '=');
    if (!equals)
        return rn_fail(RN_E_USAGE, "--backends: +%s: expected a setting, as in onednn+conv=direct",
                       setting);
    rn_status status = RN_OK;
    int i = 0;
    *equals = 0;
    while (i < N_SETTINGS && strcmp(settings[i].name, setting) != 0)
        i++;
    if (i < N_SETTINGS)
        status = set_key(config, rn_config_find_key(settings[i].key), setting, equals + 1);
    else
        status = fail_unknown(setting);
    *equals = '=';
    return status;
}

/* ---- One side ---- */

static const char digits[] = "0123456789";

/* Is the comma one between the devices of a side, as in cudnn:0,1? */
static bool joins_devices(const char *item, const char *comma)
{
    const char *before = comma, *after = comma + 1 + strspn(comma + 1, digits);
    while (before > item && strchr("0123456789,", before[-1]))
        before--;
    return before > item && before[-1] == ':' && before < comma && after > comma + 1 &&
           strchr(",+", *after);
}

/* What ends the path of a plugin; NULL: it is none. */
static const char *path_end(const char *item)
{
    for (const char *at = item[0] == '/' ? strstr(item, ".so") : NULL; at;
         at = strstr(at + 1, ".so"))
        if (strchr(":+,", at[3]))
            return at + 3;
    return NULL;
}

/* The comma or the 0 after a side. */
static const char *item_end(const char *item)
{
    const char *path = path_end(item), *end = path ? path : item;
    for (end += strcspn(end, ","); *end && joins_devices(item, end); end += strcspn(end, ","))
        end++;
    return end;
}

/* "onednn", or "x" of the plugin /PATH/x.so. */
static int name_length(const char *name, const char **start)
{
    const char *slash = strrchr(name, '/');
    *start = slash ? slash + 1 : name;
    size_t length = strlen(*start);
    return (int)(slash && length > 3 ? length - 3 : length);
}

/* "onednn:1, conv=direct, precision=bf16"; the cfg's precision, too, if it is not the usual one. */
static rn_status label(rn_side *side, const char *all_settings)
{
    const char *name, *device = side->config.backend.device;
    int length = name_length(side->config.backend.name, &name);
    bool is_usual =
        side->config.backend.precision == RN_PRECISION_FP32 || strstr(all_settings, "precision=");
    int made = asprintf(&side->label, "%.*s%s%s%s%s%s", length, name, *device ? ":" : "", device,
                        all_settings, is_usual ? "" : ", precision=",
                        is_usual ? "" : rn_config_word(&side->config, "backend.precision"));
    if (made >= 0)
        return RN_OK;
    side->label = NULL;
    return rn_fail(RN_E_NOMEM, "no memory for the names of the backends");
}

/* Applies the settings, which begin after a '+', and appends them to `shown`. */
static rn_status apply_settings(rn_side *side, char *list, char *shown, size_t size)
{
    rn_status status = RN_OK;
    size_t used = 0;
    while (list && !status) {
        char *next = strchr(list, '+');
        if (next)
            *next++ = 0;
        status = apply_setting(&side->config, list);
        if (used < size)
            used += (size_t)snprintf(shown + used, size - used, ", %s", list);
        list = next;
    }
    return status;
}

static rn_status read_item(const char *item, size_t length, rn_side *side, bool is_first)
{
    char shown[256] = "";
    side->text = strndup(item, length);
    if (!side->text)
        return rn_fail(RN_E_NOMEM, "no memory for the names of the backends");
    char *after = (char *)path_end(side->text), *plus = strchr(after ? after : side->text, '+');
    if (plus)
        *plus++ = 0;
    char *colon = strchr(after ? after : side->text, ':');
    if (colon)
        *colon = 0;
    if (!side->text[0])
        return rn_fail(RN_E_USAGE,
                       "--backends: \"%.*s\": expected a backend's name, as in "
                       "cpu_blas, cudnn:1 or onednn+precision=bf16",
                       (int)length, item);
    side->config.backend.name = side->text;
    side->config.backend.device = colon ? colon + 1 : "";
    if (is_first)
        side->config.backend.precision = RN_PRECISION_FP32;
    rn_status status = apply_settings(side, plus, shown, sizeof shown);
    return status ? status : label(side, shown);
}

/* ---- The list ---- */

/* A side that is there twice gets a number. */
static rn_status make_unique(rn_side *sides, int32_t n)
{
    int number = 1;
    char *text = NULL;
    for (int32_t i = 0; i < n; i++)
        if (strcmp(sides[i].label, sides[n].label) == 0)
            number++;
    if (number == 1)
        return RN_OK;
    if (asprintf(&text, "%s, again", sides[n].label) < 0)
        return rn_fail(RN_E_NOMEM, "no memory for the names of the backends");
    free(sides[n].label);
    sides[n].label = text;
    return make_unique(sides, n);
}

static int32_t count_items(const char *list)
{
    int32_t n = 1;
    for (const char *end = item_end(list); *end; end = item_end(end + 1))
        n++;
    return n;
}

rn_status rn_sides_read(const char *list, const rn_config *config, rn_side *sides, int32_t *n)
{
    rn_status status = RN_OK;
    if (*n + count_items(list) > RN_MAX_SIDES)
        return rn_fail(RN_E_USAGE, "compare takes %d backends at most, found %d: --backends=%s",
                       RN_MAX_SIDES, (int)(*n + count_items(list)), list);
    for (const char *item = list;; item++) {
        const char *end = item_end(item);
        rn_side *side = &sides[*n];
        *side = (rn_side){ .config = *config };
        status = read_item(item, (size_t)(end - item), side, *n == 0);
        if (!status)
            status = make_unique(sides, *n);
        ++*n;
        item = end;
        if (status || !*end)
            return status;
    }
}

int32_t rn_sides_precision(const rn_side *sides, int32_t n)
{
    static const int32_t by_rounding[] = { RN_PRECISION_BF16, RN_PRECISION_FP16,
                                           RN_PRECISION_TF32 };
    for (size_t k = 0; k < sizeof by_rounding / sizeof *by_rounding; k++)
        for (int32_t i = 0; i < n; i++)
            if (sides[i].config.backend.precision == by_rounding[k])
                return by_rounding[k];
    return RN_PRECISION_FP32;
}

rn_status rn_side_load(rn_side *side, rn_registry *registry)
{
    const rn_loaded_plugin *loaded = NULL;
    if (side->config.backend.name[0] != '/')
        return RN_OK;
    rn_status status = rn_registry_load(registry, side->config.backend.name, &loaded);
    if (!status)
        side->config.backend.name = loaded->plugin.name;
    return status;
}

void rn_sides_clear(rn_side *sides, int32_t n)
{
    for (int32_t i = 0; i < n; i++) {
        free(sides[i].label);
        free(sides[i].text);
        sides[i] = (rn_side){ 0 };
    }
}
