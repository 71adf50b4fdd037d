/* test_lr_curve.c: the learning rates that a range test suggests are fastai's; where it suggests
 * none, it says why. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "commands/lr_curve.h"
#include "support/check.h"

static bool is_near(double found, double expected)
{
    return fabs(found - expected) <= 1e-8 * fabs(expected);
}

/* One curve of lr_curves.txt: its points, then what is suggested. */
static void compare_curve(FILE *file, const char *name, int n_rates, int count, double valley,
                          double steepest)
{
    rn_lr_curve curve;
    CU_ASSERT_EQUAL_FATAL(rn_lr_curve_start(n_rates, &curve), RN_OK);
    for (int i = 0; i < count; i++) {
        double rate, loss, smoothed;
        CU_ASSERT_EQUAL_FATAL(fscanf(file, "%lf %lf %lf\n", &rate, &loss, &smoothed), 3);
        rn_lr_curve_add(&curve, rate, loss);
        CU_ASSERT(is_near(curve.points[i].smoothed, smoothed));
        CU_ASSERT_EQUAL(curve.diverged, i == count - 1 && count < n_rates);
    }
    rn_lr_advice advice = rn_lr_curve_advise(&curve);
    CU_ASSERT_PTR_NULL(advice.problem);
    CU_ASSERT(is_near(advice.valley, valley));
    CU_ASSERT(is_near(advice.steepest, steepest));
    if (!is_near(advice.valley, valley) || !is_near(advice.steepest, steepest))
        check_note("%s: valley %.9g, steepest %.9g; fastai has %.9g and %.9g", name, advice.valley,
                   advice.steepest, valley, steepest);
    rn_lr_curve_clear(&curve);
}

static void test_fastai(void)
{
    char path[CHECK_PATH_MAX], name[16];
    int n_rates, count, n_curves = 0;
    double valley, steepest;
    FILE *file = fopen(check_source(path, "tests/commands/lr_curves.txt"), "r");
    CU_ASSERT_PTR_NOT_NULL_FATAL(file);
    while (fscanf(file, "curve %15s %d %d %lf %lf\n", name, &n_rates, &count, &valley, &steepest) ==
           5) {
        compare_curve(file, name, n_rates, count, valley, steepest);
        n_curves++;
    }
    fclose(file);
    CU_ASSERT_EQUAL(n_curves, 5);
}

/* The problem of a curve whose losses are `first`, and rise by `factor` from one point to the
 * next. */
static const char *problem_of(int n_rates, double first, double factor)
{
    rn_lr_curve curve;
    double loss = first;
    CU_ASSERT_EQUAL_FATAL(rn_lr_curve_start(n_rates, &curve), RN_OK);
    for (int i = 0; i < n_rates && !curve.diverged; i++, loss *= factor)
        rn_lr_curve_add(&curve, 1e-7 * pow(1.2, i), loss);
    const char *problem = rn_lr_curve_advise(&curve).problem;
    rn_lr_curve_clear(&curve);
    return problem ? problem : "";
}

static void test_problems(void)
{
    CU_ASSERT_PTR_NOT_NULL(strstr(problem_of(100, 2.3, 1), "hardly changed"));
    CU_ASSERT_PTR_NOT_NULL(strstr(problem_of(100, 2.3, 1.05), "never fell"));
    CU_ASSERT_PTR_NOT_NULL(strstr(problem_of(100, 2.3, 2), "rose too soon"));
    CU_ASSERT_PTR_NOT_NULL(strstr(problem_of(100, 2.3, INFINITY), "rose too soon"));
    CU_ASSERT_PTR_NOT_NULL(strstr(problem_of(20, NAN, 1), "rose too soon"));
    CU_ASSERT_STRING_EQUAL(problem_of(100, 2.3, 0.97), "");
}

int main(void)
{
    static const CU_TestInfo tests[] = {
        { "suggestions are fastai's", test_fastai },
        { "where there is none", test_problems },
        CU_TEST_INFO_NULL,
    };
    return check_run("lr_curve", tests);
}
