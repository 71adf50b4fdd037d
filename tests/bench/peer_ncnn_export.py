"""Writes a PyTorch network as ncnn's .param and .bin: what its own converters and optimiser make of
it, that is batch norm folded into convolutions, and ReLU done by the convolution before it."""
import operator
import struct

import torch
from torch import nn
from torch.nn import functional as F
from torch.nn.utils.fusion import fuse_conv_bn_eval


def module_of(graph, node):
    return graph.get_submodule(node.target) if node.op == "call_module" else None


def sole_reader(node):
    return next(iter(node.users)) if len(node.users) == 1 else None


def is_relu(graph, node):
    return node.target is F.relu or isinstance(module_of(graph, node), nn.ReLU)


def merge(graph, node, other):
    """The other node's work is done by this one."""
    other.replace_all_uses_with(node)
    graph.graph.erase_node(other)


def fuse(net):
    """The network's graph; a convolution has an attribute `relu`."""
    graph = torch.fx.symbolic_trace(net.eval())
    for node in list(graph.graph.nodes):
        conv = module_of(graph, node)
        if not isinstance(conv, nn.Conv2d):
            continue
        norm = sole_reader(node)
        if isinstance(module_of(graph, norm), nn.BatchNorm2d):
            conv = fuse_conv_bn_eval(conv, module_of(graph, norm))
            graph.add_submodule(node.target, conv)
            merge(graph, node, norm)
        relu = sole_reader(node)
        conv.relu = relu is not None and is_relu(graph, relu)
        if conv.relu:
            merge(graph, node, relu)
    return graph


class Writer:
    """Layers in ncnn's text form, and their weights."""

    def __init__(self, bin_file):
        self.lines, self.n_blobs, self.bin_file = [], 0, bin_file
        self.unread = {}  # blobs by node: one for each reader to come

    def layer(self, kind, node, parameters=""):
        """A blob has one reader, so that of a value with several is split."""
        inputs = [self.unread[i].pop() for i in node.all_input_nodes]
        readers = list(node.users)
        out = {"placeholder": "images", "output": "logits"}.get(
            readers[0].op if readers[0].op == "output" else node.op, node.name)
        self.add(kind, inputs, [out], parameters)
        self.unread[node] = [out]
        if len(readers) > 1:
            self.unread[node] = [f"{out}_{i}" for i in range(len(readers))]
            self.add("Split", [out], self.unread[node])

    def add(self, kind, inputs, outputs, parameters=""):
        self.n_blobs += len(outputs)
        self.lines.append(f"{kind} {kind}{len(self.lines)} {len(inputs)} {len(outputs)} "
                          f"{' '.join(inputs + outputs)} {parameters}")

    def weights(self, weight, bias):
        """A flag of 0 before the weights says that they are plain floats."""
        self.bin_file.write(struct.pack("<I", 0))
        for tensor in (weight, bias):
            self.bin_file.write(tensor.detach().contiguous().numpy().tobytes())

    def convolution(self, node, conv):
        kind = "ConvolutionDepthWise" if conv.groups > 1 else "Convolution"
        self.weights(conv.weight,
                     torch.zeros(conv.out_channels) if conv.bias is None else conv.bias)
        self.layer(kind, node, f"0={conv.out_channels} 1={conv.kernel_size[0]} 3={conv.stride[0]} "
                   f"4={conv.padding[0]} 5=1 6={conv.weight.numel()} 9={int(conv.relu)}"
                   + (f" 7={conv.groups}" if conv.groups > 1 else ""))

    def module(self, node, module):
        if isinstance(module, nn.Conv2d):
            self.convolution(node, module)
        elif isinstance(module, nn.MaxPool2d):
            self.layer("Pooling", node, f"0=0 1={module.kernel_size} 2={module.stride} "
                       f"3={module.padding} 5=1")
        elif isinstance(module, nn.AdaptiveAvgPool2d):
            self.layer("Pooling", node, "0=1 4=1")
        elif isinstance(module, nn.Flatten):
            self.layer("Flatten", node)
        elif isinstance(module, nn.Linear):
            self.weights(module.weight, module.bias)
            self.layer("InnerProduct", node,
                       f"0={module.out_features} 1=1 2={module.weight.numel()}")
        else:
            raise ValueError(f"no ncnn layer for {module}")


def write(net, shape, param_path, bin_path):
    graph = fuse(net)
    with open(bin_path, "wb") as bin_file:
        writer = Writer(bin_file)
        for node in graph.graph.nodes:
            if node.op == "placeholder":
                writer.layer("Input", node, f"0={shape[2]} 1={shape[1]} 2={shape[0]}")
            elif is_relu(graph, node):
                writer.layer("ReLU", node)
            elif node.target is operator.add:
                writer.layer("BinaryOp", node, "0=0")
            elif node.op != "output":
                writer.module(node, module_of(graph, node))
    head = f"7767517\n{len(writer.lines)} {writer.n_blobs}\n"
    with open(param_path, "w") as file:
        file.write(head + "\n".join(writer.lines) + "\n")
