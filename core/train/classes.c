/* classes.c: class names as JSON, and labels made to fit them. */
#include "train/classes.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/log.h"
#include "base/status.h"
#include "data/class_names.h"

static json_t *names_of(const rn_dataset *dataset)
{
    json_t *names = json_array();
    for (int64_t i = 0; i < dataset->n_classes; i++)
        json_array_append_new(names, rn_json_text(dataset->class_names[i]));
    return names;
}

static rn_status no_memory(void)
{
    return rn_fail(RN_E_NOMEM, "no memory for the names of the classes");
}

rn_status rn_classes_record(const rn_dataset *dataset, char **text)
{
    json_t *names = names_of(dataset);
    *text = names ? json_dumps(names, JSON_COMPACT) : NULL;
    json_decref(names);
    return *text ? RN_OK : no_memory();
}

/* Classes that are known by their numbers alone are as many as the largest label says, which may
 * differ between the splits of a data set. */
static bool is_number(const char *name, int64_t i)
{
    char number[24];
    snprintf(number, sizeof number, "%" PRId64, i);
    return name && strcmp(name, number) == 0;
}

bool rn_classes_are_numbers(const rn_dataset *dataset)
{
    for (int64_t i = 0; i < dataset->n_classes; i++)
        if (!is_number(dataset->class_names[i], i))
            return false;
    return true;
}

static bool are_numbers(const json_t *names)
{
    for (size_t i = 0; i < json_array_size(names); i++)
        if (!is_number(json_string_value(json_array_get(names, i)), (int64_t)i))
            return false;
    return true;
}

/* An object that has the place of each name. NULL: no memory. */
static json_t *index_of(const json_t *names)
{
    json_t *index = json_object();
    for (size_t i = 0; i < json_array_size(names) && index; i++) {
        const char *name = json_string_value(json_array_get(names, i));
        json_object_set_new(index, name ? name : "", json_integer((json_int_t)i));
    }
    return index;
}

/* Sets `relabel` to the indices of the names `own` in `names`; *unknown is the first that is not
 * among them, or NULL. */
static rn_status find_labels(const json_t *own, const json_t *names, int32_t *relabel,
                             const char **unknown)
{
    json_t *index = index_of(names);
    *unknown = NULL;
    if (!index)
        return no_memory();
    for (size_t i = 0; i < json_array_size(own) && !*unknown; i++) {
        const char *name = json_string_value(json_array_get(own, i));
        const json_t *found = json_object_get(index, name);
        relabel[i] = (int32_t)json_integer_value(found);
        if (!found)
            *unknown = name;
    }
    json_decref(index);
    return RN_OK;
}

/* Replaces the names by others. */
static rn_status rename_classes(rn_dataset *dataset, const json_t *names)
{
    int64_t n = (int64_t)json_array_size(names), n_before = dataset->n_classes;
    char **before = dataset->class_names;
    dataset->class_names = calloc((size_t)n + 1, sizeof *dataset->class_names);
    dataset->n_classes = dataset->class_names ? n : 0;
    bool ready = dataset->class_names;
    for (int64_t i = 0; i < n && ready; i++) {
        const char *name = json_string_value(json_array_get(names, (size_t)i));
        dataset->class_names[i] = strdup(name ? name : "");
        ready = dataset->class_names[i];
    }
    for (int64_t i = 0; i < n_before; i++)
        free(before[i]);
    free(before);
    return ready ? RN_OK : no_memory();
}

#define SAME_OR_ALLOWED                                                                            \
    "use the data that it was trained on, or accept the change with --allow-changed"

/* Whether the data set has these classes; numbers may be more or fewer. */
static bool has_classes(const json_t *own, const json_t *names)
{
    return json_equal(own, names) || (are_numbers(own) && are_numbers(names));
}

/* The first name that differs. */
static rn_status fail_different(const json_t *own, const json_t *names, const char *path)
{
    size_t i = 0;
    while (json_equal(json_array_get(own, i), json_array_get(names, i)))
        i++;
    const char *before = json_string_value(json_array_get(names, i));
    const char *now = json_string_value(json_array_get(own, i));
    return rn_fail(
        RN_E_DATA,
        "%s: made for other classes: class %zu was \"%.80s\" and is \"%.80s\"; " SAME_OR_ALLOWED,
        path, i, before ? before : "none", now ? now : "none");
}

