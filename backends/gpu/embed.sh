#!/bin/sh
# embed.sh: prints a C file that holds the texts of kernel files. `embed.sh opencl` takes the paths of
# files below backends/opencl: A.cl becomes gpu_text_A, and conv2d/A.cl becomes gpu_text_conv2d_A. So
# do the paths of files below backends/gpu, which backends share.
set -e
backend=$1
shift
printf '/* Made by embed.sh. */\n'
for file in "$@"; do
    name=${file#"backends/$backend/"}
    name=${name#backends/gpu/}
    text=gpu_text_$(printf '%s' "${name%.*}" | tr '/' '_')
    printf 'extern const char %s[];\nconst char %s[] =\n' "$text" "$text"
    printf '"#line 1 \\"%s\\"\\n"\n' "$name"
    sed 's/\\/\\\\/g; s/"/\\"/g; s/.*/"&\\n"/' "$file"
    printf ';\n'
done
