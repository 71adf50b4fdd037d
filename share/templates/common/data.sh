# data.sh: makes data/: 64 pictures of 8 by 8 pixels with some noise, for training and again for
# validation. Those of class 1 are bright above, those of class 0 below.
set -eu
mkdir -p data
for part in train t10k; do
    printf '\0\0\010\003\0\0\0\100\0\0\0\010\0\0\0\010' >data/$part-images-idx3-ubyte
    printf '\0\0\010\001\0\0\0\100' >data/$part-labels-idx1-ubyte
    printf "$(awk -v part=$part 'BEGIN {
        srand(part == "train" ? 1 : 2)
        for (i = 0; i < 64; i++)
            for (pixel = 0; pixel < 64; pixel++)
                printf "\\%03o", 100 * rand() + ((pixel < 32) == (i % 2) ? 120 : 0)
    }')" >>data/$part-images-idx3-ubyte
    printf "$(awk 'BEGIN { for (i = 0; i < 64; i++) printf "\\%03o", i % 2 }')" \
        >>data/$part-labels-idx1-ubyte
done
