#!/usr/bin/env python3
# make_onnx.py: writes the models of tests/weights/onnx with the package onnx, and the scores that
# ONNX Runtime computes from them: python3 tests/weights/make_onnx.py tests/weights/onnx
# PyTorch writes some of them; its newer exporter needs the package onnxscript.
import os
import sys

import numpy as np
import onnx
import onnxruntime
import torch
from onnx import TensorProto, helper, inliner, numpy_helper
from safetensors.numpy import save_file

folder = sys.argv[1]
rng = np.random.default_rng(1)
scores = {}


def array(*shape):
    return rng.standard_normal(shape).astype(np.float32)


def tensor(name, values):
    return numpy_helper.from_array(np.asarray(values), name)


def node(op, inputs, output, name=None, **attributes):
    return helper.make_node(op, inputs, [output], name=name or op.lower() + "_" + output, **attributes)


def norm(prefix, channels):
    """The four vectors of a batch norm."""
    return [tensor(prefix + ".weight", array(channels)), tensor(prefix + ".bias", array(channels)),
            tensor(prefix + ".running_mean", array(channels)),
            tensor(prefix + ".running_var", rng.uniform(0.5, 2, channels).astype(np.float32))]


def names(tensors):
    return [t.name for t in tensors]


def run(name, shape, batch):
    """Keeps the scores of `batch` images."""
    given = array(*[batch if i == 0 else 9 if isinstance(n, str) else n for i, n in enumerate(shape)])
    size = shape[0] if isinstance(shape[0], int) else batch
    session = onnxruntime.InferenceSession(os.path.join(folder, name + ".onnx"))
    parts = [session.run(None, {session.get_inputs()[0].name: given[i:i + size]})[0]
             for i in range(0, batch, size)]
    scores[name + ".x"] = given
    scores[name + ".scores"] = np.concatenate(parts).reshape(batch, -1)


def write(name, nodes, tensors, shape, opset=17, batch=2, output="y", inlined=None, **arguments):
    """`shape` is the declared one of the input; `batch` how many images to run, 0: none; `inlined` an
    operator whose nodes become those that define it."""
    x = helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)
    y = helper.make_tensor_value_info(output, TensorProto.FLOAT, arguments.pop("out", ["M", "K"]))
    graph = helper.make_graph(nodes, name, [x], [y], tensors)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)],
                              producer_name="make_onnx.py", ir_version=arguments.pop("ir", 8))
    onnx.checker.check_model(model)
    if inlined:
        model = inliner.inline_selected_functions(model, [("", inlined)], inline_schema_functions=True)
    onnx.save(model, os.path.join(folder, name + ".onnx"), **arguments)
    if batch:
        run(name, shape, batch)


conv = tensor("conv1.weight", array(4, 3, 3, 3))
bias = tensor("conv1.bias", array(4))
fc = tensor("fc.weight", array(3, 4))
fc_bias = tensor("fc.bias", array(3))
head = [node("GlobalAveragePool", ["h"], "g"), node("Flatten", ["g"], "f"),
        node("Gemm", ["f", "fc.weight", "fc.bias"], "y", transB=1)]

# The oldest operator set; a batch of 1 that the exporter fixed; a padding told by auto_pad.
write("folded7", [node("Conv", ["x", "conv1.weight", "conv1.bias"], "c", auto_pad="SAME_UPPER",
                       strides=[2, 2]),
                  node("Relu", ["c"], "h")] + head, [conv, bias, fc, fc_bias], [1, 3, 9, 9], opset=7,
      ir=4)

