/* cudasim_play.c: what the tests of the pretended machine share. */
#include "cudasim/cudasim_play.h"

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

void play_expect(int line, cudaError_t found, cudaError_t expected, bool blamed)
{
    static int seen;
    int blames = cudasim_blames();
    if (found != expected)
        check_note("line %d: %s, not %s", line, cudaGetErrorName(found),
                   cudaGetErrorName(expected));
    if ((blames > seen) != blamed)
        check_note("line %d: %s", line, blamed ? "nothing was blamed" : "something was blamed");
    CU_ASSERT_EQUAL(found, expected);
    CU_ASSERT_EQUAL(blames > seen, blamed);
    seen = blames;
}

float *play_device_float(void)
{
    void *p = NULL;
    FINE(cudaMalloc(&p, sizeof(float)));
    return made.device[made.n_device++] = p;
}

float *play_pinned_floats(int n)
{
    void *p = NULL;
    FINE(cudaMallocHost(&p, (size_t)n * sizeof(float)));
    return made.pinned[made.n_pinned++] = p;
}

cudaStream_t play_stream(void)
{
    cudaStream_t stream = NULL;
    FINE(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking));
    return made.streams[made.n_streams++] = stream;
}

cudaEvent_t play_event(void)
{
    cudaEvent_t event = NULL;
    FINE(cudaEventCreateWithFlags(&event, cudaEventDisableTiming));
    return made.events[made.n_events++] = event;
}

void play_end(void)
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

cudaError_t play_line(cudaStream_t stream, float *p, float a, float b)
{
    line one = { p, a, b };
    return cudasim_enqueue(__func__, stream, run_line, &one, sizeof one);
}

void play_put(cudaStream_t stream, float *p, float value)
{
    float *from = play_pinned_floats(1);
    *from = value;
    FINE(cudaMemcpyAsync(p, from, sizeof *p, cudaMemcpyHostToDevice, stream));
}

float play_get(cudaStream_t stream, const float *p)
{
    float *to = play_pinned_floats(1);
    FINE(cudaMemcpyAsync(to, p, sizeof *p, cudaMemcpyDeviceToHost, stream));
    FINE(cudaStreamSynchronize(stream));
    return *to;
}

int play_child(const char *part, const char *const settings[])
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

int play_main(int argc, char **argv, const play_part *parts, const CU_TestInfo *tests)
{
    for (; argc == 2 && parts->name; parts++)
        if (!strcmp(argv[1], parts->name))
            return parts->run();
    const char *devices = getenv("CUDASIM_DEVICES");
    if (devices && !strcmp(devices, "2"))
        return check_run("cudasim", tests);
    /* The machine is as the environment was when the library was loaded. */
    setenv("CUDASIM_DEVICES", "2", 1);
    unsetenv("CUDASIM_FAIL");
    unsetenv("CUDASIM_ORDER");
    setenv("CUDASIM_REAL", "0", 1); /* its compiler is of no interest here */
    execv("/proc/self/exe", argv);
    return 1;
}
