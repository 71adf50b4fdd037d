/* words.c: looking up the words of a choice. */
#include "config/words.h"

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