# Batch norms as they are, one of another epsilon; a convolution in groups, and one with dilation.
bn1, bn2 = norm("bn1", 4), norm("layer1.0.bn1", 4)
write("unfolded", [node("Conv", ["x", "conv1.weight"], "c", pads=[1, 1, 1, 1]),
                   node("BatchNormalization", ["c"] + names(bn1), "b", epsilon=1e-3),
                   node("Relu", ["b"], "r"),
                   node("Conv", ["r", "layer1.0.conv1.weight"], "c2", group=2, dilations=[2, 1],
                        pads=[2, 0, 2, 0], kernel_shape=[3, 1]),
                   node("BatchNormalization", ["c2"] + names(bn2), "b2", momentum=0.99),
                   node("Sum", ["b2", "r"], "s"),
                   node("Clip", ["s", "zero"], "h")] + head,
      [conv, tensor("layer1.0.conv1.weight", array(4, 2, 3, 1)), tensor("zero", np.float32(0)), fc,
       fc_bias] + bn1 + bn2, ["N", 3, 9, 9])

# Data in another file, of dynamic pictures.
write("external", [node("Conv", ["x", "conv1.weight", "conv1.bias"], "h")] + head,
      [conv, bias, fc, fc_bias], ["N", 3, 12, 12], save_as_external_data=True,
      location="external.data", size_threshold=0)

# Weights in half precision, and in double, that the graph casts.
write("halves", [node("Cast", ["half"], "w", to=TensorProto.FLOAT),
                 node("Conv", ["x", "w"], "c"),
                 node("Cast", ["double"], "d", to=TensorProto.FLOAT),
                 node("BatchNormalization", ["c", "d", "bn1.bias", "bn1.running_mean",
                                             "bn1.running_var"], "h")] + head,
      [tensor("half", array(4, 3, 3, 3).astype(np.float16)),
       tensor("double", array(4).astype(np.float64)), fc, fc_bias] + bn1[1:], ["N", 3, 9, 9])

# Typed fields, not raw bytes; and a weight that is a Constant.
half = array(4, 3, 3, 3).astype(np.float16)
typed = helper.make_tensor("half", TensorProto.FLOAT16, half.shape, half.flatten())
write("typed", [node("Cast", ["half"], "w", to=TensorProto.FLOAT),
                node("Constant", [], "b", value=helper.make_tensor(
                    "", TensorProto.FLOAT, [4], array(4))),
                node("Conv", ["x", "w", "b"], "h")] + head, [typed, fc, fc_bias], ["N", 3, 9, 9])

# Images of TensorFlow: turned, computed with, and turned back.
write("transposed", [node("Conv", ["x", "conv1.weight", "conv1.bias"], "c"),
                     node("Transpose", ["c"], "t", perm=[0, 2, 3, 1]),
                     node("Relu", ["t"], "r"), node("Identity", ["r"], "i"),
                     node("Transpose", ["i"], "b", perm=[0, 3, 1, 2]),
                     node("Conv", ["b", "w2"], "c2", pads=[0, 1, 0, 1]),
                     node("Transpose", ["c2"], "t2", perm=[0, 2, 3, 1]),
                     node("ReduceMean", ["t2"], "f", axes=[1, 2], keepdims=0),
                     node("MatMul", ["f", "fc"], "m"), node("Add", ["m", "fc.bias"], "s"),
                     node("Softmax", ["s"], "y")],
      [conv, bias, tensor("w2", array(4, 4, 1, 3)), tensor("fc", array(4, 3)), fc_bias],
      [1, 3, 9, 9], output="s")

# Zeros that another node adds; TensorFlow's padding as numbers.
write("padded", [node("Pad", ["x", "pads"], "p"),
                 node("Conv", ["p", "conv1.weight", "conv1.bias"], "c", strides=[2, 2]),
                 node("Relu", ["c"], "r"), node("Pad", ["r", "one", "zero"], "p2"),
                 node("MaxPool", ["p2"], "m", kernel_shape=[3, 3], strides=[2, 2]),
                 node("Conv", ["m", "w2"], "h", pads=[0, 0, 1, 1], strides=[2, 2])] + head,
      [conv, bias, fc, fc_bias, tensor("w2", array(4, 4, 3, 3)),
       tensor("pads", np.int64([0, 0, 3, 3, 0, 0, 3, 3])), tensor("zero", np.float32(0)),
       tensor("one", np.int64([0, 0, 1, 1, 0, 0, 1, 1]))], ["N", 3, 12, 12])

