#!/usr/bin/env python3
"""What other programs make of the weights that resnet-run convert writes.

round_trip.py make NAME CHANNELS SIZE CLASSES HEIGHT
                       NAME.data, random pictures to train on, and NAME.x, two of another size
round_trip.py check X Y
                       reads lines "TARGET MODEL [NETWORK]", and prints for each whether TARGET's
                       program gives the same logits for x as Y has
TARGET is pth or safetensors (torchvision's NETWORK; without it the state dict alone), timm,
transformers, onnx (ONNX Runtime) or openvino (of an ONNX model).
"""
import json
import os
import sys

import numpy

TOLERANCE = 1e-4  # of the largest logit


def data(folder, channels, size, classes):
    numbers = numpy.random.default_rng(1)
    for split, count in ("train", 8), ("val", 8):
        os.makedirs(f"{folder}/{split}")
        shape = (count, int(channels), int(size), int(size))
        numpy.save(f"{folder}/{split}/images.npy", numbers.integers(0, 256, shape, numpy.uint8))
        labels = numpy.arange(count, dtype=numpy.int32) % int(classes)
        labels[0] = int(classes) - 1
        numpy.save(f"{folder}/{split}/labels.npy", labels)


def make(name, channels, size, classes, height):
    from safetensors.numpy import save_file
    data(f"{name}.data", channels, size, classes)
    x = numpy.random.default_rng(2).standard_normal((2, int(channels), int(height), int(height)))
    save_file({"x": x.astype(numpy.float32)}, f"{name}.x")


def torchvision_net(network, state):
    """The network with as many classes and input channels as the state dict has."""
    import torch
    import torchvision
    net = getattr(torchvision.models, network)(num_classes=len(state["fc.bias"]))
    stem = state["conv1.weight"]
    net.conv1 = torch.nn.Conv2d(stem.shape[1], stem.shape[0], 7, 2, 3, bias=False)
    net.load_state_dict(state, strict=True)
    return net


def state_dict(state, network):
    assert all(tensor.isfinite().all() for tensor in state.values())
    return torchvision_net(network, state) if network else None


def pth(model, network=None):
    import torch
    return state_dict(torch.load(model, weights_only=True), network)


def safetensors(model, network=None):
    from safetensors.torch import load_file
    return state_dict(load_file(model), network)


def timm(model, network=None):
    """Both of timm's ways must give the same network."""
    import timm as library
    import torch
    with open(f"{model}/config.json", encoding="utf-8") as file:
        config = json.load(file)
    net = library.create_model(f"local-dir:{model}", pretrained=True).eval()
    other = library.create_model(config["architecture"], **config["model_args"],
                                 checkpoint_path=f"{model}/model.safetensors").eval()
    assert network is None or config["architecture"] == network, config["architecture"]
    for name, tensor in net.state_dict().items():
        assert torch.equal(tensor, other.state_dict()[name]), name
    transform = library.data.resolve_data_config({}, model=net)
    assert transform["input_size"][1:] == tuple(config["pretrained_cfg"]["input_size"][1:])
    return net


def transformers(model, network=None):
    import transformers as library
    net, info = library.ResNetForImageClassification.from_pretrained(model,
                                                                     output_loading_info=True)
    unknown = [key for keys in info.values() for key in keys
               if not str(key).endswith("num_batches_tracked")]
    assert not unknown, unknown
    library.AutoImageProcessor.from_pretrained(model)
    return lambda x: net(x).logits


def onnx(model, network=None):
    import onnx as library
    import onnxruntime
    import torch
    proto = library.load(model)
    library.checker.check_model(proto, full_check=True)
    inferred = library.shape_inference.infer_shapes(proto, strict_mode=True, check_type=True)
    assert inferred.opset_import[0].version == 17
    session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    one = torch.zeros(1, *session.get_inputs()[0].shape[1:])
    assert len(session.run(["logits"], {"images": one.numpy()})[0]) == 1  # any batch size
    return lambda x: torch.from_numpy(session.run(["logits"], {"images": x.numpy()})[0])


def openvino(model, network=None):
    import openvino as library
    import torch
    net = library.Core().compile_model(model, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    return lambda x: torch.from_numpy(net([x.numpy()])["logits"].copy())


def difference(target, model, x, expected, *network):
    """What is wrong; None: nothing."""
    import torch
    net = globals()[target](model, *network)
    if net is None:
        return None
    if isinstance(net, torch.nn.Module):
        net.eval()
    with torch.no_grad():
        found = net(x)
    distance = float((found - expected).abs().max() / expected.abs().max())
    if distance <= TOLERANCE and found.shape == expected.shape:
        return None
    return (f"logits differ by {distance:.3g} of the largest, of shapes {tuple(found.shape)} and "
            f"{tuple(expected.shape)}")


def check(x, y):
    from safetensors.torch import load_file
    x, expected = load_file(x)["x"], load_file(y)["logits"]
    for line in sys.stdin:
        target, model, *network = line.split()
        is_state = target in ("pth", "safetensors") and not network
        what = f"{model}: " + ("PyTorch reads it" if is_state else f"the logits of {target}")
        try:
            wrong = difference(target, model, x, expected, *network)
        except ImportError as error:
            print(f"skipped: {what}: {error}")
            continue
        except Exception as error:  # whatever the program does not like
            wrong = f"{type(error).__name__}: {error}"
        print(f"not ok - {what}\n{wrong}" if wrong else f"ok - {what}", flush=True)


if __name__ == "__main__":
    {"make": make, "check": check}[sys.argv[1]](*sys.argv[2:])
