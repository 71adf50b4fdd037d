/* add.cl: each item adds eight neighbouring elements. */

ITEMS_KERNEL add(OPERAND(a), OPERAND(b), OPERAND(y), const int n, const int octets)
{
    int item = get_global_id(0), first = item * 8, count = n - first;
    if (item >= octets)
        return;
    float8 sum = octet_load(REALS(a), first, count) + octet_load(REALS(b), first, count);
    octet_store(sum, REALS(y), first, count);
}
