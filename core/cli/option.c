/* option.c: how the value of an option is checked and stored. */
#include "cli/option.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "config/config_keys.h"

static void *field(rn_options *options, const rn_option *option)
{
    return (char *)options + option->offset;
}

rn_status rn_option_flag(rn_options *options, const rn_option *option, const char *value)
{
    (void)value;
    *(bool *)field(options, option) = true;
    return RN_OK;
}

rn_status rn_option_text(rn_options *options, const rn_option *option, const char *value)
{
    *(const char **)field(options, option) = value;
    return RN_OK;
}

rn_status rn_option_count(rn_options *options, const rn_option *option, const char *value)
{
    char *end = NULL;
    errno = 0;
    long long count = strtoll(value, &end, 10), least = option->least;
    long long most = option->most ? option->most : 65536;
    if (end == value || *end || errno || count < least || count > most)
        return rn_fail(RN_E_USAGE, "--%s=%s: expected a number from %lld to %lld", option->name,
                       value, least, most);
    *(int64_t *)field(options, option) = count;
    return RN_OK;
}

rn_status rn_option_rate(rn_options *options, const rn_option *option, const char *value)
{
    char *end = NULL;
    double rate = strtod(value, &end);
    if (end == value || *end || !(rate >= 1e-12 && rate <= 1e6))
        return rn_fail(RN_E_USAGE, "--%s=%s: expected a number from 1e-12 to 1e6", option->name,
                       value);
    *(double *)field(options, option) = rate;
    return RN_OK;
}

rn_status rn_option_word(rn_options *options, const rn_option *option, const char *value)
{
    const rn_word *word = value ? rn_word_by_text(option->words, value) : option->words;
    if (!word) {
        char expected[128];
        rn_words_print(option->words, NULL, expected, sizeof expected);
        return rn_fail(RN_E_USAGE, "--%s=%s: expected %s", option->name, value, expected);
    }
    *(int32_t *)field(options, option) = word->value;
    return RN_OK;
}

/* Writes the text as a cfg would: in quotes, with \ before what would end it. */
static void quote(char *to, const char *text)
{
    *to++ = '"';
    for (; *text; *to++ = *text++)
        if (strchr("\\\"", *text))
            *to++ = '\\';
    memcpy(to, "\"", 2);
}

static bool is_text(const char *key)
{
    const rn_config_key *row = rn_config_find_key(key);
    return row && (row->attr.type == RN_ATTR_STRING || row->attr.type == RN_ATTR_CHOICE);
}

rn_status rn_options_set(rn_options *options, const char *key, const char *value)
{
    if (options->n_settings == RN_MAX_SETTINGS)
        return rn_fail(RN_E_USAGE, "more than %d settings on the command line", RN_MAX_SETTINGS);
    size_t size = strlen(key) + 2 * strlen(value) + 4;
    char *text = malloc(size);
    if (!text)
        return rn_fail(RN_E_NOMEM, "no memory for the command line");
    int length = snprintf(text, size, "%s%s", key, *key ? "=" : "");
    if (is_text(key))
        quote(text + length, value);
    else
        strcpy(text + length, value);
    options->settings[options->n_settings++] = text;
    return RN_OK;
}
