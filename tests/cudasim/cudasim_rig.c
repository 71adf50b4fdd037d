/* cudasim_rig.c: helpers for the tests of the simulated machine. */
#include "cudasim/cudasim_rig.h"

#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define MADE_MAX 64

static struct {
    void *device[MADE_MAX], *pinned[MADE_MAX];
    cudaStream_t streams[MADE_MAX];
    cudaEvent_t events[MADE_MAX];
    int n_device, n_pinned, n_streams, n_events;
} made;

void rig_expect(int line, cudaError_t found, cudaError_t expected, bool blamed)
{
    static int seen;
    int blames = cudasim_blames();
    if (found != expected)
        check_note("line %d: %s, not %s", line, cudaGetErrorName(found),
                   cudaGetErrorName(expected));
    if ((blames > seen) != blamed)
        check_note("line %d: %s", line, blamed ? "nothing was blamed" : "unexpected blame");
    CU_ASSERT_EQUAL(found, expected);
    CU_ASSERT_EQUAL(blames > seen, blamed);
    seen = blames;
}

float *rig_device_float(void)
{
    void *p = NULL;
    FINE(cudaMalloc(&p, sizeof(float)));
    return made.device[made.n_device++] = p;
}

float *rig_pinned_floats(int n)
{
    void *p = NULL;
    FINE(cudaMallocHost(&p, (size_t)n * sizeof(float)));
    return made.pinned[made.n_pinned++] = p;
}

cudaStream_t rig_stream(void)
{
    cudaStream_t stream = NULL;
    FINE(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking));
    return made.streams[made.n_streams++] = stream;
}

cudaEvent_t rig_event(void)
{
    cudaEvent_t event = NULL;
    FINE(cudaEventCreateWithFlags(&event, cudaEventDisableTiming));
    return made.events[made.n_events++] = event;
}

void rig_end(void)
{
    while (made.n_events)
        FINE(cudaEventDestroy(made.events[--made.n_events]));
    while (made.n_streams)
        FINE(cudaStreamDestroy(made.streams[--made.n_streams]));
    while (made.n_device)
        FINE(cudaFree(made.device[--made.n_device]));
    while (made.n_pinned)
        FINE(cudaFreeHost(made.pinned[--made.n_pinned]));
    CU_ASSERT_EQUAL(cudasim_live(true), 0);
}

typedef struct line {
    float *p, a, b;
} line;

static bool run_line(void *what)
{
    const line *one = what;
    *one->p = *one->p * one->a + one->b;
    return true;
}

cudaError_t rig_line(cudaStream_t stream, float *p, float a, float b)
{
    line one = { p, a, b };
    return cudasim_enqueue(__func__, stream, run_line, &one, sizeof one);
}

void rig_put(cudaStream_t stream, float *p, float value)
{
    float *from = rig_pinned_floats(1);
    *from = value;
    FINE(cudaMemcpyAsync(p, from, sizeof *p, cudaMemcpyHostToDevice, stream));
}

float rig_get(cudaStream_t stream, const float *p)
{
    float *to = rig_pinned_floats(1);
    FINE(cudaMemcpyAsync(to, p, sizeof *p, cudaMemcpyDeviceToHost, stream));
    FINE(cudaStreamSynchronize(stream));
    return *to;
}

int rig_child(const char *part, const char *const settings[])
{
    int status = 0;
    pid_t child = fork();
    if (child == 0) {
        for (int i = 0; settings[i]; i++)
            putenv((char *)(uintptr_t)settings[i]);
        execl("/proc/self/exe", "test", part, (char *)NULL);
        _exit(127);
    }
    waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

int rig_main(int argc, char **argv, const rig_part *parts, const CU_TestInfo *tests)
{
    for (; argc == 2 && parts->name; parts++)
        if (!strcmp(argv[1], parts->name))
            return parts->run();
    const char *devices = getenv("CUDASIM_DEVICES");
    if (devices && !strcmp(devices, "2"))
        return check_run("cudasim", tests);
    /* The library reads the environment when it is loaded, so start again. */
    setenv("CUDASIM_DEVICES", "2", 1);
    unsetenv("CUDASIM_FAIL");
    unsetenv("CUDASIM_ORDER");
    setenv("CUDASIM_REAL", "0", 1); /* the real compiler does not matter here */
    execv("/proc/self/exe", argv);
    return 1;
}
