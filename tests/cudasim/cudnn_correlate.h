/* cudnn_correlate.h: correlations of planes by transforms, with the rounding that these have in
 * floats. */
#ifndef RN_TESTS_CUDNN_CORRELATE_H
#define RN_TESTS_CUDNN_CORRELATE_H

/* out[b][o][p][q] = sum over i, r, s of in[b][i][p + r][q + s] * filter[o][i][r][s]. The output has
 * in - filter + 1 rows and columns. */
typedef struct correlation {
    int batch, n_in, n_out;
    int in_size[2], filter_size[2], out_size[2];
    float *in, *filter, *out;
} correlation;

/* Winograd's F(tile x tile, piece x piece): tiles of the output from pieces of the filter, whose
 * sizes add up to 5 or 7. */
void correlate_winograd(const correlation *c, int tile, int piece);
/* By Fourier transforms of whole planes. */
void correlate_fourier(const correlation *c);

#endif
