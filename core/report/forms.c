/* forms.c: a list of files, each in its form. */
#include "report/forms.h"

#include <string.h>

#include "base/status.h"
#include "io/file.h"

static const rn_form_of_report *form_of(const rn_form_of_report *form, const char *path,
                                        size_t length)
{
    for (; form->suffix; form++) {
        size_t n = strlen(form->suffix);
        if (length > n && strncmp(path + length - n, form->suffix, n) == 0)
            return form;
    }
    return NULL;
}

static const char *next(const char *files)
{
    size_t length = strcspn(files, ",");
    return files[length] ? files + length + 1 : files + length;
}

/* ".html, .json" */
static void list_forms(const rn_form_of_report *form, char *text, size_t size)
{
    size_t used = 0;
    for (const rn_form_of_report *f = form; f->suffix && used < size; f++)
        used +=
            (size_t)snprintf(text + used, size - used, "%s%s", f == form ? "" : ", ", f->suffix);
}

/* Is the first file named again? */
static bool is_repeated(const char *files, size_t length)
{
    for (const char *other = next(files); *other; other = next(other))
        if (strcspn(other, ",") == length && strncmp(files, other, length) == 0)
            return true;
    return false;
}

static rn_status check_one(const rn_form_of_report *forms, const char *files, size_t length)
{
    char list[64], path[RN_PATH_SIZE];
    list_forms(forms, list, sizeof list);
    if (is_repeated(files, length))
        return rn_fail(RN_E_USAGE, "--output: %.*s is named twice; name each file once",
                       (int)length, files);
    if (!form_of(forms, files, length))
        return rn_fail(RN_E_USAGE,
                       "--output=%.*s: its suffix is no form of this report; expected one of %s",
                       (int)length, files, list);
    if (length >= RN_PATH_SIZE)
        return rn_fail(RN_E_USAGE, "--output: a path of %zu characters is too long", length);
    memcpy(path, files, length);
    path[length] = 0;
    return rn_file_check(path);
}

rn_status rn_forms_check(const rn_form_of_report *forms, const char *files)
{
    rn_status status = RN_OK;
    for (; !status && files && *files; files = next(files))
        status = check_one(forms, files, strcspn(files, ","));
    return status;
}

static rn_status write_one(const rn_form_of_report *form, const char *path, const void *subject)
{
    rn_file *file = NULL;
    rn_status status = rn_file_create(path, &file);
    if (status)
        return status;
    status = form->print(rn_file_stream(file), subject);
    if (!status)
        return rn_file_commit(file);
    rn_file_discard(file);
    return status;
}

rn_status rn_forms_write(const rn_form_of_report *forms, const char *files, const void *subject)
{
    char path[RN_PATH_SIZE];
    rn_status status = rn_forms_check(forms, files);
    for (; !status && files && *files; files = next(files)) {
        size_t length = strcspn(files, ",");
        memcpy(path, files, length);
        path[length] = 0;
        status = write_one(form_of(forms, path, length), path, subject);
    }
    return status;
}
