/* pickle.c: opcodes of Python's pickle, as pickletools.py lists them. */
#include "weights/out/pickle.h"

#include <string.h>

static void put(FILE *stream, uint64_t value, int n_bytes)
{
    for (int i = 0; i < n_bytes; i++)
        fputc((int)(value >> 8 * i & 0xff), stream);
}

void rn_pickle_op(FILE *stream, enum rn_pickle_op op)
{
    fputc((int)op, stream);
}

void rn_pickle_begin(FILE *stream)
{
    put(stream, 0x0280, 2); /* PROTO 2 */
}

void rn_pickle_end(FILE *stream)
{
    fputc('.', stream);
}

void rn_pickle_text(FILE *stream, const char *text)
{
    fputc('X', stream); /* BINUNICODE */
    put(stream, strlen(text), 4);
    fputs(text, stream);
}

void rn_pickle_int(FILE *stream, int64_t value)
{
    if (value <= INT32_MAX) {
        fputc('J', stream); /* BININT */
        put(stream, (uint64_t)value, 4);
        return;
    }
    put(stream, 0x088a, 2); /* LONG1 of 8 bytes */
    put(stream, (uint64_t)value, 8);
}

void rn_pickle_ints(FILE *stream, const int64_t *values, int count)
{
    rn_pickle_op(stream, RN_PICKLE_MARK);
    for (int i = 0; i < count; i++)
        rn_pickle_int(stream, values[i]);
    rn_pickle_op(stream, RN_PICKLE_TUPLE);
}

void rn_pickle_global(FILE *stream, const char *module, const char *name)
{
    fputc('c', stream);
    fputs(module, stream);
    fputc('\n', stream);
    fputs(name, stream);
    fputc('\n', stream);
}