# A flatten that is computed from the shape, as TorchScript writes x.view(x.size(0), -1).
write("chains", [node("Conv", ["x", "conv1.weight", "conv1.bias"], "c"),
                 node("Shape", ["c"], "s"), node("Gather", ["s", "at"], "n"),
                 node("Unsqueeze", ["n", "axis"], "u"), node("Cast", ["u"], "k", to=7),
                 node("Concat", ["k", "rest"], "shape", axis=0),
                 node("Slice", ["shape", "axis", "two"], "cut"),
                 node("Dropout", ["c"], "d"), node("Reshape", ["d", "cut"], "f"),
                 node("Gemm", ["f", "wide", "fc.bias"], "y", transB=1)],
      [conv, bias, fc_bias, tensor("wide", array(3, 36)), tensor("at", np.int64(0)),
       tensor("axis", np.int64([0])), tensor("two", np.int64([2])),
       tensor("rest", np.int64([-1]))], ["N", 3, 5, 5])

# A graph that is no chain; the output is still an image of one pixel.
write("joined", [node("Conv", ["x", "conv1.weight", "conv1.bias"], "c"),
                 node("Conv", ["x", "w2"], "c2"), node("Concat", ["c", "c2", "c"], "k", axis=1),
                 node("GlobalAveragePool", ["k"], "g"), node("Conv", ["g", "w3"], "y")],
      [conv, bias, tensor("w2", array(2, 3, 3, 3)), tensor("w3", array(5, 10, 1, 1))],
      ["N", 3, 9, 9], out=["M", "K", 1, 1])

# What Gemm can do to its operands.
write("gemm", [node("GlobalAveragePool", ["x"], "g"), node("Squeeze", ["g", "axes"], "f"),
               node("Gemm", ["f", "a", "one"], "h", alpha=0.5, beta=2.0),
               node("Relu", ["h"], "r"), node("Gemm", ["r", "b"], "y", transB=1)],
      [tensor("axes", np.int64([2, 3])), tensor("a", array(3, 6)), tensor("b", array(4, 6)),
       tensor("one", array(1, 1))], ["N", 3, 4, 4])

# Biases that another node adds.
write("matmul", [node("Conv", ["x", "conv1.weight"], "c"), node("Add", ["c", "b"], "a"),
                 node("ReduceMean", ["a"], "m", axes=[-1, -2], keepdims=1),
                 node("Reshape", ["m", "shape"], "f"), node("MatMul", ["f", "w"], "p"),
                 node("Add", ["fc.bias", "p"], "y")],
      [conv, tensor("b", array(1, 4, 1, 1)), tensor("w", array(4, 3)), fc_bias,
       tensor("shape", np.int64([1, 4]))], [1, 3, 9, 9])

# Means that count the padding, and that do not.
write("pools", [node("AveragePool", ["x"], "a", kernel_shape=[3, 3], strides=[2, 2],
                     pads=[1, 1, 1, 1]),
                node("AveragePool", ["a"], "b", kernel_shape=[2, 3], pads=[0, 1, 0, 1],
                     count_include_pad=1),
                node("MaxPool", ["b"], "h", kernel_shape=[2, 2], strides=[2, 2], ceil_mode=1),
                node("Flatten", ["h"], "f"), node("Gemm", ["f", "w", "fc.bias"], "y")],
      [tensor("w", array(12, 3)), fc_bias], ["N", 3, 9, 8])

# The newest operator set that this package knows, with axes as inputs.
write("newest", [node("Conv", ["x", "conv1.weight", "conv1.bias"], "c", pads=[1, 1, 1, 1]),
                 node("Relu", ["c"], "r"),
                 node("ReduceMean", ["r", "axes"], "f", keepdims=0),
                 node("Gemm", ["f", "fc.weight", "fc.bias"], "y", transB=1)],
      [conv, bias, fc, fc_bias, tensor("axes", np.int64([2, 3]))], ["N", 3, 9, 9],
      opset=min(onnx.defs.onnx_opset_version(), 24), ir=10)

