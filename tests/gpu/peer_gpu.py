#!/usr/bin/env python3
"""peer_gpu.py NETWORK PHASE BATCH SETTING STEPS: prints the median milliseconds of a step of
PyTorch on the GPU, in channels last and bfloat16: training under autocast, as its users write it;
inference with weights of 16 bits, eager or compiled (torch.compile with graphs). It waits for each
step's result, as resnet-run does. Exit status 1 with the reason where PyTorch has no GPU.
"""
import os
import statistics
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "bench"))


def training(torch, net, x, labels):
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1, momentum=0.9, weight_decay=1e-4)
    net.train()

    def step():
        optimizer.zero_grad(set_to_none=True)
        with torch.autocast("cuda", torch.bfloat16):
            loss = torch.nn.functional.cross_entropy(net(x), labels)
        loss.backward()
        optimizer.step()
        return loss.item()

    return step


def inference(torch, net, x, setting):
    net, x = net.bfloat16().eval(), x.bfloat16()
    if setting == "compiled":
        net = torch.compile(net, mode="max-autotune")

    def step():
        with torch.inference_mode():
            net(x)
        torch.cuda.synchronize()

    return step


def main():
    network, phase, batch, setting, steps = sys.argv[1:6]
    try:
        import torch
    except ImportError:
        sys.exit("python3 has no PyTorch")
    if not torch.cuda.is_available():
        sys.exit(f"PyTorch {torch.__version__} finds no GPU")
    import peer_networks
    torch.backends.cudnn.benchmark = True
    make, shape, classes, _ = peer_networks.NETWORKS[network]
    net = make().cuda().to(memory_format=torch.channels_last)
    x = torch.randn(int(batch), *shape, device="cuda").to(memory_format=torch.channels_last)
    labels = torch.arange(int(batch), device="cuda") % classes
    step = training(torch, net, x, labels) if phase == "train-step" else \
        inference(torch, net, x, setting)
    for _ in range(10):
        step()
    torch.cuda.synchronize()
    times = []
    for _ in range(int(steps)):
        begin = time.perf_counter()
        step()
        times.append(1000 * (time.perf_counter() - begin))
    print(f"{statistics.median(times):.3f}")


if __name__ == "__main__":
    main()
