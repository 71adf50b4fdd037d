/* leaderboard.h: runs of several machines side by side: per model, how fast and how right each
 * device was. */
#ifndef RN_CORE_COMPARE_LEADERBOARD_H
#define RN_CORE_COMPARE_LEADERBOARD_H

#include "compare/reports.h"

#define RN_BENCH_KIND "bench"
#define RN_BENCH_SCHEMA 1 /* of the JSON; share/doc/using.md lists its fields */

/* A run of one backend. Its texts are those of the file; NULL: unknown. */
typedef struct rn_leader {
    const char *file, *model, *phase;
    const char *device;   /* "onednn:0, bf16" */
    const char *hardware; /* of the device, or else of the machine */
    const char *library;  /* with its version */
    const char *precision;
    const char *weights_hash, *cfg_hash, *input_hash; /* of a comparison */
    const char *sentence;                             /* what was found; NULL: not compared */
    const char *apart; /* why it cannot be compared with the others of its model; NULL: it can */
    int64_t batch;
    double images_per_s, median_ms, gflop_per_s, joules; /* joules of one image */
    bool is_judged;
    rn_verdict verdict;
} rn_leader;

/* A file that was read. */
typedef struct rn_report_file {
    const char *path;
    bool is_comparison;
    rn_read_comparison read; /* of a benchmark its root alone */
} rn_report_file;

typedef struct rn_leaderboard {
    rn_report_file *files;
    int32_t n_files;
    rn_leader *rows; /* those of a model and phase follow each other, the fastest first */
    int32_t n_rows;
} rn_leaderboard;

/* Reads files of compare --json and bench --json, and ranks their runs. Files whose hashes differ
 * from those of the first file with that model are set apart. RN_E_DATA names the file and what
 * is wrong with it. The caller clears the board, also on failure. */
rn_status rn_leaderboard_read(const char *const *paths, int32_t n, rn_leaderboard *board);
void rn_leaderboard_clear(rn_leaderboard *board);

/* The end of the run of rows that have the model and phase of row i. */
int32_t rn_leaderboard_end(const rn_leaderboard *board, int32_t i);

/* Writes the files of the options, .html or .json, then the table or JSON to standard output. */
rn_status rn_leaderboard_write(const rn_leaderboard *board, const rn_report_options *options);

void rn_leaderboard_text(FILE *out, const rn_leaderboard *board);
rn_status rn_leaderboard_json(FILE *out, const rn_leaderboard *board);
void rn_leaderboard_html(FILE *out, const rn_leaderboard *board);

#endif
