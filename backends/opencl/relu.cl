/* relu.cl: an item takes eight neighbours of a plane, which have a byte of the mask of bits. */

/* n: items; plane: elements of a plane; octets: items of a plane. */
ITEMS_KERNEL relu(OPERAND(x), OPERAND(y), OPERAND(mask), const int n, const int plane,
                  const int octets)
{
    int item = get_global_id(0);
    if (item >= n)
        return;
    int begin = item % octets * 8, count = min(8, plane - begin);
    int first = item / octets * plane + begin;
    float8 value = octet_load(REALS(x), first, count);
    int8 keep = OCTET_POSITIVE(value);
    octet_store(OCTET_WHERE(keep, value), REALS(y), first, count);
    MASK_PUT(mask, item, first, count, octet_bits(keep, count));
}

ITEMS_KERNEL relu_grad(OPERAND(dy), OPERAND(mask), OPERAND(dx), const int n, const int plane,
                       const int octets)
{
    int item = get_global_id(0);
    if (item >= n)
        return;
    int begin = item % octets * 8, count = min(8, plane - begin);
    int first = item / octets * plane + begin;
    int8 keep = octet_keep(MASK_GET(mask, item, first, count));
    float8 value = octet_load(REALS(dy), first, count);
    octet_store(OCTET_WHERE(keep, value), REALS(dx), first, count);
}
