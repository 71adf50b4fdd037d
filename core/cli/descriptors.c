/* descriptors.c: claims closed standard descriptors. */
#include "cli/descriptors.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/status.h"

rn_status rn_descriptors_claim(void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
        if (fcntl(fd, F_GETFD) >= 0)
            continue;
        /* open takes the lowest number that is free. */
        if (open("/dev/null", fd == STDOUT_FILENO ? O_RDONLY : O_WRONLY) < 0)
            return rn_fail(RN_E_IO,
                           "descriptor %d is closed, and /dev/null cannot take its place: "
                           "%s",
                           fd, strerror(errno));
    }
    return RN_OK;
}
