/* nvrtc_build.c: compiles a program for the host, and keeps the result in $CUDASIM_CACHE. The
 * host's compiler is $CUDASIM_CXX, else g++. */
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "nvrtc_text.h"

/* The folder of shim.h. */
#ifndef CUDASIM_FOLDER
#error "the build has to define CUDASIM_FOLDER"
#endif

#define MAX_WORDS 128
#define PATH_BYTES 512

extern char **environ;

typedef struct words {
    const char *word[MAX_WORDS + 1];
    int n;
} words;

static void add(words *w, const char *word)
{
    if (w->n < MAX_WORDS)
        w->word[w->n++] = word;
}

static void join(char path[PATH_BYTES], const char *folder, const char *name)
{
    if (snprintf(path, PATH_BYTES, "%s/%s", folder, name) >= PATH_BYTES)
        *path = '\0'; /* no file has this name */
}

char *nvrtc_file_read(const char *path, size_t *bytes)
{
    struct stat about;
    FILE *file = fopen(path, "rb");
    char *text = NULL;
    if (!file)
        return NULL;
    if (fstat(fileno(file), &about) == 0)
        text = malloc((size_t)about.st_size + 1);
    if (text) {
        *bytes = fread(text, 1, (size_t)about.st_size, file);
        text[*bytes] = '\0';
    }
    fclose(file);
    return text;
}

static bool file_write(const char *path, const void *data, size_t bytes)
{
    FILE *file = fopen(path, "wb");
    if (!file)
        return false;
    bool ok = fwrite(data, 1, bytes, file) == bytes;
    return fclose(file) == 0 && ok;
}

/* Runs the host's compiler. Its output goes to the file "output" in the folder, and to the log if
 * it fails. */
static bool compile(const char *folder, words *w, FILE *log)
{
    char output[PATH_BYTES];
    posix_spawn_file_actions_t actions;
    pid_t child;
    int status = -1;
    size_t bytes;
    join(output, folder, "output");
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 1, output, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    posix_spawn_file_actions_adddup2(&actions, 1, 2);
    w->word[w->n] = NULL;
    int error = posix_spawn(&child, "/bin/sh", &actions, NULL, (char *const *)w->word, environ);
    posix_spawn_file_actions_destroy(&actions);
    if (error) {
        fprintf(log, "cudasim: cannot start the host's compiler: %s\n", strerror(error));
        return false;
    }
    while (waitpid(child, &status, 0) < 0 && errno == EINTR)
        ;
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
        return true;
    char *text = nvrtc_file_read(output, &bytes);
    fprintf(log, "cudasim: the host's compiler failed:\n%s", text ? text : "");
    free(text);
    return false;
}

static bool finds_races(void)
{
    const char *setting = getenv("CUDASIM_RACES");
    return setting && strcmp(setting, "1") == 0;
}

static void begin(words *w, const nvrtc_options *options)
{
    static char arch[32]; /* protected by the machine's lock */
    snprintf(arch, sizeof arch, "-D__CUDA_ARCH__=%d", options->arch * 10);
    *w = (words){ .n = 0 };
    add(w, "/bin/sh");
    add(w, "-c");
    add(w, "exec ${CUDASIM_CXX:-g++} \"$@\"");
    add(w, "cudasim");
    add(w, "-xc++");
    add(w, "-std=c++17");
    add(w, "-w");
    add(w, arch);
    if (finds_races())
        add(w, "-DCUDASIM_RACES");
    for (int i = 0; i < options->n_host; i++)
        if (options->host[i][1] == 'I')
            add(w, options->host[i]);
}

/* Options of the second pass: macros that shim.h leaves undefined, and device semantics: products
 * and sums are fused; a misaligned address or an index beyond an array traps. */
