/* report_files.c: a comparison in files, whose suffixes choose their forms. */
#include <string.h>

#include "base/status.h"
#include "compare/reports.h"
#include "io/file.h"

static rn_status print_csv(FILE *out, const rn_comparison *comparison)
{
    rn_compare_csv(out, comparison);
    return RN_OK;
}

static rn_status print_junit(FILE *out, const rn_comparison *comparison)
{
    rn_compare_junit(out, comparison);
    return RN_OK;
}

static rn_status print_html(FILE *out, const rn_comparison *comparison)
{
    rn_compare_html(out, comparison);
    return RN_OK;
}

typedef struct form {
    const char *suffix;
    rn_status (*print)(FILE *out, const rn_comparison *comparison);
} form;

static const form forms[] = {
    { ".html", print_html },
    { ".json", rn_compare_json },
    { ".csv", print_csv },
    { ".xml", print_junit },
    { 0 },
};

static const form *form_of(const char *path, size_t length)
{
    for (const form *f = forms; f->suffix; f++) {
        size_t n = strlen(f->suffix);
        if (length > n && strncmp(path + length - n, f->suffix, n) == 0)
            return f;
    }
    return NULL;
}

static const char *next(const char *files, size_t length)
{
    return files[length] ? files + length + 1 : files + length;
}

rn_status rn_reports_check(const char *files)
{
    for (; files && *files; files = next(files, strcspn(files, ",")))
        if (!form_of(files, strcspn(files, ",")))
            return rn_fail(RN_E_USAGE,
                           "--output=%.*s: its suffix is no form of a report; expected .html, "
                           ".json, .csv or .xml (JUnit)",
                           (int)strcspn(files, ","), files);
    return RN_OK;
}

static rn_status write_one(const rn_comparison *comparison, const form *f, const char *path)
{
    rn_file *file = NULL;
    rn_status status = rn_file_create(path, &file);
    if (status)
        return status;
    status = f->print(rn_file_stream(file), comparison);
    if (!status)
        return rn_file_commit(file);
    rn_file_discard(file);
    return status;
}

static rn_status write_files(const rn_comparison *comparison, const char *files)
{
    char path[RN_PATH_SIZE];
    rn_status status = rn_reports_check(files);
    for (size_t length; !status && files && *files; files = next(files, length)) {
        length = strcspn(files, ",");
        if (length >= sizeof path)
            return rn_fail(RN_E_USAGE, "--output: a path of %zu characters is too long", length);
        memcpy(path, files, length);
        path[length] = 0;
        status = write_one(comparison, form_of(path, length), path);
    }
    return status;
}

rn_status rn_reports_write(const rn_comparison *comparison, const rn_report_options *options)
{
    rn_status status = write_files(comparison, options->files);
    if (status)
        return status;
    if (options->json)
        return rn_compare_json(stdout, comparison);
    if (options->all)
        rn_compare_text_all(stdout, comparison);
    else
        rn_compare_text(stdout, comparison);
    return RN_OK;
}
