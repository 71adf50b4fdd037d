#!/usr/bin/env python3
"""Writes the goldens in blocks/ of the blocks that are not residual or resnext, for test_blocks.c: the
modules of torchvision and timm, and those of Dive into Deep Learning and of papers as they stand there.

    python3 tests/golden/make_blocks.py tests/golden/blocks    (with PyTorch, torchvision and timm)
"""
import sys

import timm
import torch
import torchvision
from timm.layers import SEModule
from timm.models import resnet as timm_resnet
from torch import nn
from torchvision.models import densenet, regnet
from torchvision.models.googlenet import Inception

from make_soft_cross_entropy import save

SOURCE = f"PyTorch {torch.__version__}, torchvision {torchvision.__version__}, timm {timm.__version__}"
SIZE = (9, 8)  # an odd and an even number of pixels


# ---- Dive into Deep Learning ----

class BookInception(nn.Module):
    """Section 8.4.1."""

    def __init__(self, channels, c1, c2, c3, c4):
        super().__init__()
        self.b1_1 = nn.Conv2d(channels, c1, kernel_size=1)
        self.b2_1 = nn.Conv2d(channels, c2[0], kernel_size=1)
        self.b2_2 = nn.Conv2d(c2[0], c2[1], kernel_size=3, padding=1)
        self.b3_1 = nn.Conv2d(channels, c3[0], kernel_size=1)
        self.b3_2 = nn.Conv2d(c3[0], c3[1], kernel_size=5, padding=2)
        self.b4_1 = nn.MaxPool2d(kernel_size=3, stride=1, padding=1)
        self.b4_2 = nn.Conv2d(channels, c4, kernel_size=1)

    def forward(self, x):
        f = nn.functional
        b1 = f.relu(self.b1_1(x))
        b2 = f.relu(self.b2_2(f.relu(self.b2_1(x))))
        b3 = f.relu(self.b3_2(f.relu(self.b3_1(x))))
        b4 = f.relu(self.b4_2(self.b4_1(x)))
        return torch.cat((b1, b2, b3, b4), dim=1)


def book_vgg(channels, out, convs):
    """Section 8.2.1."""
    layers = []
    for _ in range(convs):
        layers += [nn.Conv2d(channels, out, kernel_size=3, padding=1), nn.ReLU()]
        channels = out
    return nn.Sequential(*layers, nn.MaxPool2d(kernel_size=2, stride=2))


class BookDense(nn.Module):
    """Section 8.7.2."""

    def __init__(self, channels, layers, growth):
        super().__init__()
        self.net = nn.Sequential(*(
            nn.Sequential(nn.BatchNorm2d(channels + i * growth), nn.ReLU(),
                          nn.Conv2d(channels + i * growth, growth, kernel_size=3, padding=1))
            for i in range(layers)))

    def forward(self, x):
        for layer in self.net:
            x = torch.cat((x, layer(x)), dim=1)
        return x


