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

rn_status rn_forms_check(const rn_form_of_report *forms, const char *files)
{
    char list[64];
    list_forms(forms, list, sizeof list);
    for (; files && *files; files = next(files)) {
        size_t length = strcspn(files, ",");
        if (!form_of(forms, files, length))
            return rn_fail(
                RN_E_USAGE,
                "--output=%.*s: its suffix is no form of this report; expected one of %s",
                (int)length, files, list);
        if (length >= RN_PATH_SIZE)
            return rn_fail(RN_E_USAGE, "--output: a path of %zu characters is too long", length);
    }
    return RN_OK;
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
