/* test_events.c: TensorBoard's event files: the bytes that TensorBoard's own code writes
 * (make_events.py), and which metrics get there. */
#define _GNU_SOURCE /* memmem */
#include <dirent.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "io/file.h"
#include "report/event_record.h"
#include "report/events.h"
#include "report/run_files.h"
#include "support/check.h"

/* RFC 3720, B.4, and the check value of the catalogue of CRCs. */
static void test_crc(void)
{
    uint8_t bytes[32] = { 0 };
    CU_ASSERT_EQUAL(rn_event_crc(bytes, sizeof bytes), 0x8a9136aa);
    memset(bytes, 0xff, sizeof bytes);
    CU_ASSERT_EQUAL(rn_event_crc(bytes, sizeof bytes), 0x62a8ab43);
    CU_ASSERT_EQUAL(rn_event_crc((const uint8_t *)"123456789", 9), 0xe3069283);
}

static void append(uint8_t *to, size_t *size, const rn_event_record *record)
{
    memcpy(to + *size, record->bytes, record->size);
    *size += record->size;
}

static void test_bytes(void)
{
    char path[CHECK_PATH_MAX];
    uint8_t found[8 * RN_EVENT_MAX], *expected = NULL;
    uint64_t expected_size = 0;
    size_t size = 0;
    rn_event_record record;
    rn_event_version(&record, 1795994544.25);
    append(found, &size, &record);
    rn_event_restart(&record, 1795994544.5, 938);
    append(found, &size, &record);
    rn_event_scalar(&record, 1795994545.0, 469, "loss/train", 0.5f);
    append(found, &size, &record);
    rn_event_scalar(&record, 1795994545.0, 469, "learning rate/last step", 1e-30f);
    append(found, &size, &record);
    rn_event_scalar(&record, 1795994545.0, INT64_C(1) << 40, "top-1/validation", 0.1f);
    append(found, &size, &record);
    check_source(path, "tests/report/events.tfevents");
    CU_ASSERT_EQUAL_FATAL(rn_file_read(path, &expected, &expected_size), RN_OK);
    CU_ASSERT_EQUAL_FATAL(size, expected_size);
    CU_ASSERT_EQUAL(memcmp(found, expected, size), 0);
    free(expected);
}

static void test_long_tag(void)
{
    char tag[1000];
    rn_event_record record;
    memset(tag, 'x', sizeof tag - 1);
    tag[sizeof tag - 1] = 0;
    rn_event_scalar(&record, 1, INT64_MAX, tag, 1);
    CU_ASSERT_TRUE(record.size > RN_EVENT_TAG && record.size <= RN_EVENT_MAX);
}

/* The event files of a folder: their number, and the bytes of the last by name. */
static int read_events(const char *folder, char last[CHECK_PATH_MAX], uint8_t **data,
                       uint64_t *size)
{
    struct dirent **names = NULL;
    char path[CHECK_PATH_MAX + 300];
    int n = 0, count = scandir(folder, &names, NULL, alphasort);
    for (int i = 0; i < count; i++) {
        if (strstr(names[i]->d_name, "tfevents")) {
            snprintf(last, CHECK_PATH_MAX, "%s", names[i]->d_name);
            n++;
        }
        free(names[i]);
    }
    free(names);
    snprintf(path, sizeof path, "%s/%s", folder, last);
    if (n)
        CU_ASSERT_EQUAL(rn_file_read(path, data, size), RN_OK);
    return n;
}

static bool holds(const uint8_t *data, uint64_t size, const char *text)
{
    return memmem(data, size, text, strlen(text)) != NULL;
}

/* Two files in one second have two names, the later one's after the earlier one's. What is not
 * known is not there. */
static void test_files(void)
{
    char folder[CHECK_PATH_MAX], first[CHECK_PATH_MAX] = "", second[CHECK_PATH_MAX] = "";
    const rn_epoch_metrics row = { .epoch = 1, .step = 9, .train_loss = 2, .gradient_norm = NAN };
    uint8_t *data = NULL;
    uint64_t size = 0;
    rn_events *events = NULL;
    CU_ASSERT_EQUAL(rn_folder_create(check_scratch(folder, "events")), RN_OK);
    for (int i = 0; i < 2; i++) {
        CU_ASSERT_EQUAL_FATAL(rn_events_open(folder, 0, &events), RN_OK);
        CU_ASSERT_EQUAL(rn_events_add(events, &row), RN_OK);
        rn_events_close(events);
        free(data);
        CU_ASSERT_EQUAL(read_events(folder, i ? second : first, &data, &size), i + 1);
    }
    CU_ASSERT_TRUE(strcmp(first, second) < 0);
    CU_ASSERT_TRUE(holds(data, size, "brain.Event:2") && holds(data, size, "loss/train"));
    CU_ASSERT_FALSE(holds(data, size, "gradient norm"));
    free(data);
    CU_ASSERT_EQUAL(rn_events_clear(folder), RN_OK);
    CU_ASSERT_EQUAL(read_events(folder, first, &data, &size), 0);
    CU_ASSERT_TRUE(
        check_failed(rn_events_open("/nowhere", 0, &events), RN_E_IO, "/nowhere/events.out"));
    rn_events_close(NULL);
}

int main(void)
{
    static const CU_TestInfo tests[] = {
        { "checksums", test_crc },
        { "records as TensorBoard writes them", test_bytes },
        { "a tag that is too long", test_long_tag },
        { "files", test_files },
        CU_TEST_INFO_NULL,
    };
    return check_run("events", tests);
}
