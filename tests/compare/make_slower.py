#!/usr/bin/env python3
"""make_slower.py: writes slower_golden.h: samples, and what scipy makes of them.

    python3 tests/compare/make_slower.py | clang-format >tests/compare/slower_golden.h

`recorded` are milliseconds of steps of fashion_mnist_small by `bench --json` on a busy machine.
"""
import numpy
import scipy
from scipy import stats

random = numpy.random.default_rng(29)
recorded = ([62.44, 51.74, 48.27, 55.65, 56.11, 57.86, 56.22, 61.35, 59.63, 65.99, 60.72, 75.74,
             72.51, 77.88, 65.87, 72.96, 77.92, 65.59, 78.21, 76.82, 67.45, 70.43, 68.70, 61.46,
             8.18, 20.96, 61.39, 69.73, 69.48, 69.73, 58.18, 37.97, 56.31, 55.83, 60.27, 55.71],
            [51.84, 55.80, 59.14, 50.17, 59.28, 57.24, 60.89, 45.75, 48.10, 58.86, 51.36, 48.42,
             49.37, 48.93, 50.94, 45.77, 55.68, 54.91, 59.51, 55.54, 52.05, 48.00, 57.81, 53.72,
             62.11, 67.66, 69.69, 70.15, 55.67, 52.57, 57.16, 52.94, 60.53, 52.94, 53.89, 53.76,
             54.85, 64.12, 66.46, 64.35])
pairs = [
    ([1.0, 2.0, 3.0, 4.0, 5.0], [6.0, 7.0, 8.0, 9.0, 10.0]),
    ([1.0, 2.0, 3.0, 4.0, 5.0], [5.5, 2.5, 7.0, 1.5, 9.0]),
    (random.lognormal(2, 0.05, 10), random.lognormal(2.05, 0.05, 12)),
    (random.lognormal(2, 0.02, 20), random.lognormal(2, 0.02, 20)),
    (random.lognormal(2, 0.1, 40), random.lognormal(2.1, 0.1, 37)),
    (numpy.round(random.normal(10, 1, 30), 0), numpy.round(random.normal(10.5, 1, 40), 0)),
    ([3.0, 3.0, 3.0], [3.0, 3.0]),
    recorded,
]


def ratio(a, b, axis=-1):
    return numpy.median(b, axis=axis) / numpy.median(a, axis=axis)


def numbers(values):
    return ", ".join("%.17g" % v for v in values)


print("/* slower_golden.h: samples, and what numpy %s and scipy %s make of them (make_slower.py). */"
      % (numpy.__version__, scipy.__version__))
print("static const struct golden {\n    int64_t n, m;\n    double a[40], b[40];\n"
      "    double u, p;      /* of stats.mannwhitneyu */\n"
      "    double low, high; /* of stats.bootstrap: the ratio of the medians, 99 % */\n} goldens[] = {")
for a, b in pairs:
    a, b = numpy.array(a), numpy.array(b)
    distinct = len(set(a) | set(b)) == len(a) + len(b)
    exact = distinct and max(len(a), len(b)) <= 20
    test = stats.mannwhitneyu(b, a, method="exact" if exact else "asymptotic")
    p = 1 if numpy.isnan(test.pvalue) else test.pvalue
    drawn = stats.bootstrap((a, b), ratio, confidence_level=0.99, n_resamples=40000, vectorized=True,
                            method="percentile", rng=random).confidence_interval
    print("{ %d, %d, { %s }, { %s }, %.17g, %.17g, %.17g, %.17g }," % (
        len(a), len(b), numbers(a), numbers(b), test.statistic, p, drawn.low, drawn.high))
print("};")
