/* vendor.c: the library that needs_library.c is linked with. */
int zoo_vendor(void);

int zoo_vendor(void)
{
    return 0;
}
