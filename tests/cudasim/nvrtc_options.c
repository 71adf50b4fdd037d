/* nvrtc_options.c: the options that NVRTC supports. */
#include <stdlib.h>
#include <string.h>

#include "nvrtc_text.h"

const int NVRTC_ARCHS[] = {
#if CUDART_VERSION < 13000
    50, 52, 53, 60, 61, 62, 70, 72,
#endif
    75, 80, 86, 87, 88, 89, 90, 100, 103, 110, 120, 121,
};
const int NVRTC_N_ARCHS = (int)(sizeof NVRTC_ARCHS / sizeof *NVRTC_ARCHS);

typedef enum syntax { FLAG, VALUE, BOOLEAN, ATTACHED } syntax;

typedef struct known {
    const char *name, *short_name;
    syntax syntax;
} known;

static const known KNOWN[] = {
    { "--gpu-architecture", "-arch", VALUE },
    { "--std", "-std", VALUE },
    { "--define-macro", "-D", ATTACHED },
    { "--undefine-macro", "-U", ATTACHED },
    { "--include-path", "-I", ATTACHED },
    { "--fmad", "-fmad", BOOLEAN },
    { "--ftz", "-ftz", BOOLEAN },
    { "--prec-div", "-prec-div", BOOLEAN },
    { "--prec-sqrt", "-prec-sqrt", BOOLEAN },
    { "--use_fast_math", "-use_fast_math", FLAG },
    { "--maxrregcount", "-maxrregcount", VALUE },
    { "--device-debug", "-G", FLAG },
    { "--generate-line-info", "-lineinfo", FLAG },
    { "--device-as-default-execution-space", "-default-device", FLAG },
    { "--restrict", "-restrict", FLAG },
    { "--extra-device-vectorization", "-extra-device-vectorization", FLAG },
    { "--disable-warnings", "-w", FLAG },
    { "--relocatable-device-code", "-rdc", BOOLEAN },
    { "--ptxas-options", "-Xptxas", VALUE },
};

/* Finds the option, and its value if that is in the same word; otherwise *value is NULL. */
static const known *find_known(const char *word, const char **value)
{
    size_t n = strcspn(word, "=");
    *value = word[n] ? word + n + 1 : NULL;
    for (size_t i = 0; i < sizeof KNOWN / sizeof *KNOWN; i++) {
        const known *k = &KNOWN[i];
        if ((strlen(k->name) == n && strncmp(word, k->name, n) == 0) ||
            (strlen(k->short_name) == n && strncmp(word, k->short_name, n) == 0))
            return k;
        if (k->syntax == ATTACHED && strncmp(word, k->short_name, 2) == 0 && word[2]) {
            *value = word + 2;
            return k;
        }
    }
    return NULL;
}

static bool read_arch(nvrtc_options *options, const char *value)
{
    int arch = -1;
    if (sscanf(value, "sm_%d", &arch) != 1) {
        options->is_virtual = true;
        if (sscanf(value, "compute_%d", &arch) != 1)
            return false;
    }
    options->arch = arch;
    for (int i = 0; i < NVRTC_N_ARCHS; i++)
        if (NVRTC_ARCHS[i] == arch)
            return true;
    return false;
}

static bool add_host(nvrtc_options *options, const char *prefix, const char *value)
{
    char *word = malloc(strlen(prefix) + strlen(value) + 1);
    char **more = realloc(options->host, (size_t)(options->n_host + 1) * sizeof *more);
    if (more)
        options->host = more;
    if (!word || !more) {
        free(word);
        return false;
    }
    sprintf(word, "%s%s", prefix, value);
    options->host[options->n_host++] = word;
    return true;
}

static bool apply(nvrtc_options *options, const known *k, const char *value, FILE *log)
{
    bool is_boolean = value && (strcmp(value, "true") == 0 || strcmp(value, "false") == 0);
    if (k->syntax == BOOLEAN && !is_boolean) {
        fprintf(log, "nvrtc: error: %s (%s) expects true or false\n", k->name, k->short_name);
        return false;
    }
    if (k->syntax == FLAG && value) {
        fprintf(log, "nvrtc: error: unrecognized option %s=%s found\n", k->name, value);
        return false;
    }
    if (k == &KNOWN[0]) {
        options->is_virtual = false;
        if (!read_arch(options, value)) {
            fputs("nvrtc: error: invalid value for --gpu-architecture (-arch)\n", log);
            return false;
        }
    }
    if (strcmp(k->short_name, "-fmad") == 0)
        options->fuses = strcmp(value, "true") == 0;
    return k->syntax != ATTACHED || add_host(options, k->short_name, value);
}

bool nvrtc_options_read(nvrtc_options *options, const char *const *given, int n, FILE *log)
{
    *options = (nvrtc_options){
        .given = given, .n_given = n, .arch = 75, .is_virtual = true, .fuses = true
    };
    for (int i = 0; i < n; i++) {
        const char *value = NULL;
        const known *k = given[i] ? find_known(given[i], &value) : NULL;
        if (!k) {
            fprintf(log, "nvrtc: error: unrecognized option %s found\n",
                    given[i] ? given[i] : "NULL");
            return false;
        }
        if (k->syntax != FLAG && !value && i + 1 < n)
            value = given[++i];
        if (k->syntax != FLAG && !value) {
            fprintf(log, "nvrtc: error: option %s requires an argument\n", k->name);
            return false;
        }
        if (!apply(options, k, value, log))
            return false;
    }
    return true;
}

void nvrtc_options_free(nvrtc_options *options)
{
    for (int i = 0; i < options->n_host; i++)
        free(options->host[i]);
    free(options->host);
}
