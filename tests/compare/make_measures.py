#!/usr/bin/env python3
"""Writes measures_golden.h: tensors that differ in known ways, and what numpy makes of them.

    python3 tests/compare/make_measures.py | clang-format >tests/compare/measures_golden.h

The products are sums of 576 terms, as of a convolution of 64 channels. Their factors are rounded to
a lower precision and their sums stay in fp32, as in tensor cores, or the sums are rounded as well.
"""
import numpy

COUNT = 96
random = numpy.random.default_rng(29)
f32 = numpy.float32


def rounded(x, bits, cut=False):
    """To so many bits of mantissa: to the nearest, or cut off."""
    words = f32(x).view(numpy.uint32)
    drop = 23 - bits
    half = numpy.uint32(0 if cut else 1 << (drop - 1))
    return ((words + half) & ~numpy.uint32((1 << drop) - 1)).view(f32)


def summed(a, b):
    """One after the other, in fp32."""
    sums = numpy.zeros(COUNT, f32)
    for k in range(a.shape[1]):
        sums += f32(a[:, k] * b[:, k])
    return sums


a = f32(random.normal(0.3, 1, (COUNT, 576)))
b = f32(random.normal(0, 0.05, (COUNT, 576)))
exact = f32((a.astype(float) * b.astype(float)).sum(1))
moved = exact.copy()
moved[7] += f32(0.25)
moved[40] = -moved[40]
broken = exact.copy()
broken[3], broken[9], broken[20] = numpy.nan, numpy.inf, 7
both_broken = exact.copy()
both_broken[3], both_broken[9] = numpy.nan, numpy.inf
neighbours = (exact.view(numpy.int32) + random.integers(0, 4, COUNT).astype(numpy.int32)).view(f32)
cases = [
    ("equal", exact, exact),
    ("zeros", numpy.zeros(COUNT, f32), numpy.zeros(COUNT, f32)),
    ("zeros and numbers", numpy.zeros(COUNT, f32), exact),
    ("signs of 0", numpy.zeros(COUNT, f32), -numpy.zeros(COUNT, f32)),
    ("neighbours", exact, neighbours),
    ("fp32", exact, summed(a, b)),
    ("two elements", exact, moved),
    ("scaled", exact, f32(exact * 1.001)),
    ("other signs", exact, -exact),
    ("not finite", exact, broken),
    ("not finite in both", both_broken, broken),
    ("tf32 factors", exact, summed(rounded(a, 10), rounded(b, 10))),
    ("tf32 cut off", exact, summed(rounded(a, 10, True), rounded(b, 10, True))),
    ("bf16 factors", exact, summed(rounded(a, 7), rounded(b, 7))),
    ("bf16 cut off", exact, summed(rounded(a, 7, True), rounded(b, 7, True))),
    ("fp16 factors", exact, summed(f32(numpy.float16(a)), f32(numpy.float16(b)))),
    ("fp16 stored", exact, f32(numpy.float16(summed(a, b)))),
    ("bf16 stored", exact, rounded(summed(a, b), 7)),
]


def ordered(x):
    words = x.view(numpy.int32).astype(numpy.int64)
    return numpy.where(words < 0, -(words & 0x7fffffff), words)


def measures(x, y):
    """In the order of the fields of `golden`."""
    same = (x == y) | (numpy.isnan(x) & numpy.isnan(y))
    finite = numpy.isfinite(x) & numpy.isfinite(y)
    p, q = x.astype(float), y.astype(float)
    with numpy.errstate(invalid="ignore", divide="ignore"):
        difference = numpy.where(same, 0, numpy.where(finite, abs(p - q), numpy.inf))
        rms = numpy.sqrt((p[finite] ** 2).sum() / COUNT)
        max_relative = difference.max() / rms if difference.max() else 0
        rms_difference = numpy.sqrt((difference ** 2).mean())
        nmse = rms_difference ** 2 / rms ** 2 if rms_difference else 0
        p, q = p[finite], q[finite]
        cosine = (p * q).sum() / numpy.sqrt((p * p).sum()) / numpy.sqrt((q * q).sum())
    ulps = numpy.where(same, 0, abs(ordered(x) - ordered(y)))
    median, p99 = numpy.quantile(ulps, [0.5, 0.99], method="inverted_cdf")
    apart = difference[~same]
    median_abs = numpy.quantile(apart, 0.5, method="inverted_cdf") if len(apart) else 0
    return [rms, difference.max(), max_relative, rms_difference, nmse, cosine, median, p99,
            ulps.max(), median_abs, (~same).sum(), (~numpy.isfinite(x)).sum(),
            (~numpy.isfinite(y)).sum(), difference.argmax()]


def number(x):
    if not numpy.isfinite(x):
        return "NAN" if numpy.isnan(x) else "INFINITY" if x > 0 else "-INFINITY"
    return "%.17g" % x


def literal(x):
    text = "%.9g" % x
    return number(x) if not numpy.isfinite(x) else text + ("f" if set(text) & set(".e") else ".0f")


print("/* measures_golden.h: tensors, and what numpy %s makes of them (make_measures.py). */"
      % numpy.__version__)
arrays = {}
for _, x, y in cases:
    for array in (x, y):
        arrays.setdefault(array.tobytes(), (len(arrays), array))
for i, array in arrays.values():
    print("static const float array_%d[] = { %s };" % (i, ", ".join(literal(v) for v in array)))
print("""static const struct golden {
    const char *name;
    const float *reference, *other;
    double rms, max_abs, max_relative, rms_difference, nmse, cosine;
    double ulp_median, ulp_p99, ulp_max, median_abs;
    int64_t n_differing, n_nonfinite_reference, n_nonfinite, worst;
} goldens[] = {""")
for name, x, y in cases:
    places = [arrays[array.tobytes()][0] for array in (x, y)]
    print('    { "%s", array_%d, array_%d, %s },' % (
        name, *places, ", ".join(number(v) for v in measures(x, y))))
print("};")
