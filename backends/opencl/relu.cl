/* relu.cl: each item handles eight neighbouring elements of a plane, one byte of the bit mask. */

/* n: items; plane: elements per plane; octets: items per plane. */
ITEMS_KERNEL relu(OPERAND(x), OPERAND(y), OPERAND(mask), const int n, const int plane,
                  const int octets)
{
    int item = get_global_id(0);
    if (item >= n)
        return;
    octet o = octet_of(item, plane, octets);
    float8 value = octet_load(REALS(x), o.first, o.count);
    int8 keep = OCTET_POSITIVE(value);
    octet_store(OCTET_WHERE(keep, value), REALS(y), o.first, o.count);
    MASK_PUT(mask, item, o.first, o.count, octet_bits(keep, o.count));
}

ITEMS_KERNEL relu_grad(OPERAND(dy), OPERAND(mask), OPERAND(dx), const int n, const int plane,
                       const int octets)
{
    int item = get_global_id(0);
    if (item >= n)
        return;
    octet o = octet_of(item, plane, octets);
    int8 keep = octet_keep(MASK_GET(mask, item, o.first, o.count));
    float8 value = octet_load(REALS(dy), o.first, o.count);
    octet_store(OCTET_WHERE(keep, value), REALS(dx), o.first, o.count);
}
