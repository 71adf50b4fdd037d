/* report_files.c: where a comparison is reported. */
#include "compare/reports.h"
#include "report/forms.h"

static rn_status print_csv(FILE *out, const void *comparison)
{
    rn_compare_csv(out, comparison);
    return RN_OK;
}

static rn_status print_junit(FILE *out, const void *comparison)
{
    rn_compare_junit(out, comparison);
    return RN_OK;
}

static rn_status print_html(FILE *out, const void *comparison)
{
    rn_compare_html(out, comparison);
    return RN_OK;
}

static rn_status print_json(FILE *out, const void *comparison)
{
    return rn_compare_json(out, comparison);
}

static const rn_form_of_report forms[] = {
    { ".html", print_html },
    { ".json", print_json },
    { ".csv", print_csv },
    { ".xml", print_junit },
    { 0 },
};

rn_status rn_reports_check(const char *files)
{
    return rn_forms_check(forms, files);
}

rn_status rn_reports_write(const rn_comparison *comparison, const rn_report_options *options)
{
    rn_status status = rn_forms_write(forms, options->files, comparison);
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