static void add_second_pass(words *w, const nvrtc_options *options)
{
    static const char *const OPTIONS[] = {
        "-O2",
        "-fPIC",
        "-shared",
        "-fvisibility=hidden",
        "-fno-math-errno",
        "-fno-exceptions",
        "-fno-rtti",
        "-fno-asynchronous-unwind-tables",
        "-fno-strict-aliasing",
        "-fsanitize=alignment,bounds",
        "-fsanitize-undefined-trap-on-error",
        "-DCUDASIM_GLOBAL=",
        "-DCUDASIM_BOUNDS(...)=",
        "-DCUDASIM_ALIGN(n)=__attribute__((aligned(n)))",
        "-DCUDASIM_SHARED=static __attribute__((section(\"cudasim_shared\")))",
    };
    for (size_t i = 0; i < sizeof OPTIONS / sizeof *OPTIONS; i++)
        add(w, OPTIONS[i]);
    if (finds_races()) {
        add(w, "-fsanitize=thread");
        add(w, "--param=tsan-instrument-func-entry-exit=0");
        add(w, "-nostdlib"); /* without ThreadSanitizer's library */
        add(w, "-lm");
        add(w, "-lc");
    }
    add(w, options->fuses ? "-ffp-contract=fast" : "-ffp-contract=off");
#if defined __x86_64__
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
        add(w, "-march=x86-64-v3");
#endif
}

uint64_t nvrtc_hash(uint64_t hash, const void *data, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++)
        hash = (hash ^ ((const unsigned char *)data)[i]) * 0x100000001b3u;
    return hash;
}

static uint64_t hash_words(uint64_t hash, const words *w)
{
    for (int i = 0; i < w->n; i++)
        hash = nvrtc_hash(hash, w->word[i], strlen(w->word[i]) + 1);
    return hash;
}

/* The file in the cache for this program; false: there is no cache. Its name is made from the
 * program, its options, both compilers and the stand-in's sources. */
static bool cache_path(char path[PATH_BYTES], const char *program, const nvrtc_options *options)
{
    static const char *const SOURCES[] = { "shim.h",   "shim_math.h",  "shim_races.h",
                                           "module.h", "nvrtc_text.c", "nvrtc_build.c" };
    const char *folder = getenv("CUDASIM_CACHE"), *compiler = getenv("CUDASIM_CXX");
    uint64_t hash[2] = { 0xcbf29ce484222325u, 0x9ae16a3b2f90404fu };
    char version[16];
    words w;
    if (!folder || !*folder)
        return false;
    begin(&w, options);
    add_second_pass(&w, options);
    add(&w, compiler ? compiler : "");
    for (int i = 0; i < options->n_given; i++)
        add(&w, options->given[i]);
    snprintf(version, sizeof version, "%d", nvrtc_real_version());
    add(&w, version);
    add(&w, program);
    for (int k = 0; k < 2; k++) {
        hash[k] = hash_words(hash[k], &w);
        for (size_t i = 0; i < sizeof SOURCES / sizeof *SOURCES; i++) {
            char name[PATH_BYTES];
            size_t bytes = 0;
            join(name, CUDASIM_FOLDER, SOURCES[i]);
            char *text = nvrtc_file_read(name, &bytes);
            hash[k] = nvrtc_hash(hash[k], text ? text : "", bytes);
            free(text);
        }
    }
    mkdir(folder, 0777);
    return snprintf(path, PATH_BYTES, "%s/%016llx%016llx.so", folder, (unsigned long long)hash[0],
                    (unsigned long long)hash[1]) < PATH_BYTES;
}

/* What the host's compiler gets: preprocessed in its first pass; behind macros in its second. */
typedef struct source {
    const char *program, *macros;
} source;

/* Compiles in two passes in a folder: text.cpp, text.ii, final.cpp, final.so. */
static char *build_in(const char *folder, const source *given, const nvrtc_options *options,
                      size_t *code_bytes, FILE *log)
{
    const char *program = given->program;
    char from[PATH_BYTES], to[PATH_BYTES], *text, *final = NULL;
    size_t bytes = 0;
    words w;
    join(from, folder, "text.cpp");
    join(to, folder, "text.ii");
    if (!file_write(from, program, strlen(program)))
        return NULL;
    begin(&w, options);
    add(&w, "-E");
    add(&w, from);
    add(&w, "-o");
    add(&w, to);
    if (!compile(folder, &w, log) || !(text = nvrtc_file_read(to, &bytes)))
        return NULL;
    FILE *out = open_memstream(&final, &bytes);
    if (out)
        fputs(given->macros, out);
    bool ok = out && nvrtc_text_finish(text, out, log);
    free(text);
    if (out && fclose(out))
        ok = false;
    join(from, folder, "final.cpp");
    ok = ok && file_write(from, final, bytes);
    free(final);
    if (!ok)
        return NULL;
    begin(&w, options);
    add_second_pass(&w, options);
    join(to, folder, "final.so");
    add(&w, from);
    add(&w, "-o");
    add(&w, to);
    return compile(folder, &w, log) ? nvrtc_file_read(to, code_bytes) : NULL;
}