# Shortcuts without parameters: every second pixel, and channels of zeros. The pads of the first are
# computed as TorchScript does; one slice is read twice.
write("shortcuts", [node("Conv", ["x", "conv1.weight", "conv1.bias"], "c"),
                    node("Slice", ["c", "zero", "all", "rows", "two"], "s1"),
                    node("Slice", ["s1", "zero", "all", "columns", "three"], "s2"),
                    node("ConstantOfShape", ["two"], "zeros", value=tensor("", np.int64([0]))),
                    node("Concat", ["pads", "zeros"], "p1", axis=0),
                    node("Reshape", ["p1", "pairs"], "p2"),
                    node("Slice", ["p2", "minus", "least", "zero", "minus"], "p3"),
                    node("Transpose", ["p3"], "p4", perm=[1, 0]),
                    node("Reshape", ["p4", "minus"], "p5"), node("Cast", ["p5"], "p6", to=7),
                    node("Pad", ["s2", "p6"], "p"),
                    node("Conv", ["c", "w2"], "c2", strides=[2, 3]),
                    node("Add", ["c2", "p"], "a"),
                    node("Slice", ["a", "from", "to", "both", "steps"], "s3"),
                    node("Pad", ["s3", "after"], "q"), node("Concat", ["q", "s3"], "h", axis=1),
                    node("GlobalAveragePool", ["h"], "g"), node("Flatten", ["g"], "f"),
                    node("Gemm", ["f", "wide", "fc.bias"], "y", transB=1)],
      [conv, bias, tensor("w2", array(7, 4, 1, 1)), tensor("wide", array(3, 16)), fc_bias,
       tensor("zero", np.int64([0])), tensor("all", np.int64([2**63 - 1])),
       tensor("rows", np.int64([2])), tensor("columns", np.int64([-1])),
       tensor("two", np.int64([2])), tensor("three", np.int64([3])),
       tensor("pads", np.int64([0, 0, 0, 0, 1, 2])), tensor("pairs", np.int64([-1, 2])),
       tensor("minus", np.int64([-1])), tensor("least", np.int64([-(2**63) + 1])),
       tensor("from", np.int64([0, 0])), tensor("to", np.int64([4, 9])),
       tensor("both", np.int64([2, 3])), tensor("steps", np.int64([2, 1])),
       tensor("after", np.int64([0, 0, 0, 0, 0, 2, 0, 0]))], ["N", 3, 9, 9])

# What PyTorch's newer exporter writes when it is told not to optimise.
write("expanded", [node("Shape", ["conv1.weight"], "s", start=0, end=1),
                   node("Expand", ["s", "one"], "e"), node("CastLike", ["nought", "x"], "z"),
                   node("Expand", ["z", "e"], "b"), node("Conv", ["x", "conv1.weight", "b"], "h")]
      + head, [conv, fc, fc_bias, tensor("one", np.int64([1])),
               tensor("nought", np.float32(0.5))], ["N", 3, 9, 9])

# Nobody names its classes, and nobody computes its scores.
write("thousand", [node("Conv", ["x", "one"], "h"), node("GlobalAveragePool", ["h"], "g"),
                   node("Flatten", ["g"], "f"), node("Gemm", ["f", "many"], "y", transB=1)],
      [tensor("one", array(1, 3, 1, 1)), tensor("many", array(1000, 1))], ["N", 3, 160, 160],
      batch=0)

