/* backend_devices.c: what a backend says of its devices, and how it opens them. */
#include <string.h>

#include "base/status.h"
#include "validate/backend.h"
#include "validate/guarded.h"

static void check_text(rn_checking *c, const char *text, size_t size, const char *what)
{
    if (!memchr(text, 0, size))
        rn_check_found(c, "%s in rn_device_info does not end with a 0 in its %d bytes", what,
                       (int)size);
    else if (!text[0])
        rn_check_found(c, "%s in rn_device_info is empty", what);
}

static rn_status describe(rn_checking *c, int32_t index)
{
    rn_device_info *info = rn_guarded(sizeof *info);
    if (!info)
        return rn_fail(RN_E_NOMEM, "no memory");
    info->size = sizeof *info;
    rn_check_at(c, "device_info of device %d, with a structure at the end of a page", (int)index);
    rn_status status = c->plugin->backend.device_info(index, info);
    if (status)
        return status;
    check_text(c, info->name, sizeof info->name, "name");
    check_text(c, info->library, sizeof info->library, "library");
    return RN_OK;
}

/* What there is not is refused, with a reason. */
static void expect_refusal(rn_checking *c, const rn_open_params *params, const char *what)
{
    rn_context *context = NULL;
    rn_check_at(c, "open %s", what);
    rn_fail_clear();
    rn_status status = c->plugin->backend.open(params, &context);
    if (!status) {
        rn_check_found(c, "it opens %s; it must refuse that and never substitute", what);
        if (context)
            c->plugin->backend.close(context);
    } else if (!rn_fail_text()[0]) {
        rn_check_found(c, "it refuses %s without a reason (host->fail)", what);
    }
    rn_fail_clear();
}

static rn_status open_once(rn_checking *c)
{
    rn_context *context = NULL;
    const rn_open_params usual = {
        .size = sizeof usual, .precision = RN_PRECISION_FP32, .device = "", .tuning = RN_TUNING_OFF
    };
    const rn_open_params *params = rn_guarded_copy(&usual, sizeof usual);
    if (!params)
        return rn_fail(RN_E_NOMEM, "no memory");
    rn_check_at(c, "open, with parameters at the end of a page");
    rn_status status = c->plugin->backend.open(params, &context);
    if (!status && !context)
        rn_check_found(c, "open returns RN_OK, but no context");
    else if (!status)
        c->plugin->backend.close(context);
    return status;
}

rn_status rn_check_devices(rn_checking *c)
{
    const rn_backend *backend = &c->plugin->backend;
    rn_open_params params = { .size = sizeof params,
                              .precision = RN_PRECISION_FP32,
                              .device = "no device has this name",
                              .tuning = RN_TUNING_OFF };
    int32_t count = 0, again = 0;
    rn_status status = backend->device_count(&count);
    if (!status)
        status = backend->device_count(&again);
    if (status)
        return status;
    if (count < 0 || count != again)
        rn_check_found(c, "device_count says %d, then %d", (int)count, (int)again);
    for (int32_t i = 0; i < count && !status; i++)
        status = describe(c, i);
    rn_device_info info = { .size = sizeof info };
    if (!status && backend->device_info(count, &info) == RN_OK)
        rn_check_found(c, "device_info describes device %d, of %d", (int)count, (int)count);
    expect_refusal(c, &params, "a device that there is not");
    params.device = "";
    params.precision = 99;
    expect_refusal(c, &params, "a precision that there is not (99)");
    rn_fail_clear();
    return status ? status : open_once(c);
}
