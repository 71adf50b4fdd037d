/* relu.cl: an item takes the elements of one byte of the mask, or of eight bytes of it. */

/* plane: elements of a plane; bytes: of its mask as bits, so items a plane. */
ITEMS_KERNEL relu(OPERAND(x), OPERAND(y), OPERAND(mask), const int n, const int plane,
                  const int bytes)
{
    int item = get_global_id(0);
    if (item >= n)
        return;
    int begin = item % bytes * 8, count = min(8, plane - begin);
    int first = item / bytes * plane + begin;
    uint bits = 0;
    for (int i = 0; i < count; i++) {
        float value = LOAD(REALS(x), first + i);
        bits |= (value <= 0.0f ? 0u : 1u) << i;
        STORE(REALS(y), first + i, RELU(value));
    }
    MASK_PUT(mask, item, first, count, bits);
}

ITEMS_KERNEL relu_grad(OPERAND(dy), OPERAND(mask), OPERAND(dx), const int n, const int plane,
                       const int bytes)
{
    int item = get_global_id(0);
    if (item >= n)
        return;
    int begin = item % bytes * 8, count = min(8, plane - begin);
    int first = item / bytes * plane + begin;
    uint bits = MASK_GET(mask, item, first, count);
    for (int i = 0; i < count; i++)
        STORE(REALS(dx), first + i, bits >> i & 1 ? LOAD(REALS(dy), first + i) : 0.0f);
}