static rn_status adopt(rn_dataset *dataset, const json_t *names, const char *path,
                       const char *advice)
{
    const char *unknown = NULL;
    json_t *own = names_of(dataset);
    int32_t *relabel = calloc((size_t)dataset->n_classes + 1, sizeof *relabel);
    rn_status status = RN_OK;
    if (!own || !relabel) {
        status = no_memory();
        goto done;
    }
    if (has_classes(own, names))
        goto done;
    status = find_labels(own, names, relabel, &unknown);
    if (!status && unknown)
        status = rn_fail(RN_E_DATA, "%s: class \"%.80s\" of %s is not among its %zu classes; %s",
                         path, unknown, dataset->folder, json_array_size(names), advice);
    if (status)
        goto done;
    if (dataset->n_classes)
        rn_log(RN_LOG_INFO, "%s has %zu of the %zu classes of %s", dataset->folder,
               json_array_size(own), json_array_size(names), path);
    status = rename_classes(dataset, names);
    dataset->relabel = relabel;
    relabel = NULL;
done:
    json_decref(own);
    free(relabel);
    return status;
}

/* The names that a file records. */
static rn_status read_names(const char *recorded, const char *path, json_t **names)
{
    json_error_t error;
    *names = rn_json_read(recorded, strlen(recorded), 0, &error);
    return json_is_array(*names)
               ? RN_OK
               : rn_fail(RN_E_DATA, "%s: its \"class_names\" are no JSON array", path);
}

rn_status rn_classes_check(const rn_dataset *dataset, const char *recorded, const char *path)
{
    json_t *names = NULL, *own = names_of(dataset);
    rn_status status = read_names(recorded, path, &names);
    if (!status && !has_classes(own, names))
        status = fail_different(own, names, path);
    json_decref(names);
    json_decref(own);
    return status;
}

rn_status rn_classes_adopt(rn_dataset *dataset, const char *recorded, const char *path)
{
    json_t *names = NULL;
    rn_status status = read_names(recorded, path, &names);
    if (!status)
        status = adopt(dataset, names, path, SAME_OR_ALLOWED);
    json_decref(names);
    return status;
}

rn_status rn_classes_adopt_split(rn_dataset *dataset, const rn_dataset *other)
{
    json_t *names = names_of(other);
    rn_status status = names ? adopt(dataset, names, other->folder,
                                     "expected only classes of the training samples")
                             : no_memory();
    json_decref(names);
    return status;
}

/* ---- Names of a cfg ---- */

static bool has_any(const json_t *own, const json_t *names)
{
    json_t *index = index_of(names);
    bool found = false;
    for (size_t i = 0; i < json_array_size(own) && !found; i++)
        found = json_object_get(index, json_string_value(json_array_get(own, i)));
    json_decref(index);
    return found;
}

static rn_status name_by_own(rn_dataset *dataset, const json_t *own, const rn_class_names *file)
{
    bool by_key = has_any(own, file->keys), by_name = !by_key && has_any(own, file->names);
    if (!by_key && !by_name && json_array_size(own) == json_array_size(file->names))
        return RN_OK;
    rn_status status =
        adopt(dataset, by_key ? file->keys : file->names, file->path,
              "name others by network.class_names, or none (\"\") where labels count "
              "the network's outputs");
    return status || !by_key ? status : rename_classes(dataset, file->names);
}

static rn_status check_count(const rn_class_names *file, const rn_config *config)
{
    size_t n = json_array_size(file->names);
    if ((int64_t)n == config->network.classes)
        return RN_OK;
    return rn_fail(RN_E_CONFIG,
                   "%s: network.class_names: %s names %zu classes, but network.classes is %" PRId64,
                   config->path, file->path, n, config->network.classes);
}

rn_status rn_classes_name(rn_dataset *dataset, const rn_config *config)
{
    rn_class_names file = { .names = NULL };
    json_t *own = NULL;
    if (!*config->network.class_names)
        return RN_OK;
    rn_status status = rn_class_names_read(config->network.class_names, &file);
    if (!status)
        status = check_count(&file, config);
    if (status)
        goto done;
    if (rn_classes_are_numbers(dataset)) {
        status = rename_classes(dataset, file.names);
        goto done;
    }
    own = names_of(dataset);
    status = own ? name_by_own(dataset, own, &file) : no_memory();
done:
    json_decref(own);
    rn_class_names_clear(&file);
    return status;
}
