/* test_values.c: every key of a cfg, and every attribute of a transform, refuses what it cannot be,
 * with one line that names the place, what was found and what was expected. */
#include <stdio.h>
#include <string.h>

#include "base/status.h"
#include "config/config_keys.h"
#include "data/pipeline.h"
#include "data/transforms/kind.h"
#include "support/check.h"

#define MAX_VALUES 8

/* Values as they are written in a cfg. */
typedef struct values {
    char text[MAX_VALUES][64];
    int n;
} values;

static int n_checked;

static void add(values *bad, const char *text)
{
    snprintf(bad->text[bad->n++], sizeof bad->text[0], "%s", text);
}

static void add_number(values *bad, bool is_integer, double number)
{
    char text[64];
    if (is_integer)
        snprintf(text, sizeof text, "%lldL", (long long)number);
    else
        snprintf(text, sizeof text, "%.6f", number);
    add(bad, text);
}

/* What an attribute of one value cannot be. */
static values bad_values(const rn_attr *attr)
{
    values bad = { .n = 0 };
    bool is_integer = attr->type == RN_ATTR_INT || attr->type == RN_ATTR_PAIR;
    bool is_number = is_integer || attr->type == RN_ATTR_FLOAT;
    bool is_text = attr->type == RN_ATTR_STRING || attr->type == RN_ATTR_CHOICE;
    if (is_number && attr->min < attr->max) {
        add_number(&bad, is_integer, attr->min - 1);
        add_number(&bad, is_integer, 2 * attr->max + 1);
    }
    if (is_integer)
        add(&bad, "1.5");
    if (attr->type == RN_ATTR_PAIR)
        add(&bad, "[1, 2, 3]");
    if (attr->type == RN_ATTR_CHOICE)
        add(&bad, "\"zebra\"");
    add(&bad, is_text ? "1" : "\"1\"");
    add(&bad, attr->type == RN_ATTR_BOOL ? "1" : "true");
    add(&bad, "{ }");
    return bad;
}

/* What loading a cfg and making its transforms says. */
static rn_status load(const char *path)
{
    rn_config *config = NULL;
    rn_pipeline *pipeline = NULL;
    rn_status status = rn_config_load(path, NULL, 0, &config);
    if (!status)
        status = rn_pipeline_create(config, RN_SPLIT_TRAIN, config->network.channels,
                                    (rn_size){ 0, 0 }, &pipeline);
    rn_pipeline_destroy(pipeline);
    rn_config_destroy(config);
    return status;
}

/* Writes a cfg whose line 3 is between `before` and `after`, and checks what is said of it. */
static void check_line(const char *before, const char *line, const char *after, const char *name)
{
    char tiny[CHECK_PATH_MAX], path[CHECK_PATH_MAX], place[CHECK_PATH_MAX + 8];
    FILE *file = fopen(check_scratch(path, "values.cfg"), "w");
    CU_ASSERT_PTR_NOT_NULL_FATAL(file);
    fprintf(file, "extends = \"%s\";\n%s\n%s\n%s\n",
            check_source(tiny, "tests/config/good/tiny.cfg"), before, line, after);
    fclose(file);
    snprintf(place, sizeof place, "%s:3: ", path);
    rn_status status = load(path);
    const char *said = rn_fail_text();
    bool is_told = status == RN_E_CONFIG && strncmp(said, place, strlen(place)) == 0 &&
                   strstr(said, name) && strstr(said, "found") && strstr(said, "expected") &&
                   !strchr(said, '\n');
    CU_ASSERT_TRUE(is_told);
    if (!is_told)
        check_note("%s: %s", line, status ? said : "accepted");
    rn_fail_clear();
    n_checked++;
}

/* ---- Keys ---- */

/* "network.input" as "network = { input = {". */
static int open_groups(const char *section, char *text, size_t size)
{
    char copy[64], *rest;
    int depth = 0;
    snprintf(copy, sizeof copy, "%s", section);
    *text = 0;
    for (char *name = strtok_r(copy, ".", &rest); name; name = strtok_r(NULL, ".", &rest)) {
        size_t used = strlen(text);
        snprintf(text + used, size - used, "%s = { ", name);
        depth++;
    }
    return depth;
}

static void check_key(const char *section, const rn_attr *attr)
{
    static const char *const ends[] = { "", "};", "}; };" };
    char before[128], line[256];
    int depth = open_groups(section, before, sizeof before);
    values bad = bad_values(attr);
    for (int i = 0; i < bad.n; i++) {
        snprintf(line, sizeof line, "%s = %s;", attr->name, bad.text[i]);
        check_line(before, line, ends[depth], attr->name);
    }
}

static void test_keys(void)
{
    for (const rn_config_section *section = rn_config_sections; section->keys; section++) {
        for (uint32_t i = 0; i < section->n_keys; i++)
            check_key(section->path, &section->keys[i].attr);
        for (uint32_t i = 0; i < section->n_arrays; i++)
            check_key(section->path, &section->arrays[i].attr);
    }
    CU_ASSERT_TRUE(n_checked > 200);
}

/* ---- Attributes of transforms ---- */

/* The attributes that must be given, but for one. */
static void write_needed(const rn_transform_kind *kind, const rn_attr *but, char *text, size_t size)
{
    *text = 0;
    for (uint32_t i = 0; i < kind->n_attrs; i++) {
        size_t used = strlen(text);
        if (!kind->attrs[i].default_text && &kind->attrs[i] != but)
            snprintf(text + used, size - used, "%s = 8; ", kind->attrs[i].name);
    }
}

static void check_value(const rn_transform_kind *kind, const rn_attr *attr, const char *value)
{
    char needed[128], line[512];
    write_needed(kind, attr, needed, sizeof needed);
    snprintf(line, sizeof line, "{ transform = \"%s\"; %s%s = %s; }", kind->name, needed,
             attr->name, value);
    check_line("data = { transforms = { train = (", line,
               "); }; }; network = { input = { channels = 3; }; };", attr->name);
}

static void check_attr(const rn_transform_kind *kind, const rn_attr *attr)
{
    values bad = bad_values(attr);
    for (int i = 0; i < bad.n; i++)
        check_value(kind, attr, bad.text[i]);
}

/* `array` has several numbers, of which each is bad. */
static void check_array(const rn_transform_kind *kind, const rn_transform_array *array)
{
    values bad = bad_values(&array->attr);
    for (int i = 0; i < bad.n; i++) {
        char both[160];
        snprintf(both, sizeof both, array->count == 2 ? "( %s, %s )" : "( %s )", bad.text[i],
                 bad.text[i]);
        check_value(kind, &array->attr, both);
    }
    check_value(kind, &array->attr, "[0.5, 0.5, 0.5, 0.5]");
    check_value(kind, &array->attr, array->count == 2 ? "0.5" : "[0.5, 0.5]");
}

static void test_transforms(void)
{
    n_checked = 0;
    for (int i = 0; rn_transform_kinds[i]; i++) {
        const rn_transform_kind *kind = rn_transform_kinds[i];
        for (uint32_t k = 0; k < kind->n_attrs; k++)
            check_attr(kind, &kind->attrs[k]);
        for (uint32_t k = 0; k < kind->n_arrays; k++)
            check_array(kind, &kind->arrays[k]);
    }
    CU_ASSERT_TRUE(n_checked > 100);
}

int main(void)
{
    static const CU_TestInfo tests[] = {
        { "keys refuse other types and numbers out of range", test_keys },
        { "attributes of transforms do so, too", test_transforms },
        CU_TEST_INFO_NULL,
    };
    return check_run("values of a cfg", tests);
}