def book_transition(channels):
    """Section 8.7.3."""
    return nn.Sequential(nn.BatchNorm2d(channels), nn.ReLU(),
                         nn.Conv2d(channels, channels // 2, kernel_size=1),
                         nn.AvgPool2d(kernel_size=2, stride=2))


def same(x, kernel, stride):
    """What TensorFlow and JAX pad for padding="same"."""
    pads = []
    for size in x.shape[:1:-1]:
        pad = max((-(-size // stride) - 1) * stride + kernel - size, 0)
        pads += [pad // 2, pad - pad // 2]
    return nn.functional.pad(x, pads)


class BookResidual(nn.Module):
    """Section 8.6.2, TensorFlow's tab."""

    def __init__(self, channels, out, stride):
        super().__init__()
        self.stride = stride
        self.conv1 = nn.Conv2d(channels, out, 3, stride)
        self.bn1 = nn.BatchNorm2d(out)
        self.conv2 = nn.Conv2d(out, out, 3)
        self.bn2 = nn.BatchNorm2d(out)
        self.conv3 = nn.Conv2d(channels, out, 1, stride)

    def forward(self, x):
        y = torch.relu(self.bn1(self.conv1(same(x, 3, self.stride))))
        return torch.relu(self.bn2(self.conv2(same(y, 3, 1))) + self.conv3(x))


class BookResNeXt(nn.Module):
    """Section 8.6.5, TensorFlow's tab."""

    def __init__(self, channels, out, width, stride):
        super().__init__()
        self.stride = stride
        self.conv1 = nn.Conv2d(channels, out, 1)
        self.bn1 = nn.BatchNorm2d(out)
        self.conv2 = nn.Conv2d(out, out, 3, stride, groups=out // width)
        self.bn2 = nn.BatchNorm2d(out)
        self.conv3 = nn.Conv2d(out, out, 1)
        self.bn3 = nn.BatchNorm2d(out)
        self.conv4 = nn.Conv2d(channels, out, 1, stride)
        self.bn4 = nn.BatchNorm2d(out)

    def forward(self, x):
        y = torch.relu(self.bn1(self.conv1(x)))
        y = torch.relu(self.bn2(self.conv2(same(y, 3, self.stride))))
        return torch.relu(self.bn3(self.conv3(y)) + self.bn4(self.conv4(x)))


# ---- Papers ----

class ResidualInception(nn.Module):
    """Szegedy et al. 2016, figure 10, with the paths of GoogLeNet."""

    def __init__(self, channels, out, *paths):
        super().__init__()
        inception = five(Inception(channels, *paths))
        for name, child in inception.named_children():
            self.add_module(name, child)
        width = paths[0] + paths[2] + paths[4] + paths[5]
        self.up = nn.Sequential()
        self.up.add_module("conv", nn.Conv2d(width, out, 1, bias=False))
        self.up.add_module("bn", nn.BatchNorm2d(out, eps=1e-3))
        self.downsample = nn.Sequential()
        if channels != out:
            self.downsample = nn.Sequential(nn.Conv2d(channels, out, 1, bias=False),
                                            nn.BatchNorm2d(out, eps=1e-3))

    def forward(self, x):
        paths = [self.branch1, self.branch2, self.branch3, self.branch4]
        return torch.relu(self.up(torch.cat([p(x) for p in paths], 1)) + self.downsample(x))


def five(inception):
    """The paper's 5x5 convolution, where torchvision has 3x3."""
    old = inception.branch3[1].conv
    inception.branch3[1].conv = nn.Conv2d(old.in_channels, old.out_channels, 5, padding=2, bias=False)
    return inception


class Highway(nn.Module):
    """Srivastava et al. 2015, equation 3."""

    def __init__(self, channels, gate_bias):
        super().__init__()
        self.h = nn.Conv2d(channels, channels, 3, padding=1)
        self.t = nn.Conv2d(channels, channels, 3, padding=1)
        self.gate_bias = gate_bias

    def forward(self, x):
        t = torch.sigmoid(self.t(x) + self.gate_bias)
        return torch.relu(self.h(x)) * t + x * (1 - t)


def shift(x, kernel):
    """Wu et al. 2018, section 3.2: the channels as shares, one for each pixel of a window."""
    share, half = x.shape[1] // kernel**2, kernel // 2
    padded = nn.functional.pad(x, [half] * 4)
    parts = [padded[:, i * share:(i + 1) * share, i // kernel:, i % kernel:][..., :x.shape[2], :x.shape[3]]
             for i in range(kernel**2)]
    return torch.cat([*parts, x[:, share * kernel**2:]], 1)


class ConvShiftConv(nn.Module):
    """Wu et al. 2018, figure 3."""

    def __init__(self, channels, out, stride, expansion):
        super().__init__()
        self.stride = stride
        added = out if stride == 1 else out - channels
        self.bn1 = nn.BatchNorm2d(channels)
        self.conv1 = nn.Conv2d(channels, added * expansion, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(added * expansion)
        self.conv2 = nn.Conv2d(added * expansion, added, 1, stride, bias=False)

    def forward(self, x):
        y = shift(self.conv1(torch.relu(self.bn1(x))), 3)
        y = self.conv2(torch.relu(self.bn2(y)))
        if self.stride == 1:
            return x + y
        means = nn.functional.avg_pool2d(x, self.stride, ceil_mode=True, count_include_pad=False)
        return torch.cat((means, y), 1)


# ---- timm and torchvision ----

def timm_block(kind, channels, planes, stride, pooled, gate):
    """With a shortcut that timm's ResNets would have; `pooled`: that of ResNet-D."""
    out = planes * kind.expansion
    make = timm_resnet.downsample_avg if pooled else timm_resnet.downsample_conv
    shortcut = None
    if stride != 1 or channels != out:
        shortcut = make(channels, out, kernel_size=1, stride=stride)
    return kind(channels, planes, stride, shortcut, attn_layer=SEModule if gate else None)


def regnet_block(channels, out, stride, group_width, se_ratio):
    return regnet.ResBottleneckBlock(channels, out, stride, nn.BatchNorm2d, nn.ReLU, group_width, 1.0,
                                     se_ratio)


BASIC, BOTTLENECK = timm_resnet.BasicBlock, timm_resnet.Bottleneck
CASES = {  # a file's name: the channels of the input, the module
    "inception": (6, lambda: Inception(6, 4, 3, 5, 2, 4, 3)),
    "inception_book": (6, lambda: BookInception(6, 4, (3, 5), (2, 4), 3)),
    "inception_residual": (6, lambda: ResidualInception(6, 7, 4, 3, 5, 2, 4, 3)),
    "residual_same": (3, lambda: BookResidual(3, 6, 2)),
    "resnext_same": (4, lambda: BookResNeXt(4, 8, 4, 2)),
    "vgg_book": (3, lambda: book_vgg(3, 5, 2)),
    "densenet": (6, lambda: densenet._DenseBlock(2, 6, 4, 3, 0.0)),
    "densenet_book": (6, lambda: BookDense(6, 2, 3)),
    "densenet_transition": (6, lambda: densenet._Transition(6, 3)),
    "densenet_book_transition": (6, lambda: book_transition(6)),
    "se_basic": (16, lambda: timm_block(BASIC, 16, 16, 1, False, True)),
    "se_bottleneck_d": (8, lambda: timm_block(BOTTLENECK, 8, 4, 2, True, True)),
    "bottleneck_d": (8, lambda: timm_block(BOTTLENECK, 8, 4, 2, True, False)),
    "regnet_x": (8, lambda: regnet_block(8, 16, 2, 4, None)),
    "regnet_y": (16, lambda: regnet_block(16, 16, 1, 8, 0.25)),
    "csc": (5, lambda: ConvShiftConv(5, 5, 1, 4)),
    "csc_s2": (4, lambda: ConvShiftConv(4, 9, 2, 2)),
    "highway": (5, lambda: Highway(5, -1.5)),
}


def randomise(module):
    """Parameters and statistics that a trained block could have, as the file will hold them."""
    with torch.no_grad():
        for name, tensor in module.state_dict().items():
            if tensor.dtype == torch.int64:
                continue
            is_vector, is_variance = tensor.dim() == 1, name.endswith("running_var")
            around = 1 if is_variance or (is_vector and name.endswith("weight")) else 0
            spread = 0.2 if is_vector else (2 / tensor[0].numel()) ** 0.5
            values = around + spread * torch.randn(tensor.shape)
            tensor.copy_(values.abs() if is_variance else values)


def state(module, prefix, only=""):
    return {prefix + name: tensor.clone() for name, tensor in module.state_dict().items()
            if tensor.dtype != torch.int64 and only in name}


def record(folder, name, channels, make):
    module = make().double()
    randomise(module)
    tensors = state(module, "param.")
    x = torch.randn(2, channels, *SIZE).double().requires_grad_()
    tensors["x"] = x
    with torch.no_grad():
        tensors["y_infer"] = module.eval()(x)
    y = module.train()(x)
    tensors["y_train"] = y.clone()
    tensors["dy"] = torch.randn(y.shape).double()
    y.backward(tensors["dy"])
    tensors["dx"] = x.grad
    tensors |= {"grad." + p: tensor.grad for p, tensor in module.named_parameters()}
    tensors |= state(module, "after.", "running_")
    save(f"{folder}/{name}.safetensors", tensors, {"block": name, "module": type(module).__name__},
         SOURCE)


def main(folder):
    for i, (name, (channels, make)) in enumerate(CASES.items()):
        torch.manual_seed(19 + i)
        record(folder, name, channels, make)


if __name__ == "__main__":
    main(sys.argv[1])
