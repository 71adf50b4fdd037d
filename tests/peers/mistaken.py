"""Networks of torchvision with one mistake each, for traces.sh, which gives trace-pytorch
mistaken.py:FUNCTION.
"""
import torch
import torchvision


def network(name="resnet18"):
    return torchvision.models.get_model(name, weights=None, num_classes=10)


def stride():
    """A bottleneck that has its stride on the wrong convolution, as its first authors had it."""
    net = network("resnet50")
    net.layer2[0].conv1.stride, net.layer2[0].conv2.stride = (2, 2), (1, 1)
    return net


def epsilon():
    net = network()
    net.layer3[0].bn1.eps = 1e-3
    return net


def relu():
    net = network()
    block = net.layer2[1]
    block.forward = lambda x: block.relu(block.bn2(block.conv2(block.bn1(block.conv1(x)))) + x)
    return net


def last_relu():
    net = network()
    block = net.layer2[1]
    block.forward = lambda x: block.bn2(block.conv2(block.relu(block.bn1(block.conv1(x))))) + x
    return net


def functions():
    """No mistake: a block whose relus and addition are functions."""
    net = network()
    block = net.layer2[1]
    block.forward = lambda x: torch.nn.functional.relu(
        torch.add(block.bn2(block.conv2(torch.relu(block.bn1(block.conv1(x))))), x))
    return net


def padding():
    net = network()
    net.layer4[1].conv1.padding_mode = "reflect"
    return net


def momentum():
    """Running statistics that move by another share."""
    net = network()
    net.layer1[0].bn2.momentum = 0.01
    return net
