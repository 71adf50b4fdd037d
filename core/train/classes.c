/* classes.c: class names as JSON, and their comparison. */
#include "train/classes.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/status.h"

rn_status rn_classes_record(const rn_dataset *dataset, char **text)
{
    json_t *names = json_array();
    for (int64_t i = 0; i < dataset->n_classes; i++)
        json_array_append_new(names, rn_json_text(dataset->class_names[i]));
    *text = names ? json_dumps(names, JSON_COMPACT) : NULL;
    json_decref(names);
    return *text ? RN_OK : rn_fail(RN_E_NOMEM, "no memory for the names of the classes");
}

/* Classes that are known by their numbers alone are as many as the largest label says, which may
 * differ between the splits of a data set. */
static bool are_numbers(const rn_dataset *dataset)
{
    char number[24];
    for (int64_t i = 0; i < dataset->n_classes; i++) {
        snprintf(number, sizeof number, "%" PRId64, i);
        if (strcmp(dataset->class_names[i], number) != 0)
            return false;
    }
    return true;
}

static rn_status fail_count(const rn_dataset *dataset, int64_t count, const char *path)
{
    return rn_fail(RN_E_DATA,
                   "%s: made for %lld classes, and the data of %s have %lld; use the data that it "
                   "was trained on, or accept the change with --allow-changed",
                   path, (long long)count, dataset->folder, (long long)dataset->n_classes);
}

static rn_status fail_name(const rn_dataset *dataset, int64_t i, const char *name, const char *path)
{
    return rn_fail(RN_E_DATA,
                   "%s: made for other classes: class %lld was \"%.80s\" and is \"%.80s\" in %s; "
                   "use the data that it was trained on, or accept the change with "
                   "--allow-changed",
                   path, (long long)i, name, dataset->class_names[i], dataset->folder);
}

rn_status rn_classes_check(const rn_dataset *dataset, const char *recorded, const char *path)
{
    rn_status status = RN_OK;
    json_t *names = json_loads(recorded, 0, NULL);
    int64_t count = (int64_t)json_array_size(names);
    if (!json_is_array(names)) {
        status = rn_fail(RN_E_DATA, "%s: its \"class_names\" are no JSON array", path);
        goto done;
    }
    if (count != dataset->n_classes && !are_numbers(dataset)) {
        status = fail_count(dataset, count, path);
        goto done;
    }
    for (int64_t i = 0; i < count && i < dataset->n_classes && !status; i++) {
        const char *name = json_string_value(json_array_get(names, (size_t)i));
        if (!name || strcmp(name, dataset->class_names[i]) != 0)
            status = fail_name(dataset, i, name ? name : "?", path);
    }
done:
    json_decref(names);
    return status;
}

rn_status rn_classes_check_splits(const rn_dataset *train, const rn_dataset *validation)
{
    int64_t n = train->n_classes;
    if (are_numbers(train) && are_numbers(validation))
        return RN_OK;
    if (n != validation->n_classes)
        return rn_fail(RN_E_DATA, "%s has %lld classes and %s has %lld; expected the same",
                       train->folder, (long long)n, validation->folder,
                       (long long)validation->n_classes);
    for (int64_t i = 0; i < n; i++)
        if (strcmp(train->class_names[i], validation->class_names[i]) != 0)
            return rn_fail(RN_E_DATA, "class %lld is \"%.80s\" in %s and \"%.80s\" in %s",
                           (long long)i, train->class_names[i], train->folder,
                           validation->class_names[i], validation->folder);
    return RN_OK;
}
