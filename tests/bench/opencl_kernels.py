"""What backends/opencl's kernels do in one step of a network of bottlenecks: operations and bytes.

Counted on paper from the .cl files, as GPUs run them. Bytes are those between the device's memory
and its caches: what neighbouring items or groups read at the same time counts once, and what is
read again after all of a tensor was read counts again.
"""
import dataclasses
import math
import re

# Groups of a product that run at the same time, and so share what they read in the cache.
AT_ONCE = 64
# Products of few tiles are divided in depth until there are so many groups for a compute unit.
GROUPS_A_UNIT = 4
# Bytes of the transformed images of a slice of Winograd's tiles: on GPUs, and on processors for
# each compute unit.
SLICE_BYTES, SLICE_BYTES_UNIT = 256 << 20, 1 << 20
# Work-items of the groups of what is no product.
GROUP = 64
# The most updates of one launch.
TENSORS = 24
# Elements of updates of small tensors that are made as one (RN_RUN_BYTES), and of which their sizes
# are multiples, but for the last in memory (RN_ALIGNMENT).
RUN, ALIGNMENT = 1 << 18, 16


@dataclasses.dataclass
class Division:
    """How products are divided among groups of work-items: opencl_product."""
    rows: int
    columns: int
    items: int
    depth: int

    def tiles(self, m, n):
        return math.ceil(m / self.rows), math.ceil(n / self.columns)

    def parts(self, units, m, n, depth, least):
        """Parts of the depth."""
        wanted = math.ceil(GROUPS_A_UNIT * units / math.prod(self.tiles(m, n)))
        return math.ceil(depth / max(math.ceil(depth / wanted), least))


@dataclasses.dataclass
class Launch:
    """A kernel of the device on one shape, so many times."""
    function: str
    shape: str
    flops: float
    read: float             # bytes
    written: float
    least: float            # bytes, if every tensor were read and written once
    product: tuple = None   # m, n, k, batches
    count: int = 1

    @property
    def intensity(self):
        return self.flops / max(self.read + self.written, 1)


