/* subsample.cl: each item copies one pixel, or in the gradient puts it back. */

/* n: elements of y; h, w, c: of x; p, q, k: of y. Channel 0 of x is channel `before` of y. */
ITEMS_KERNEL subsample(OPERAND(x), OPERAND(y), const int n, const int c, const int h,
                       const int w, const int k, const int p, const int q, const int before,
                       const int stride_h, const int stride_w)
{
    int i = get_global_id(0);
    if (i >= n)
        return;
    int row = i / q, plane = row / p;
    int channel = plane % k - before;
    bool has = channel >= 0 && channel < c;
    int from = ((plane / k * c + channel) * h + row % p * stride_h) * w + i % q * stride_w;
    STORE(REALS(y), i, has ? LOAD(REALS(x), from) : 0.0f);
}

/* n: elements of dx. */
ITEMS_KERNEL subsample_grad(OPERAND(dy), OPERAND(dx), const int n, const int c, const int h,
                            const int w, const int k, const int p, const int q, const int before,
                            const int stride_h, const int stride_w)
{
    int i = get_global_id(0);
    if (i >= n)
        return;
    int row = i / w, plane = row / h;
    int down = row % h, along = i % w;
    bool has = down % stride_h == 0 && along % stride_w == 0;
    int from = ((plane / c * k + plane % c + before) * p + down / stride_h) * q + along / stride_w;
    STORE(REALS(dx), i, has ? LOAD(REALS(dy), from) : 0.0f);
}
