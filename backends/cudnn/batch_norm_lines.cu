/* batch_norm_lines.cu: what the gradients of one batch norm and of a pair have in common. */

/* The mask of a vector, a bit for each element. */
DEVICE uint keep_fetch(const uchar *mask, int64 at)
{
    return mask ? vec_keep(mask, at) : 255u;
}

/* The gradient of what the mask was made from; 0 for dropped values, even if dy is NaN there. */
DEVICE void gradient_of(vec_packed dy, uint keep, float *g)
{
    vec_unpack(dy, g);
#pragma unroll
    for (int i = 0; i < VEC; i++)
        g[i] = keep >> i & 1u ? g[i] : 0.0f;
}

/* A channel's dx = factor * g - slope * (x - mean) - centre. share: 1 / M. */
typedef struct line {
    float factor, slope, centre;
} line;

DEVICE line line_of(float inv_std, float weight, float first, float second, float share)
{
    float factor = weight * inv_std;
    line l = { factor, factor * (inv_std * inv_std * (second * share)), factor * (first * share) };
    return l;
}

/* An array of lines: `channels` factors, then slopes, then centres. */
DEVICE void line_store(float *lines, int channels, int c, line l)
{
    lines[c] = l.factor;
    lines[channels + c] = l.slope;
    lines[2 * channels + c] = l.centre;
}

DEVICE line line_load(const float *lines, int channels, int c)
{
    line l = { lines[c], lines[channels + c], lines[2 * channels + c] };
    return l;
}

#if VEC == 8

/* The lines of the thread's elements. */
typedef struct bundle {
    float mean[8], factor[8], slope[8], centre[8];
} bundle;

DEVICE bundle bundle_load(const float *mean, const float *lines, int channels, traversal w)
{
    bundle b;
    vec_of_channel(mean, w, b.mean);
    vec_of_channel(lines, w, b.factor);
    vec_of_channel(lines + channels, w, b.slope);
    vec_of_channel(lines + 2 * channels, w, b.centre);
    return b;
}

/* dx */
DEVICE octet bundle_apply(const bundle *b, octet g, octet x)
{
#pragma unroll
    for (int i = 0; i < 8; i++)
        x.v[i] = b->factor[i] * g.v[i] - (b->slope[i] * (x.v[i] - b->mean[i]) + b->centre[i]);
    return x;
}

#endif
