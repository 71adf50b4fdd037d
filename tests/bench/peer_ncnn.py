#!/usr/bin/env python3
"""An inference of ncnn, whose networks take one image at a time: see peer_timing.py.

Settings: layers (all threads share an image's layers), images (each thread has images of its own).
"""
from concurrent.futures import ThreadPoolExecutor

import peer_timing


def options(option, args):
    option.num_threads = args.threads if args.setting == "layers" else 1
    option.lightmode = True
    option.use_vulkan_compute = False
    option.use_packing_layout = True
    option.use_winograd_convolution = True
    option.use_sgemm_convolution = True
    for name in ("fp16_packed", "fp16_storage", "fp16_arithmetic"):
        setattr(option, "use_" + name, False)
    for name in ("bf16_packed", "bf16_storage"):
        if hasattr(option, "use_" + name):
            setattr(option, "use_" + name, args.precision == "bf16")


def make(args):
    import ncnn
    import numpy
    net = ncnn.Net()
    options(net.opt, args)
    if net.load_param(peer_timing.model(args, ".param")) or net.load_model(
            peer_timing.model(args, ".bin")):
        raise RuntimeError("ncnn cannot read the network")
    inputs = [ncnn.Mat(image).clone() for image in peer_timing.images(args)]

    def logits(image):
        extractor = net.create_extractor()
        extractor.input("images", image)
        failed, out = extractor.extract("logits")
        if failed:
            raise RuntimeError("ncnn cannot run the network")
        return numpy.array(out)

    run = ThreadPoolExecutor(args.threads).map if args.setting == "images" else map
    return "ncnn " + ncnn.__version__, lambda: numpy.stack(list(run(logits, inputs)))


if __name__ == "__main__":
    peer_timing.main(["layers", "images"], make)