# Functions of each element; gates of channels, on either side, and of elements, as swish is exported.
w2, w3 = tensor("w2", array(4, 4, 1, 1)), tensor("w3", 0.3 * array(4, 4, 3, 3))
write("gates", [node("Conv", ["x", "conv1.weight", "conv1.bias"], "c"),
                node("Sigmoid", ["c"], "s"), node("Mul", ["c", "s"], "m"),
                node("GlobalAveragePool", ["m"], "q"), node("Conv", ["q", "w2"], "e"),
                node("HardSigmoid", ["e"], "k", alpha=1 / 6, beta=0.5),
                node("Mul", ["k", "m"], "n"), node("HardSwish", ["n"], "o"),
                node("Conv", ["o", "w3"], "p"), node("LeakyRelu", ["p"], "u", alpha=0.2),
                node("Tanh", ["u"], "t"), node("Gelu", ["u"], "v"), node("Mul", ["v", "t"], "w"),
                node("Clip", ["w", "zero", "six"], "h")] + head,
      [conv, bias, w2, w3, fc, fc_bias, tensor("zero", np.float32(0)), tensor("six", np.float32(6))],
      ["N", 3, 9, 9], opset=20, ir=9)

# Gelu of its parts, in four orders: as Keras and TensorFlow do, as ONNX itself defines it, and with
# what else ends in the same.
write("gelu", [node("Conv", ["x", "conv1.weight", "conv1.bias"], "a"),
               node("Mul", ["a", "sqrt_half"], "a1"), node("Erf", ["a1"], "a2"),
               node("Add", ["one", "a2"], "a3"), node("Mul", ["a3", "half"], "a4"),
               node("Mul", ["a4", "a"], "a5"),
               node("Conv", ["a5", "w2"], "b"), node("Gelu", ["b"], "b1"),
               node("Conv", ["b1", "w3"], "c"), node("Mul", ["half", "c"], "c1"),
               node("Sqrt", ["two"], "c2"), node("Div", ["c", "c2"], "c3"),
               node("Erf", ["c3"], "c4"), node("Add", ["c4", "one"], "c5"),
               node("Mul", ["c1", "c5"], "c6"),
               node("Conv", ["c6", "w2"], "d"), node("Cast", ["d"], "d1", to=TensorProto.FLOAT),
               node("Cast", ["sqrt_two"], "d2", to=TensorProto.FLOAT),
               node("Div", ["d1", "d2"], "d3"), node("Erf", ["d3"], "d4"),
               node("Mul", ["d", "d4"], "d5"), node("Cast", ["d5"], "d6", to=TensorProto.FLOAT),
               node("Sum", ["d", "d6"], "d7"), node("Div", ["d7", "two"], "h")] + head,
      [conv, bias, w2, w3, fc, fc_bias, tensor("sqrt_half", np.float32(0.5 ** 0.5)),
       tensor("sqrt_two", np.float16(2 ** 0.5)), tensor("one", np.float32([1])),
       tensor("half", np.float32([[[0.5]]])), tensor("two", np.float32(2))],
      ["N", 3, 9, 9], opset=20, ir=9, inlined="Gelu")

# The same from PyTorch's exporters, which have no Gelu before operator set 20.
torch.manual_seed(1)
net = torch.nn.Sequential(torch.nn.Conv2d(3, 4, 3), torch.nn.GELU(), torch.nn.AdaptiveAvgPool2d(1),
                          torch.nn.Flatten(), torch.nn.Linear(4, 3), torch.nn.GELU()).eval()
for name, dynamo in ("gelu_torchscript", False), ("gelu_dynamo", True):
    path = os.path.join(folder, name + ".onnx")
    torch.onnx.export(net, (torch.zeros(1, 3, 9, 9),), path, opset_version=18, dynamo=dynamo,
                      external_data=False, verbose=False)
    model = onnx.load(path)
    for part in model.graph.node:
        del part.metadata_props[:]  # the lines of this program
    onnx.save(model, path)
    run(name, [1, 3, 9, 9], 2)

save_file(scores, os.path.join(folder, "scores.safetensors"),
          {"source": "ONNX Runtime " + onnxruntime.__version__ + ", tests/weights/make_onnx.py"})
