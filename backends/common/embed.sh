#!/bin/sh
# embed.sh: prints a C file that holds the texts of files: `embed.sh opencl cl A.cl B.cl` gives
# opencl_A_cl and opencl_B_cl.
set -e
backend=$1 suffix=$2
shift 2
printf '/* Made by embed.sh. */\n'
for file in "$@"; do
    name=$(basename "$file" ".$suffix")
    text=${backend}_${name}_$suffix
    printf 'extern const char %s[];\nconst char %s[] =\n' "$text" "$text"
    printf '"#line 1 \\"%s.%s\\"\\n"\n' "$name" "$suffix"
    sed 's/\\/\\\\/g; s/"/\\"/g; s/.*/"&\\n"/' "$file"
    printf ';\n'
done
