/* keeping.c: decides when a snapshot is taken, and when to wait for its file. */
#include "train/keeping.h"

#include <math.h>

#include "base/interrupt.h"
#include "base/log.h"
#include "train/run_folder.h"
#include "train/statistics.h"
#include "world/world.h"

rn_status rn_keeping_finish(rn_trainer *trainer)
{
    if (!rn_writer_is_busy(&trainer->writer))
        return RN_OK;
    rn_world_busy("writes a checkpoint");
    rn_status status = rn_writer_finish(&trainer->writer);
    rn_world_busy(NULL);
    if (status)
        return status;
    trainer->saved_step = trainer->taken_step;
    status = trainer->is_new ? rn_run_folder_clear(trainer->folder) : RN_OK;
    if (!status)
        trainer->is_new = false;
    return status;
}

rn_status rn_keeping_begin(rn_trainer *trainer)
{
    rn_snapshot *snapshot;
    rn_status status = rn_keeping_finish(trainer);
    if (!status)
        status = rn_statistics_settle(trainer->session);
    if (!status && !rn_world_is_first()) {
        trainer->is_new = false;
        return RN_OK;
    }
    if (!status)
        status = rn_snapshot_checkpoint(trainer->folder, trainer->session, &trainer->position,
                                        &snapshot);
    if (status)
        return status;
    rn_writer_begin(&trainer->writer, snapshot);
    trainer->taken_step = trainer->position.step;
    trainer->taken_s = rn_trainer_now_s();
    return trainer->is_new ? rn_keeping_finish(trainer) : RN_OK;
}

/* The steps that are taken while a file is written, by the last one. */
static int64_t steps_of_writing(const rn_trainer *trainer)
{
    const rn_position *p = &trainer->position;
    double n_steps = (double)p->batch / (double)trainer->session->config->train.accumulate;
    double step_s = p->batch ? p->epoch_time_s / n_steps : 0;
    return step_s > 0 ? (int64_t)ceil(fmin(trainer->writer.seconds / step_s, 1e9)) : 0;
}

/* Early enough that the file is whole when save_every steps are done since the one before. */
static bool has_taken_steps(const rn_trainer *trainer)
{
    int64_t every = trainer->session->config->train.save_every;
    int64_t lead = every ? steps_of_writing(trainer) : 0;
    int64_t n_steps = trainer->position.step - trainer->taken_step;
    return every && n_steps >= (lead < every ? every - lead : 1);
}

static bool is_due(const rn_trainer *trainer)
{
    double minutes = trainer->session->config->train.save_every_minutes;
    double seconds = rn_trainer_now_s() - trainer->taken_s;
    return has_taken_steps(trainer) || (minutes > 0 && seconds >= 60 * minutes) ||
           rn_interrupt_take_save();
}

static bool may_lose_no_more(const rn_trainer *trainer)
{
    int64_t every = trainer->session->config->train.save_every;
    return every && trainer->position.step - trainer->saved_step >= every;
}

static rn_status finish_and_tell(rn_trainer *trainer)
{
    rn_status status = rn_keeping_finish(trainer);
    if (!status)
        rn_log(RN_LOG_INFO, "a checkpoint of step %lld is in %s", (long long)trainer->saved_step,
               trainer->folder);
    return status;
}

rn_status rn_keeping_look(rn_trainer *trainer, bool *due)
{
    rn_writer *writer = &trainer->writer;
    rn_status status = RN_OK;
    *due = false;
    if (!rn_world_is_first())
        return RN_OK;
    if (rn_writer_is_busy(writer) && (rn_writer_is_done(writer) || may_lose_no_more(trainer)))
        status = finish_and_tell(trainer);
    *due = !status && !rn_writer_is_busy(writer) && is_due(trainer);
    return status;
}

rn_status rn_keeping_take(rn_trainer *trainer)
{
    rn_writer *writer = &trainer->writer;
    rn_status status = rn_keeping_begin(trainer);
    if (!status && rn_world_is_first() && (!rn_writer_is_busy(writer) || may_lose_no_more(trainer)))
        status = finish_and_tell(trainer);
    return status;
}
