/* concat.cu: each thread copies one vector between a part and the whole. */

/* items: vectors of the part; row: adjacent vectors in it; whole_row: in the whole; first: offset
 * of the part in whole_row. */
KERNEL concat(const real *part, real *whole, int items, int row, int64 whole_row, int64 first)
{
    if (ITEM < items)
        octet_store(whole, (ITEM / row * whole_row + first + ITEM % row) * VEC, VEC,
                    octet_load(part, ITEM * VEC, VEC));
}

KERNEL concat_grad(real *part, const real *whole, int items, int row, int64 whole_row, int64 first)
{
    if (ITEM < items)
        octet_store(part, ITEM * VEC, VEC,
                    octet_load(whole, (ITEM / row * whole_row + first + ITEM % row) * VEC, VEC));
}
