/* cudnn_refuse.c: convolutions that the stand-in for cuDNN offers, with their workspaces, and
 * refuses to run, as cuDNN does with some. $CUDASIM_REFUSE lists them, separated by commas, by the
 * pass and the algorithm's number, as in "forward1", or by what they have: "all", "groups",
 * "dilation", "odd" (channels that are not a multiple of 8), "fused". */
#include <stdlib.h>
#include <string.h>

#include "cudnn_sim.h"

static bool has(const dnn_problem *problem, bool is_fused, int algo, const char *word)
{
    static const char *const PASSES[] = { "forward", "data", "filter" };
    const struct cudnnConvolutionStruct *convolution = &problem->convolution;
    const char *pass = PASSES[problem->pass];
    if (strncmp(word, pass, strlen(pass)) == 0)
        return atoi(word + strlen(pass)) == algo;
    if (!strcmp(word, "groups"))
        return convolution->groups > 1;
    if (!strcmp(word, "dilation"))
        return convolution->dilation[0] > 1 || convolution->dilation[1] > 1;
    if (!strcmp(word, "odd"))
        return problem->x.dims[1] % 8 || problem->y.dims[1] % 8;
    if (!strcmp(word, "fused"))
        return is_fused;
    return !strcmp(word, "all");
}

bool dnn_algo_refused(const dnn_problem *problem, bool is_fused, int algo)
{
    const char *list = getenv("CUDASIM_REFUSE");
    char *copy = list ? strdup(list) : NULL, *rest = copy;
    bool is = false;
    for (char *word; rest && !is && (word = strsep(&rest, ","));)
        is = has(problem, is_fused, algo, word);
    free(copy);
    return is;
}
