/* nvrtc_text.c: turns preprocessed kernels into a program for the host: `extern __shared__` arrays
 * become pointers to memory of the code that runs kernels, and a table lists the kernels. */
#include "nvrtc_text.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "module.h"

#define MAX_KERNELS 64

typedef struct token {
    const char *begin;
    size_t length;
} token;

typedef struct kernel {
    token name, bounds; /* bounds: the arguments of __launch_bounds__ */
} kernel;

typedef struct scan {
    const char *at;
    const char *copied; /* the text up to here is in `out` */
    int depth;          /* of braces */
    FILE *out, *log;
    kernel kernels[MAX_KERNELS];
    int n_kernels;
} scan;

static bool is_word(char c)
{
    return isalnum((unsigned char)c) || c == '_';
}

/* Skips white space and the preprocessor's line markers. */
static const char *skip_space(const char *p)
{
    for (;;) {
        while (isspace((unsigned char)*p))
            p++;
        if (*p != '#')
            return p;
        p += strcspn(p, "\n");
    }
}

/* A word, a literal or one character; length 0 at the end. */
static token next_token(scan *s)
{
    const char *p = skip_space(s->at);
    token t = { p, 0 };
    if (*p == '"' || *p == '\'') {
        char quote = *p++;
        while (*p && *p != quote)
            p += *p == '\\' && p[1] ? 2 : 1;
    } else {
        while (is_word(*p) && is_word(p[1]))
            p++;
    }
    if (*p)
        p++;
    t.length = (size_t)(p - t.begin);
    s->at = p;
    return t;
}

static bool is(token t, const char *text)
{
    return t.length == strlen(text) && memcmp(t.begin, text, t.length) == 0;
}

static bool fail(scan *s, const char *what, token t)
{
    fprintf(s->log, "cudasim: %.*s: %s\n", (int)t.length, t.begin, what);
    return false;
}

/* Reads a pair of parentheses; returns what is between them. */
static token parenthesis(scan *s)
{
    int depth = 0;
    token all = { next_token(s).begin + 1, 0 };
    s->at = all.begin - 1;
    for (;;) {
        token t = next_token(s);
        depth += is(t, "(") - is(t, ")");
        if (t.length == 0 || depth == 0) {
            all.length = (size_t)(t.begin - all.begin);
            return all;
        }
    }
}

static bool add_kernel(scan *s, const token *before)
{
    kernel k = { 0 };
    token last = { 0 };
    for (;;) {
        token t = next_token(s);
        if (is(t, "CUDASIM_BOUNDS")) {
            k.bounds = parenthesis(s);
            continue;
        }
        if (is(t, "(")) {
            k.name = last;
            break;
        }
        if (t.length == 0 || is(t, ";") || is(t, "{"))
            return fail(s, "cannot parse this kernel", last);
        last = t;
    }
    if (!is(before[0], "extern") || !is(before[1], "\"C\""))
        return fail(s, "a kernel must be extern \"C\"", k.name);
    for (int i = 0; i < s->n_kernels; i++)
        if (s->kernels[i].name.length == k.name.length &&
            memcmp(s->kernels[i].name.begin, k.name.begin, k.name.length) == 0)
            return true;
    if (s->n_kernels == MAX_KERNELS)
        return fail(s, "too many kernels", k.name);
    s->kernels[s->n_kernels++] = k;
    return true;
}

/* Replaces `extern __shared__ TYPE NAME[];`, whose `extern` is the token `begin`. */
static bool replace_dynamic(scan *s, token begin)
{
    char type[256] = "";
    token name = next_token(s);
    if (s->depth == 0)
        return fail(s, "extern __shared__ is supported only within functions", name);
    for (;;) {
        if (is(name, "CUDASIM_ALIGN")) {
            parenthesis(s);
            name = next_token(s);
            continue;
        }
        token t = next_token(s);
        if (is(t, "["))
            break;
        if (t.length == 0 || is(t, ";") || strlen(type) + name.length + 2 > sizeof type)
            return fail(s, "cannot parse this extern __shared__ array", name);
        snprintf(type + strlen(type), sizeof type - strlen(type), "%.*s ", (int)name.length,
                 name.begin);
        name = t;
    }
    fwrite(s->copied, 1, (size_t)(begin.begin - s->copied), s->out);
    fprintf(s->out, "%s*const %.*s = (%s*)cudasim_dynamic", type, (int)name.length, name.begin,
            type);
    next_token(s); /* ] */
    s->copied = s->at;
    return true;
}

static void write_table(const scan *s)
{
    fputs("\n}\n"
          "extern \"C\" __attribute__((visibility(\"default\"))) const cudasim_module\n"
          "    " CUDASIM_MODULE_SYMBOL ";\n"
          "namespace {\n",
          s->out);
    for (int i = 0; i < s->n_kernels; i++) {
        const token name = s->kernels[i].name;
        int n = (int)name.length;
        fprintf(s->out, "#ifndef CUDASIM_REGISTERS_%.*s\n", n, name.begin);
        fprintf(s->out, "#define CUDASIM_REGISTERS_%.*s 32\n#endif\n", n, name.begin);
    }
    fputs("const cudasim_entry cudasim_entries[] = {\n", s->out);
    for (int i = 0; i < s->n_kernels; i++) {
        const kernel *k = &s->kernels[i];
        int n = (int)k->name.length;
        const char *name = k->name.begin;
        fprintf(s->out, "{ &" CUDASIM_MODULE_SYMBOL ", \"%.*s\",\n", n, name);
        fprintf(s->out, "  cudasim_kernel<decltype(%.*s)>::call<%.*s>,\n", n, name, n, name);
        fprintf(s->out, "  cudasim_kernel<decltype(%.*s)>::bytes,\n", n, name);
        fprintf(s->out, "  cudasim_kernel<decltype(%.*s)>::is_pointer,\n", n, name);
        fprintf(s->out, "  cudasim_kernel<decltype(%.*s)>::n, cudasim_bounds(%.*s),\n", n, name,
                (int)k->bounds.length, k->bounds.begin ? k->bounds.begin : "");
        fprintf(s->out, "  CUDASIM_REGISTERS_%.*s },\n", n, name);
    }
    fputs("{} };\n}\n"
          "extern \"C\" __attribute__((visibility(\"hidden\"), weak)) char\n"
          "    __start_cudasim_shared[], __stop_cudasim_shared[];\n"
          "const cudasim_module " CUDASIM_MODULE_SYMBOL " = {\n"
          "&threadIdx, &blockIdx, (cudasim_dim *)&blockDim, (cudasim_dim *)&gridDim,\n"
          "&cudasim_hook, &cudasim_dynamic, __start_cudasim_shared, __stop_cudasim_shared,\n",
          s->out);
    fprintf(s->out, "cudasim_entries, %d };\n", s->n_kernels);
}

bool nvrtc_text_finish(const char *text, FILE *out, FILE *log)
{
    scan s = { .at = text, .copied = text, .out = out, .log = log, .depth = -1 };
    token before[2] = { { text, 0 }, { text, 0 } };
    const char *program = strstr(text, "namespace {");
    s.at = program ? program : text;
    for (;;) {
        token t = next_token(&s);
        if (t.length == 0)
            break;
        s.depth += is(t, "{") - is(t, "}");
        if (is(t, "CUDASIM_GLOBAL") && !add_kernel(&s, before))
            return false;
        if (is(t, "CUDASIM_SHARED") && is(before[1], "extern") && !replace_dynamic(&s, before[1]))
            return false;
        before[0] = before[1];
        before[1] = t;
    }
    fputs(s.copied, out);
    write_table(&s);
    return true;
}
