#!/usr/bin/env python3
"""A step of PyTorch, tuned as well as it can be: see peer_timing.py.

Settings: for training nchw, nhwc (channels last) and compiled (nhwc, torch.compile); for inference
jit (frozen and optimised) and compiled (nhwc, frozen). versus.sh sets the allocator's thresholds.
"""
import contextlib

import peer_timing


def pin_precision(torch):
    """fp32 means fp32."""
    torch.set_float32_matmul_precision("highest")
    for part in ("conv", "matmul"):
        settings = getattr(torch.backends.mkldnn, part, None)
        if hasattr(settings, "fp32_precision"):
            settings.fp32_precision = "ieee"


def compiled(torch, net):
    if not hasattr(torch, "compile"):
        raise peer_timing.Missing(f"torch {torch.__version__} has no compiler")
    from torch._inductor import config, cpp_builder
    try:
        cpp_builder.get_cpp_compiler()
    except Exception as error:
        raise peer_timing.Missing(f"torch.compile has no C++ compiler: {error}")
    config.freezing = True  # for inference: weights are packed once
    return torch.compile(net)


def make_optimizer(torch, net, args):
    import peer_networks
    make, settings = torch.optim.SGD, peer_networks.NETWORKS[args.network][3]
    if args.recipe == "adamw":
        make, settings = torch.optim.AdamW, {"lr": settings["lr"], "weight_decay": 0.01}
    trained = [p for p in net.parameters() if p.requires_grad]
    try:
        return make(trained, fused=True, **settings)
    except (TypeError, RuntimeError):  # older than 2.4
        return make(trained, **settings)


def make_average(torch, net):
    """Of parameters and running statistics, as fast as PyTorch has it."""
    from torch.optim import swa_utils
    return swa_utils.AveragedModel(net, multi_avg_fn=swa_utils.get_ema_multi_avg_fn(0.999),
                                   use_buffers=True)


def training(args, torch, net, x):
    import peer_networks
    labels = peer_networks.labels_of(args.network, args.batch)
    net.train()
    if args.recipe == "frozen":
        peer_networks.freeze(net)
    optimizer = make_optimizer(torch, net, args)
    average = make_average(torch, net) if args.recipe == "adamw" else None
    forward = compiled(torch, net) if args.setting == "compiled" else net

    def step():
        optimizer.zero_grad(set_to_none=True)
        with (torch.autocast("cpu", torch.bfloat16) if args.precision == "bf16"
              else contextlib.nullcontext()):
            loss = torch.nn.functional.cross_entropy(forward(x), labels)
        loss.backward()
        if average:
            torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0, foreach=True)
        optimizer.step()
        if average:
            average.update_parameters(net)
        return loss.item()

    return step


def inference(args, torch, net, x):
    net.eval()
    if args.precision == "bf16":
        net, x = net.bfloat16(), x.bfloat16()
    with torch.no_grad():
        if args.setting == "compiled":
            forward = compiled(torch, net)
        else:
            forward = torch.jit.optimize_for_inference(torch.jit.freeze(torch.jit.trace(net, x)))

    def step():
        with torch.no_grad():
            return forward(x).float()

    return step


def make(args):
    import torch
    import peer_networks
    pin_precision(torch)
    torch.set_num_threads(args.threads)
    layout = torch.contiguous_format if args.setting == "nchw" else torch.channels_last
    net = peer_networks.load(args.models, args.network).to(memory_format=layout)
    x = torch.from_numpy(peer_timing.images(args)).to(memory_format=layout)
    step = (training if args.phase == "train-step" else inference)(args, torch, net, x)
    return "PyTorch " + torch.__version__, step


if __name__ == "__main__":
    peer_timing.main(["nchw", "nhwc", "compiled", "jit"], make)