static void remove_folder(const char *folder)
{
    static const char *const FILES[] = { "text.cpp", "text.ii", "final.cpp", "final.so", "output" };
    for (size_t i = 0; i < sizeof FILES / sizeof *FILES; i++) {
        char path[PATH_BYTES];
        join(path, folder, FILES[i]);
        unlink(path);
    }
    rmdir(folder);
}

/* Compiles in a folder that is removed again. Gives the shared library's bytes; NULL: failed. */
static char *build(const source *given, const nvrtc_options *options, size_t *bytes, FILE *log)
{
    const char *tmp = getenv("TMPDIR");
    char folder[PATH_BYTES];
    snprintf(folder, sizeof folder, "%s/cudasim-XXXXXX", tmp && *tmp ? tmp : "/tmp");
    if (!mkdtemp(folder)) {
        fprintf(log, "cudasim: cannot make %s: %s\n", folder, strerror(errno));
        return NULL;
    }
    char *code = build_in(folder, given, options, bytes, log);
    remove_folder(folder);
    return code;
}

/* Other processes see the file whole or not at all. */
static void keep(const char *path, const void *code, size_t bytes)
{
    char written[PATH_BYTES + 16];
    snprintf(written, sizeof written, "%s.%ld", path, (long)getpid());
    if (file_write(written, code, bytes))
        rename(written, path);
}

/* Macros of the options come behind shim.h, which they are not to change. */
static void write_macros(const nvrtc_options *options, FILE *out)
{
    for (int i = 0; i < options->n_host; i++) {
        const char *word = options->host[i], *equals = strchr(word, '=');
        if (word[1] == 'U')
            fprintf(out, "#undef %s\n", word + 2);
        else if (word[1] == 'D' && equals)
            fprintf(out, "#define %.*s %s\n", (int)(equals - word - 2), word + 2, equals + 1);
        else if (word[1] == 'D')
            fprintf(out, "#define %s 1\n", word + 2);
    }
}

/* The program as the host's compiler gets it; the caller's to free. */
static char *program_write(const char *text, const char *name, const nvrtc_options *options)
{
    char *program = NULL;
    size_t bytes = 0;
    FILE *out = open_memstream(&program, &bytes);
    if (!out)
        return NULL;
    fputs("#include \"" CUDASIM_FOLDER "/shim.h\"\n", out);
    write_macros(options, out);
    fprintf(out, "namespace {\n#line 1 \"%s\"\n%s\n", name, text);
    return fclose(out) ? NULL : program;
}

/* By NVIDIA's compiler, where it is installed, then by the host's, whose code it returns. */
static char *compile_both(const char *text, const char *name, const char *program,
                          const nvrtc_options *options, size_t *bytes, FILE *log,
                          nvrtcResult *result)
{
    char *macros = NULL;
    size_t macro_bytes;
    FILE *out = open_memstream(&macros, &macro_bytes);
    *result = out ? nvrtc_real_compile(text, name, options, log, out) : NVRTC_ERROR_OUT_OF_MEMORY;
    if (!out || fclose(out))
        return NULL;
    char *code = *result ? NULL : build(&(source){ program, macros }, options, bytes, log);
    free(macros);
    return code;
}

nvrtcResult nvrtc_build(const char *text, const char *name, const nvrtc_options *options, FILE *log,
                        cudasim_cubin **image)
{
    char kept[PATH_BYTES], *program = program_write(text, name, options);
    size_t bytes = 0;
    nvrtcResult result = program ? NVRTC_SUCCESS : NVRTC_ERROR_OUT_OF_MEMORY;
    bool caches = program && cache_path(kept, program, options);
    char *code = caches ? nvrtc_file_read(kept, &bytes) : NULL;
    if (program && !code) {
        code = compile_both(text, name, program, options, &bytes, log, &result);
        if (code && caches)
            keep(kept, code, bytes);
    }
    *image = code ? calloc(1, sizeof **image + bytes) : NULL;
    if (*image) {
        **image = (cudasim_cubin){ CUDASIM_CUBIN_MAGIC, options->arch, 0, bytes };
        memcpy(*image + 1, code, bytes);
    } else if (!result) {
        result = NVRTC_ERROR_COMPILATION;
    }
    free(code);
    free(program);
    return result;
}
