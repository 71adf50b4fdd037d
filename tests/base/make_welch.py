#!/usr/bin/env python3
"""Writes welch_golden.h: samples, and what numpy and scipy make of them.

    python3 tests/base/make_welch.py | clang-format >tests/base/welch_golden.h
"""
import numpy
import scipy
from scipy import stats

random = numpy.random.default_rng(17)
pairs = []
for n, m, distance, scale in [
    (2, 2, 0.0, 1.0), (2, 3, 1.0, 0.1), (3, 3, 0.001, 1.0), (3, 3, 0.5, 3.0), (3, 5, 4.0, 1.0),
    (5, 5, 10.0, 0.5), (5, 16, 0.3, 2.0), (16, 16, 1.0, 1.0), (16, 2, 2.0, 0.01), (16, 16, 40.0, 1.0),
]:
    a = random.normal(0.9, 1, n)
    pairs.append((a, random.normal(0.9 + distance, scale, m)))
accuracies = ([0.9012, 0.9034, 0.8998], [0.9051, 0.9047, 0.9066])
pairs.append(tuple(numpy.array(x) for x in accuracies))
pairs.append((numpy.array([0.5, 0.5, 0.5]), numpy.array([0.4, 0.6, 0.7])))

print("/* welch_golden.h: samples, and what numpy %s and scipy %s make of them (make_welch.py). */"
      % (numpy.__version__, scipy.__version__))
print("static const struct golden {\n    int64_t n[2];\n    double values[2][16];"
      "\n    double mean[2], sd[2], t, df, p;\n} goldens[] = {")
for pair in pairs:
    test = stats.ttest_ind(pair[1], pair[0], equal_var=False)
    numbers = lambda x: ", ".join("%.17g" % v for v in x)
    print("    { { %d, %d }," % (len(pair[0]), len(pair[1])))
    for i, sample in enumerate(pair):
        rows = [numbers(sample[k:k + 3]) for k in range(0, len(sample), 3)]
        print("      %s{ %s }%s" % ("{ " if i == 0 else "  ", ",\n          ".join(rows),
                                    "," if i == 0 else " },"))
    print("      { %s },\n      { %s }," % (numbers([x.mean() for x in pair]),
                                            numbers([x.std(ddof=1) for x in pair])))
    print("      %.17g,\n      %.17g,\n      %.17g }," % (test.statistic, test.df, test.pvalue))
print("};")
