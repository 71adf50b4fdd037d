#!/usr/bin/env python3
"""The networks of share/models in PyTorch, as torchvision and the book define them, and their forms
for the other libraries.

peer_networks.py NETWORK PHASE BATCH FOLDER writes what the peers of a phase read, and prints the
number of parameters:
  NETWORK.pt                 random weights, and the statistics that their own activations have
  NETWORK.onnx.BATCH         for ONNX Runtime and OpenVINO
  NETWORK.param, .bin        for ncnn
  NETWORK.ours.pth           the weights with the names of share/models
  NETWORK.BATCH.npy          a batch; NETWORK.BATCH.infer.npy and .train-step.npy: PyTorch's outputs
                             for it, and its loss in training
Files that are there already stay.
"""
import os
import sys

import torch
from torch import nn
from torch.nn import functional as F


class BookResidual(nn.Module):
    """d2l.ai, section 8.6: biases in the convolutions, no norm on the shortcut."""

    def __init__(self, inputs, channels, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, channels, 3, stride, 1)
        self.conv2 = nn.Conv2d(channels, channels, 3, 1, 1)
        self.conv3 = nn.Conv2d(inputs, channels, 1, stride) if inputs != channels else None
        self.bn1 = nn.BatchNorm2d(channels)
        self.bn2 = nn.BatchNorm2d(channels)

    def forward(self, x):
        y = F.relu(self.bn1(self.conv1(x)))
        y = self.bn2(self.conv2(y))
        return F.relu(y + (x if self.conv3 is None else self.conv3(x)))


def projection(inputs, outputs, stride):
    """Where the shape changes; else None."""
    if stride == 1 and inputs == outputs:
        return None
    return nn.Sequential(nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs))


