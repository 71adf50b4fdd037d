/* words.c: looking up and printing the words of a choice. */
#include "config/words.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

const rn_word *rn_word_by_text(const rn_word *words, const char *text)
{
    for (; words->text; words++)
        if (strcmp(words->text, text) == 0)
            return words;
    return NULL;
}

const rn_word *rn_word_by_value(const rn_word *words, int32_t value)
{
    for (; words->text; words++)
        if (words->value == value)
            return words;
    return NULL;
}

void rn_words_print(const rn_word *words, const char *default_text, char *text, size_t size)
{
    const char *comma = words[0].text && words[1].text && !words[2].text ? " or " : ", ";
    size_t used = 0;
    *text = 0;
    for (const rn_word *word = words; word->text && used < size; word++) {
        bool is_default = default_text && strcmp(word->text, default_text) == 0;
        used += (size_t)snprintf(text + used, size - used, "%s%s%s", word == words ? "" : comma,
                                 word->text, is_default ? " (default)" : "");
    }
}
