/* set_files.c: writes and opens data sets of tests. */
#include "data/set_files.h"

#include <archive.h>
#include <archive_entry.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/status.h"
#include "io/file.h"

void set_files_write(const char *name, const void *data, size_t size)
{
    char path[CHECK_PATH_MAX], folder[CHECK_PATH_MAX];
    check_scratch(path, name);
    strcpy(folder, path);
    *strrchr(folder, '/') = '\0';
    CU_ASSERT_EQUAL_FATAL(rn_folder_create(folder), RN_OK);
    FILE *stream = fopen(path, "wb");
    CU_ASSERT_PTR_NOT_NULL_FATAL(stream);
    CU_ASSERT_EQUAL(fwrite(data, 1, size, stream), size);
    CU_ASSERT_EQUAL(fclose(stream), 0);
}

void set_files_text(const char *name, const char *text)
{
    set_files_write(name, text, strlen(text));
}

rn_dataset_params set_files_params(const char *kind, const char *path)
{
    static char paths[4][CHECK_PATH_MAX];
    static int n;
    char *own = paths[n++ % 4];
    return (rn_dataset_params){ .name = kind,
                                .path = check_scratch(own, path),
                                .train = "",
                                .validation = "",
                                .split = RN_SPLIT_TRAIN };
}

rn_dataset *set_files_open(const rn_dataset_params *params)
{
    rn_dataset *dataset = NULL;
    if (rn_dataset_open(params, &dataset))
        check_note("%s", rn_fail_text());
    CU_ASSERT_PTR_NOT_NULL_FATAL(dataset);
    return dataset;
}

bool set_files_refused(const rn_dataset_params *params, const char *words)
{
    rn_dataset *dataset = NULL;
    rn_status status = rn_dataset_open(params, &dataset);
    rn_dataset_destroy(dataset);
    return check_failed(status, RN_E_DATA, words);
}

/* Writes the file that the archive stands at. */
static void unpack(struct archive *archive, struct archive_entry *entry)
{
    char name[CHECK_PATH_MAX];
    size_t size = (size_t)archive_entry_size(entry);
    char *data = malloc(size + 1);
    CU_ASSERT_PTR_NOT_NULL_FATAL(data);
    CU_ASSERT_EQUAL(archive_read_data(archive, data, size), (la_ssize_t)size);
    snprintf(name, sizeof name, "cifar/%s", archive_entry_pathname(entry));
    set_files_write(name, data, size);
    free(data);
}

bool set_files_cifar(char path[CHECK_PATH_MAX])
{
    char packed[CHECK_PATH_MAX];
    struct archive_entry *entry;
    check_source(packed, "../shared/cifar10/test-jpeg.tar");
    check_scratch(path, "cifar");
    if (access(path, F_OK) == 0)
        return true;
    if (access(packed, R_OK)) {
        check_skip("%s is not there", packed);
        return false;
    }
    struct archive *archive = archive_read_new();
    archive_read_support_format_tar(archive);
    CU_ASSERT_EQUAL_FATAL(archive_read_open_filename(archive, packed, 1 << 16), ARCHIVE_OK);
    while (archive_read_next_header(archive, &entry) == ARCHIVE_OK)
        if (archive_entry_filetype(entry) == AE_IFREG)
            unpack(archive, entry);
    archive_read_free(archive);
    return true;
}

struct archive *set_files_shard(const char *name)
{
    char path[CHECK_PATH_MAX], folder[CHECK_PATH_MAX];
    struct archive *archive = archive_write_new();
    strcpy(folder, check_scratch(path, name));
    *strrchr(folder, '/') = '\0';
    CU_ASSERT_EQUAL_FATAL(rn_folder_create(folder), RN_OK);
    archive_write_set_format_ustar(archive);
    CU_ASSERT_EQUAL_FATAL(archive_write_open_filename(archive, path), ARCHIVE_OK);
    return archive;
}

void set_files_add(struct archive *archive, const char *name, const void *data, size_t size)
{
    struct archive_entry *entry = archive_entry_new();
    archive_entry_set_pathname(entry, name);
    archive_entry_set_filetype(entry, AE_IFREG);
    archive_entry_set_perm(entry, 0644);
    archive_entry_set_size(entry, (la_int64_t)size);
    CU_ASSERT_EQUAL(archive_write_header(archive, entry), ARCHIVE_OK);
    CU_ASSERT_EQUAL(archive_write_data(archive, data, size), (la_ssize_t)size);
    archive_entry_free(entry);
}
