#!/bin/sh
# embed.sh: prints a C file that holds the texts of the files named, NAME.cl as opencl_NAME_cl.
set -e
printf '/* Made by embed.sh. */\n'
for file in "$@"; do
    name=$(basename "$file" .cl)
    printf 'extern const char opencl_%s_cl[];\nconst char opencl_%s_cl[] =\n' "$name" "$name"
    printf '"#line 1 \\"%s.cl\\"\\n"\n' "$name"
    sed 's/\\/\\\\/g; s/"/\\"/g; s/.*/"&\\n"/' "$file"
    printf ';\n'
done
