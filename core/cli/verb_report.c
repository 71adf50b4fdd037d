/* verb_report.c: resnet-run report. */
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "cli/verb.h"
#include "compare/leaderboard.h"

static rn_status report(const rn_leaderboard *board, const rn_report_options *options)
{
    if (board->n_files == 1 && board->files[0].is_comparison)
        return rn_reports_write(&board->files[0].read.comparison, options);
    return rn_leaderboard_write(board, options);
}

static rn_status run(const rn_config *config, rn_registry *registry, const rn_options *given)
{
    (void)config;
    (void)registry;
    const rn_report_options options = { .files = given->output,
                                        .json = given->run.json,
                                        .all = given->verbose > 0 };
    rn_leaderboard board = { 0 };
    size_t n = (size_t)given->n_operands + 1;
    const char **paths = calloc(n, sizeof *paths);
    if (!paths)
        return rn_fail(RN_E_NOMEM, "no memory for the names of reports");
    paths[0] = given->cfg;
    if (n > 1)
        memcpy(paths + 1, given->operands, (n - 1) * sizeof *paths);
    rn_status status = rn_leaderboard_read(paths, (int32_t)n, &board);
    if (!status)
        status = report(&board, &options);
    rn_leaderboard_clear(&board);
    free(paths);
    return status;
}

const rn_verb rn_verb_report = { .name = "report",
                                 .operands = "[JSON...]",
                                 .max_operands = -1,
                                 .help =
                                     "joins what compare and bench have found on several machines",
                                 .reads_reports = true,
                                 .run = run };