@dataclasses.dataclass
class Convolution:
    c: int
    k: int
    size: int  # of x's planes
    kernel: int
    stride: int
    name: str = ""

    @property
    def out(self):
        return -(-self.size // self.stride)

    @property
    def shape(self):
        stride = f"/{self.stride}" if self.stride > 1 else ""
        return f"{self.kernel}x{self.kernel}{stride} {self.c} to {self.k}, {self.out}x{self.out}"

    @property
    def weights(self):
        return self.c * self.k * self.kernel**2


def network_read(path):
    """The convolutions of a cfg of bottlenecks, in their order, each with what follows it: "pool"
    (batch norm, relu, pooling), "relu", "add" (batch norm, sum, relu) or "none" (batch norm)."""
    stages = re.findall(r'stage = "(\w+)"; block = "residual/bottleneck"; repeat = (\d+); '
                        r'channels = (\d+);(?:\s*first = \{ stride = (\d+); \};)?',
                        path.read_text())
    layers = [(Convolution(3, 64, 224, 7, 2, "conv1"), "pool")]
    c, size = 64, 56
    for stage, repeat, channels, stride in stages:
        width = int(channels)
        for i in range(int(repeat)):
            step = int(stride or 1) if i == 0 else 1
            block = f"{stage}.{i}"
            layers += [(Convolution(c, width, size, 1, 1, block + ".conv1"), "relu"),
                       (Convolution(width, width, size, 3, step, block + ".conv2"), "relu")]
            if i == 0:
                layers.append((Convolution(c, 4 * width, size, 1, step, block + ".downsample.0"),
                               "none"))
            size = -(-size // step)
            layers.append((Convolution(width, 4 * width, size, 1, 1, block + ".conv3"), "add"))
            c = 4 * width
    return layers


# Operations of Winograd's transforms of one tile (conv2d_winograd_lines.cl), by its outputs' side.
TRANSFORMS = {4: {"input": 264, "output": 160, "gradient": 140, "weight": 108, "back": 153},
              2: {"input": 32, "output": 24, "gradient": 12, "weight": 42, "back": 42}}


def way_by_rule(conv, operator):
    """How opencl computes a convolution where nothing was timed: the side of Winograd's tiles, or 0
    for an implicit product."""
    del operator
    return 4 if conv.kernel == 3 and conv.stride == 1 else 0


def runs_of(sizes):
    """The elements of each update, where small tensors that lie end to end are one: run.c has their
    order in memory, runs.c goes through it from the end."""
    order = sorted(range(len(sizes)),
                   key=lambda i: (sizes[i] > RUN / 2, sizes[i] % ALIGNMENT != 0, i), reverse=True)
    runs = []
    for size in (sizes[i] for i in order):
        if runs and size % ALIGNMENT == 0 and runs[-1] + size <= RUN:
            runs[-1] += size
        else:
            runs.append(size)
    return runs


class Step:
    """The launches of a step; `launches` has equal ones once, with their number.

    `real`: bytes of an element of an image. Unless `is_merged`, batch norm, sum and relu are passes
    of their own, as in libraries that run operator by operator. `way_of`: as way_by_rule."""

    def __init__(self, layers, device, batch, training, real, is_merged=True, way_of=way_by_rule):
        self.n, self.real, self.units = batch, real, device.units
        self.is_merged, self.way_of = is_merged, way_of
        self.division, self.is_cpu = device.division, device.is_cpu
        self.found = {}
        for conv, end in layers:
            self.forward(conv, end, training)
        self.ends(layers, training)
        if training:
            for i, (conv, end) in enumerate(layers):
                self.backward(conv, end, is_first=i == 0)
            self.updates(layers)

    @property
    def launches(self):
        return list(self.found.values())

    def add(self, function, shape, flops, read, written, least=None, product=None, count=1):
        made = Launch(function, shape, flops, read, written,
                      read + written if least is None else least, product, 0)
        self.found.setdefault((function, shape, flops, read, written), made).count += count

    def image(self, channels, size):
        return self.n * channels * size**2 * self.real

    # ---- products ----
    def product(self, function, shape, dims, sizes, batches=1, keeps_a=True, count=1):
        """dims: m, n, k; sizes: bytes of a, b and what is written."""
        m, n, k = dims
        a, b, c = sizes
        tiles_m, tiles_n = self.division.tiles(m, n)
        again_b = math.ceil(tiles_m / max(1, AT_ONCE // tiles_n))
        again_a = 1 if keeps_a else math.ceil(tiles_n / AT_ONCE)
        self.add(function, shape, 2 * m * n * k * batches, a * again_a + b * again_b, c, a + b + c,
                 (m, n, k, batches), count)

    def implicit(self, conv, z=0):
        n = self.n * conv.out**2
        # Every second row of x, where a kernel of one pixel has stride 2.
        share = 1 / conv.stride if conv.kernel == 1 else 1
        self.product("conv2d", conv.shape, (conv.k, n, conv.c * conv.kernel**2),
                     (4 * conv.weights + z, self.image(conv.c, conv.size) * share,
                      self.image(conv.k, conv.out)))

    def implicit_grad_input(self, conv, z=0):
        weights = 4 * conv.weights
        self.add("conv2d_arrange", conv.shape, 0, weights, weights)
        dy, dx = self.image(conv.k, conv.out), self.image(conv.c, conv.size)
        if conv.stride == 1:
            self.product("conv2d", conv.shape + ", dx",
                         (conv.c, self.n * conv.size**2, conv.k * conv.kernel**2),
                         (weights + z, dy, dx))
            return
        # Each tap of the kernel serves one of stride x stride classes of pixels.
        classes = min(conv.kernel, conv.stride)**2
        self.product("conv2d_classes", conv.shape + ", dx",
                     (conv.c, self.n * conv.out**2, conv.k * conv.kernel**2 / classes),
                     (weights, dy * classes, dx), classes)

    def implicit_grad_weight(self, conv):
        m, n, k = conv.k, conv.c * conv.kernel**2, self.n * conv.out**2
        parts = self.division.parts(self.units, m, n, k, 512)
        share = 1 / conv.stride if conv.kernel == 1 else 1
        self.product("conv2d_grad_weight", conv.shape, (m, n, k / parts),
                     (self.image(conv.k, conv.out), self.image(conv.c, conv.size) * share,
                      4 * m * n * parts), parts, keeps_a=False)
        if parts > 1:
            self.add("conv2d_sum", conv.shape, m * n * parts, 4 * m * n * parts, 4 * m * n)

    # ---- Winograd's convolutions: outputs of tile x tile pixels at (tile + 2)^2 points ----
    def slices(self, conv, tile):
        """Of the tiles, how many there are and how many tiles a slice has."""
        tiles = self.n * math.ceil(conv.out / tile)**2
        tile_bytes = 4 * (tile + 2)**2 * (conv.c + conv.k)
        most = SLICE_BYTES_UNIT * self.units if self.is_cpu else SLICE_BYTES
        units = most // tile_bytes // self.division.columns
        number = math.ceil(math.ceil(tiles / self.division.columns) / max(units, 1))
        return number, tiles / number

    def winograd_convolution(self, conv, tile, what=""):
        points, shape, flops = (tile + 2)**2, conv.shape + what, TRANSFORMS[tile]
        number, tiles = self.slices(conv, tile)
        x, y = self.image(conv.c, conv.size) / number, self.image(conv.k, conv.out) / number
        u, v, m = (4 * points * count
                   for count in (conv.c * conv.k, conv.c * tiles, conv.k * tiles))
        self.add("winograd_weight", shape, flops["weight"] * conv.c * conv.k, 4 * conv.weights, u)
        self.add("winograd_input", shape, flops["input"] * conv.c * tiles, x, v, count=number)
        self.product("winograd_product", shape, (conv.k, tiles, conv.c), (u, v, m), points,
                     count=number)
        self.add("winograd_output", shape, flops["output"] * conv.k * tiles, m, y, count=number)

    def winograd_grad_weight(self, conv, tile):
        points, shape, flops = (tile + 2)**2, conv.shape + ", dw", TRANSFORMS[tile]
        number, tiles = self.slices(conv, tile)
        x, dy = self.image(conv.c, conv.size) / number, self.image(conv.k, conv.out) / number
        u, v, m = (4 * points * count
                   for count in (conv.c * conv.k, conv.c * tiles, conv.k * tiles))
        self.add("winograd_output_gradient", shape, flops["gradient"] * conv.k * tiles, dy, m,
                 count=number)
        self.add("winograd_input_turned", shape, flops["input"] * conv.c * tiles, x, v,
                 count=number)
        parts = self.division.parts(self.units / points, conv.k, conv.c, tiles, 256)
        self.product("winograd_product", shape, (conv.k, conv.c, tiles / parts),
                     (m, v, u * parts), points * parts, keeps_a=False, count=number)
        self.add("winograd_weight_gradient", shape,
                 (flops["back"] + points * (parts - 1)) * conv.c * conv.k, u * parts,
                 4 * conv.weights)

    # ---- layers ----
    def forward(self, conv, end, training):
        y, tile = self.image(conv.k, conv.out), self.way_of(conv, "conv2d")
        if tile:
            self.winograd_convolution(conv, tile)
        else:
            self.implicit(conv, y if end == "add" and not training and self.is_merged else 0)
        if training or not self.is_merged:
            self.batch_norm(conv, end, training)
        if not self.is_merged:
            self.passes(conv, end, training)

    def passes(self, conv, end, training):
        """What is merged elsewhere, as passes of its own."""
        y, shape = self.image(conv.k, conv.out), f"{conv.k}, {conv.out}x{conv.out}"
        elements, bits = y / self.real, y / self.real / 8 if training else 0
        if end == "add":
            self.add("add", shape, elements, 2 * y, y)
        if end != "none":
            self.add("relu", shape, elements, y, y + bits)
        if end != "none" and training:
            self.add("relu_grad", shape, elements, y + bits, y)

    def channel_parts(self, channels, size):
        """Parts of a channel (batch_norm_parts.c)."""
        octets = self.n * math.ceil(size**2 / 8)
        wanted = 2 * self.units if self.is_cpu else 2048 * self.units / GROUP
        part = math.ceil(octets / math.ceil(wanted / channels))
        return math.ceil(octets / max(part, 64 if self.is_cpu else 4 * GROUP))

    def channels(self, prefix, conv, end, passes):
        """passes: bytes read for the sums, read for the rest, written; operations an element."""
        sums, rest, written, flops = passes
        elements = self.n * conv.k * conv.out**2
        shape = f"{conv.k}, {conv.out}x{conv.out}" + (", add" if end == "add" else "")
        parts = self.channel_parts(conv.k, conv.out)
        if parts == 1:
            self.add(prefix + "_whole", shape, flops * elements, sums + rest, written)
            return
        self.add(prefix + ("_sums" if "grad" in prefix else "_statistics"), shape,
                 flops / 2 * elements, sums, 12 * parts * conv.k)
        self.add(prefix + "_finish", shape, 9 * parts * conv.k, 12 * parts * conv.k, 8 * conv.k)
        self.add(prefix + "_apply", shape, flops / 2 * elements, rest, written)

    def batch_norm(self, conv, end, training):
        x, elements = self.image(conv.k, conv.out), self.n * conv.k * conv.out**2
        z, mask = self.merged_bytes(conv, end)
        if training:
            self.channels("batch_norm", conv, end, (x, x + z, x + mask, 7))
        else:
            self.add("batch_norm_apply", f"{conv.k}, {conv.out}x{conv.out}", 2 * elements, x, x)

    def batch_norm_grad(self, conv, end):
        x, (dz, mask) = self.image(conv.k, conv.out), self.merged_bytes(conv, end)
        self.channels("batch_norm_grad", conv, end, (2 * x + mask, 2 * x + mask, x + dz, 8))

    def merged_bytes(self, conv, end):
        """Of the other summand and of the mask."""
        z = self.image(conv.k, conv.out) if end == "add" else 0
        mask = 0 if end == "none" else self.n * conv.k * math.ceil(conv.out**2 / 8)
        return (z, mask) if self.is_merged else (0, 0)

    def backward(self, conv, end, is_first):
        self.batch_norm_grad(conv, end)
        tile = self.way_of(conv, "conv2d_grad_weight")
        if tile:
            self.winograd_grad_weight(conv, tile)
        else:
            self.implicit_grad_weight(conv)
        if is_first:
            return
        # Where a block's two ways begin, their gradients meet.
        x, sums = self.image(conv.c, conv.size), conv.name.endswith(".conv1")
        is_merged = sums and self.is_merged
        tile = self.way_of(conv, "conv2d_grad_input" + ("_sum" if is_merged else ""))
        if tile:
            self.winograd_convolution(Convolution(conv.k, conv.c, conv.out, 3, 1), tile, ", dx")
        else:
            self.implicit_grad_input(conv, x if is_merged else 0)
        if sums and not is_merged:
            self.add("add", f"{conv.c}, {conv.size}x{conv.size}", x / self.real, 2 * x, x)

    def ends(self, layers, training):
        """The pooling, the last layer and the loss."""
        n, c, size = self.n, layers[-1][0].k, layers[-1][0].out
        x, y, index = self.image(64, 112), self.image(64, 56), n * 64 * 56**2
        self.add("max_pool", "64, 56x56", 9 * index, x, y + (index if training else 0))
        plane, pooled, weight = self.image(c, size), 4 * n * c, 4 * 1000 * c
        self.add("global_avg_pool", f"{c}, {size}x{size}", plane / self.real, plane, pooled)
        self.product("gemm", "linear", (n, 1000, c), (pooled, weight, 4000 * n))
        if self.real == 2:
            self.add("reorder", "3, 224x224", 0, 4 * n * 3 * 224**2, self.image(3, 224))
            self.add("reorder", f"{c}, 1x1", 0, pooled / 2, pooled)
        if not training:
            self.add("softmax", "1000", 8000 * n, 4000 * n, 4000 * n)
            return
        if self.real == 2:
            self.add("reorder", f"{c}, 1x1, gradient", 0, pooled, pooled / 2)
        self.add("softmax_cross_entropy", "1000", 8000 * n, 4000 * n, 4000 * n)
        self.add("mean_loss", "1000", n, 4 * n, 4)
        self.add("softmax_cross_entropy_grad", "1000", 2000 * n, 4000 * n, 4000 * n)
        self.product("gemm", "linear, dx", (n, c, 1000), (4000 * n, weight, pooled))
        self.product("gemm", "linear, dw", (1000, c, n), (4000 * n, pooled, weight))
        self.add("linear_grad_bias", "1000", 1000 * n, 4000 * n, 4000)
        self.add("global_avg_pool_grad", f"{c}, {size}x{size}", plane / self.real, pooled, plane)
        self.add("max_pool_grad", "64, 112x112", 4 * n * 64 * 112**2, y + index, x)

    def joined(self, sizes):
        """The elements of each launch's updates. With a loss scale all follow the check of the last
        gradient; without one, each run follows the last of its gradients."""
        runs = runs_of(sizes)
        step = TENSORS if self.real == 2 else 1
        return [sum(runs[i:i + step]) for i in range(0, len(runs), step)]

    def updates(self, layers):
        sizes = [1000 * layers[-1][0].k, 1000]
        for conv, _ in layers:
            sizes += [conv.weights, conv.k, conv.k]
        for size in self.joined(sizes[2:] + sizes[:2]):
            self.add("sgd", "parameters", 5 * size, 12 * size, 8 * size)
        if self.real == 2:
            for i in range(0, len(sizes), 4):
                some = sum(sizes[i:i + 4])
                self.add("check_finite", "gradients", some, 4 * some, 0)
