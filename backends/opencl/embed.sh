#!/bin/sh
# embed.sh: prints a C file that holds the texts of the files named, NAME.cl as opencl_NAME_cl.
set -e
echo '/* Made by embed.sh. */'
for file in "$@"; do
    name=$(basename "$file" .cl)
    echo "extern const char opencl_${name}_cl[];"
    echo "const char opencl_${name}_cl[] ="
    echo "\"#line 1 \\\"$name.cl\\\"\\n\""
    sed 's/\\/\\\\/g; s/"/\\"/g; s/.*/"&\\n"/' "$file"
    echo ';'
done
