/* slow_code.c: names the plugin whose code takes long. A network has hundreds of blocks, so the
 * thread that watches is started once and stays. */
#include "plugin/slow_code.h"

#include <pthread.h>
#include <stdbool.h>
#include <sys/types.h>
#include <unistd.h>

#include "base/log.h"
#include "base/thread.h"
#include "plugin/registry.h"

#define SLOW_S 5
#define STACK_BYTES (256 << 10)
#define TICK_NS 500000000
#define MOST_NESTED 2

static struct {
    pthread_mutex_t lock; /* guards the members below, but for `watched` */
    pthread_cond_t begun;
    const char *what[MOST_NESTED];
    double begun_s[MOST_NESTED];
    bool is_told[MOST_NESTED];
    int n;
    bool has_news;  /* something has begun since the watcher looked last */
    bool is_asleep; /* the watcher, until something begins */
    pid_t watched;  /* the process that has a watcher; a forked one has none */
} slow;

static double now_s(void)
{
    return (double)rn_host_table()->time_ns() * 1e-9;
}

static void look(void)
{
    for (int i = 0; i < slow.n; i++) {
        if (slow.is_told[i] || now_s() - slow.begun_s[i] < SLOW_S)
            continue;
        slow.is_told[i] = true;
        rn_log(RN_LOG_WARNING, "%s takes longer than %d s; it may hang (Ctrl-C twice ends this)",
               slow.what[i], SLOW_S);
    }
}

/* Goes on looking while blocks begin and end, so that none of them has to wake it. */
static void *watch(void *unused)
{
    (void)unused;
    pthread_mutex_lock(&slow.lock);
    for (;;) {
        slow.is_asleep = slow.n == 0 && !slow.has_news;
        slow.has_news = false;
        if (slow.is_asleep)
            pthread_cond_wait(&slow.begun, &slow.lock);
        else
            rn_condition_wait(&slow.begun, &slow.lock, TICK_NS);
        look();
    }
    return NULL;
}

static void start_watcher(void)
{
    pthread_t watcher;
    pthread_mutex_init(&slow.lock, NULL);
    rn_condition_init(&slow.begun);
    slow.n = 0;
    slow.watched = getpid();
    if (rn_thread_start_small(&watcher, STACK_BYTES, watch, NULL) == 0)
        pthread_detach(watcher);
}

void rn_slow_code_begin(const char *what)
{
    if (slow.watched != getpid())
        start_watcher();
    pthread_mutex_lock(&slow.lock);
    slow.what[slow.n] = what;
    slow.begun_s[slow.n] = now_s();
    slow.is_told[slow.n++] = false;
    slow.has_news = true;
    if (slow.is_asleep)
        pthread_cond_signal(&slow.begun);
    slow.is_asleep = false;
    pthread_mutex_unlock(&slow.lock);
}

void rn_slow_code_end(void)
{
    if (slow.watched != getpid())
        return;
    pthread_mutex_lock(&slow.lock);
    slow.n--;
    pthread_mutex_unlock(&slow.lock);
}