class Basic(nn.Module):
    """He et al. 2016, figure 5, left."""

    def __init__(self, inputs, channels, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, channels, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(channels)
        self.conv2 = nn.Conv2d(channels, channels, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(channels)
        self.downsample = projection(inputs, channels, stride)

    def forward(self, x):
        y = F.relu(self.bn1(self.conv1(x)))
        y = self.bn2(self.conv2(y))
        return F.relu(y + (x if self.downsample is None else self.downsample(x)))


class Bottleneck(nn.Module):
    """The same, right, with the stride on the 3x3 convolution, and its groups: Xie et al. 2017."""

    def __init__(self, inputs, channels, stride, groups=1, group_width=64):
        super().__init__()
        width, outputs = channels * group_width // 64 * groups, 4 * channels
        self.conv1 = nn.Conv2d(inputs, width, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, stride, 1, groups=groups, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.conv3 = nn.Conv2d(width, outputs, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(outputs)
        self.downsample = projection(inputs, outputs, stride)

    def forward(self, x):
        y = F.relu(self.bn1(self.conv1(x)))
        y = F.relu(self.bn2(self.conv2(y)))
        y = self.bn3(self.conv3(y))
        return F.relu(y + (x if self.downsample is None else self.downsample(x)))


def residual_network(block, repeats, expansion=1, image_channels=3, classes=1000, bias=False):
    layers = [nn.Conv2d(image_channels, 64, 7, 2, 3, bias=bias), nn.BatchNorm2d(64), nn.ReLU(),
              nn.MaxPool2d(3, 2, 1)]
    inputs = 64
    for stage, repeat in enumerate(repeats):
        channels = 64 << stage
        for i in range(repeat):
            layers.append(block(inputs, channels, 2 if stage and i == 0 else 1))
            inputs = expansion * channels
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(inputs, classes))


def book_resnet18():
    return residual_network(BookResidual, [2, 2, 2, 2], image_channels=1, classes=10, bias=True)


def resnet18():
    return residual_network(Basic, [2, 2, 2, 2])


def resnet34():
    return residual_network(Basic, [3, 4, 6, 3])


def resnet50():
    return residual_network(Bottleneck, [3, 4, 6, 3], expansion=4)


def resnext50_32x4d():
    return residual_network(lambda *args: Bottleneck(*args, groups=32, group_width=4),
                            [3, 4, 6, 3], expansion=4)


# A learning rate of 0, as in `resnet-run bench`: every step works on the same numbers.
PLAIN = {"lr": 0.0}
MOMENTUM = {"lr": 0.0, "momentum": 0.9, "weight_decay": 1e-4}

# What makes it, an image's shape, classes, SGD as in the cfg.
NETWORKS = {
    "book_resnet18": (book_resnet18, (1, 96, 96), 10, PLAIN),
    "resnet18": (resnet18, (3, 224, 224), 1000, MOMENTUM),
    "resnet34": (resnet34, (3, 224, 224), 1000, MOMENTUM),
    "resnet50": (resnet50, (3, 224, 224), 1000, MOMENTUM),
    "resnext50_32x4d": (resnext50_32x4d, (3, 224, 224), 1000, MOMENTUM),
}


def our_names(network, net):
    """The names that share/models has, for the first parts of those in the state of the network:
    torchvision's, or the book's, where the stem is net.0 and the stages follow."""
    is_book = network == "book_resnet18"
    names = {"0": "net.0.0", "1": "net.0.1"} if is_book else {"0": "conv1", "1": "bn1"}
    stage = block = channels = 0
    for place, part in net.named_children():
        if isinstance(part, nn.Linear):
            names[place] = f"net.{stage + 1}.2" if is_book else "fc"
        elif hasattr(part, "conv2"):
            is_first = part.conv1.out_channels != channels
            stage, block = (stage + 1, 0) if is_first else (stage, block + 1)
            channels = part.conv1.out_channels
            names[place] = f"net.{stage}.{block}" if is_book else f"layer{stage}.{block}"
    return names


def our_state(network, net):
    names = our_names(network, net)
    parts = {name: name.partition(".") for name in net.state_dict()}
    return {f"{names[parts[name][0]]}.{parts[name][2]}": values
            for name, values in net.state_dict().items()}


def load(folder, network):
    net = NETWORKS[network][0]()
    net.load_state_dict(torch.load(os.path.join(folder, network + ".pt")))
    return net


def labels_of(network, batch):
    return torch.arange(batch) % NETWORKS[network][2]


def random_weights(network):
    """He's, with scales and shifts that folding must not get wrong, and running statistics of a
    batch of noise, so that activations have the sizes of a trained network's. What a block adds is
    small, as in one: otherwise fifty layers make a tenth of the result of bf16's rounding."""
    make, shape = NETWORKS[network][:2]
    net = make()
    for module in net.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight)
        elif isinstance(module, nn.BatchNorm2d):
            nn.init.uniform_(module.weight, 0.5, 1.0)
            nn.init.normal_(module.bias, 0, 0.1)
            module.momentum = 1.0
    with torch.no_grad():
        for module in net.modules():
            if isinstance(module, (BookResidual, Basic, Bottleneck)):
                getattr(module, "bn3", module.bn2).weight *= 0.2
    with torch.no_grad():
        net.train()(torch.randn(8, *shape))
    return net.state_dict()


def export_onnx(net, x, path):
    new = {"dynamo": False} if int(torch.__version__.split(".")[0]) >= 2 else {}
    torch.onnx.export(net, x, path, input_names=["images"], output_names=["logits"], **new)


def once(path, write):
    """Writes a file in one piece, unless it is there."""
    if os.path.exists(path):
        return
    write(path + ".part")
    os.replace(path + ".part", path)


def save(values, path):
    import numpy
    with open(path, "wb") as file:
        numpy.save(file, values.numpy())


def prepare_inference(net, x, name, batch):
    import peer_ncnn_export
    once(name + ".ours.pth",
         lambda path: torch.save(our_state(os.path.basename(name), net), path))
    once(f"{name}.onnx.{batch}", lambda path: export_onnx(net, x, path))
    once(name + ".bin",
         lambda path: peer_ncnn_export.write(net, x.shape[1:], name + ".param", path))
    with torch.no_grad():
        once(f"{name}.{batch}.infer.npy", lambda path: save(net(x), path))


def freeze(net):
    """All before the last stage, which begins with the last convolution of stride 2; frozen batch
    norms use their running statistics."""
    def strides(part):
        return [m.stride for m in part.modules() if isinstance(m, nn.Conv2d)]
    last = max(i for i, part in enumerate(net) if (2, 2) in strides(part))
    net[:last].requires_grad_(False).eval()


def prepare_training(net, x, name, labels, recipe):
    net.train()
    result = "train-step"
    if recipe == "frozen":
        freeze(net)
        result += "-frozen"
    with torch.no_grad():
        once(f"{name}.{len(x)}.{result}.npy",
             lambda path: save(F.cross_entropy(net(x), labels).reshape(1), path))


def prepare(network, phase, batch, folder, recipe):
    import numpy
    torch.manual_seed(0)
    name = os.path.join(folder, network)
    once(name + ".pt", lambda path: torch.save(random_weights(network), path))
    once(f"{name}.{batch}.npy", lambda path: save(torch.randn(batch, *NETWORKS[network][1]), path))
    x = torch.from_numpy(numpy.load(f"{name}.{batch}.npy"))
    net = load(folder, network).eval()
    if phase == "infer":
        prepare_inference(net, x, name, batch)
    else:
        prepare_training(net, x, name, labels_of(network, batch), recipe)
    print(sum(p.numel() for p in net.parameters()))


if __name__ == "__main__":
    prepare(sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4], sys.argv[5])
