#!/usr/bin/env python3
"""PyTorch's side of tests/gpu/check.

peer_gpu.py NETWORK PHASE BATCH PRECISION SETTING STEPS
    makes the step, warms it up and prints "ready". Then, for each line of standard input:
      time      prints the median milliseconds of STEPS steps
      kernels   prints "kernel,launches,ms" for each kernel of a step, the slowest first, then "end"
    PRECISION: fp32, tf32, bf16 or fp16. SETTING: eager or compiled (torch.compile with CUDA
    graphs). Everything is in channels last but fp32; training in 16 bits is under autocast, as its
    users write it, with a scaled loss in fp16; inference has weights of 16 bits. Each step's result
    is waited for, as resnet-run does. The batch stays on the GPU.
peer_gpu.py ceilings [small]
    prints "name value unit": a copy on the GPU, and large matrix products
peer_gpu.py cupti
    prints the path of the libcupti that PyTorch uses

Exit status 1 with the reason where PyTorch has no GPU.
"""
import csv
import glob
import os
import statistics
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "bench"))
WARM_UP_STEPS = 10
PROFILED_STEPS = 5


def take_output():
    """Where answers go: PyTorch's libraries may print to standard output, too."""
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)
    return answers


def open_torch():
    try:
        import torch
    except ImportError:
        sys.exit("python3 has no PyTorch")
    if not torch.cuda.is_available():
        sys.exit(f"PyTorch {torch.__version__} finds no GPU")
    return torch


def set_tf32(torch, is_on):
    torch.backends.cuda.matmul.allow_tf32 = is_on
    torch.backends.cudnn.allow_tf32 = is_on


def compiled(torch, function, setting):
    return torch.compile(function, mode="reduce-overhead") if setting == "compiled" else function


def training(torch, net, x, labels, precision, setting):
    kind = {"bf16": torch.bfloat16, "fp16": torch.float16}.get(precision)
    optimizer = torch.optim.SGD(net.parameters(), lr=0.0, momentum=0.9, weight_decay=1e-4)
    scaler = torch.amp.GradScaler("cuda", enabled=precision == "fp16")
    net = compiled(torch, net.train(), setting)

    def step():
        optimizer.zero_grad(set_to_none=True)
        with torch.autocast("cuda", kind, enabled=kind is not None):
            loss = torch.nn.functional.cross_entropy(net(x), labels)
        scaler.scale(loss).backward()
        scaler.step(optimizer)
        scaler.update()
        return loss.item()

    return step


def inference(torch, net, x, precision, setting):
    kind = {"bf16": torch.bfloat16, "fp16": torch.float16}.get(precision, torch.float32)
    x = x.to(kind)
    net = compiled(torch, net.to(kind).eval(), setting)

    def step():
        with torch.inference_mode():
            return net(x).float().cpu()

    return step


def make_step(torch, network, phase, batch, precision, setting):
    import peer_networks
    if network not in peer_networks.NETWORKS:
        sys.exit(f"there is no {network} of PyTorch here")
    make, shape, classes, _ = peer_networks.NETWORKS[network]
    torch.backends.cudnn.benchmark = True
    set_tf32(torch, precision != "fp32")
    layout = torch.contiguous_format if precision == "fp32" else torch.channels_last
    net = make().cuda().to(memory_format=layout)
    x = torch.randn(batch, *shape, device="cuda").to(memory_format=layout)
    labels = torch.arange(batch, device="cuda") % classes
    if phase == "train-step":
        return training(torch, net, x, labels, precision, setting)
    return inference(torch, net, x, precision, setting)


def time_steps(torch, step, n_steps, answers):
    for _ in range(3):  # what ran in between has taken clocks and caches
        step()
    torch.cuda.synchronize()
    times = []
    for _ in range(n_steps):
        begin = time.perf_counter()
        step()
        times.append(1000 * (time.perf_counter() - begin))
    print(f"{statistics.median(times):.4f}", file=answers)


def print_kernels(torch, step, answers):
    from torch.profiler import ProfilerActivity, profile
    with profile(activities=[ProfilerActivity.CPU, ProfilerActivity.CUDA]) as profiler:
        for _ in range(PROFILED_STEPS):
            step()
        torch.cuda.synchronize()
    sums = {}
    for event in profiler.events():
        if "CUDA" not in str(event.device_type):
            continue
        launches, ms = sums.get(event.name, (0, 0.0))
        sums[event.name] = (launches + 1, ms + event.time_range.elapsed_us() / 1000)
    out = csv.writer(answers, quoting=csv.QUOTE_NONNUMERIC, lineterminator="\n")
    for name, (launches, ms) in sorted(sums.items(), key=lambda item: -item[1][1]):
        out.writerow([name, launches / PROFILED_STEPS, round(ms / PROFILED_STEPS, 5)])
    print("end", file=answers)


def serve(network, phase, batch, precision, setting, n_steps):
    answers = take_output()
    torch = open_torch()
    step = make_step(torch, network, phase, int(batch), precision, setting)
    for _ in range(WARM_UP_STEPS):
        step()
    torch.cuda.synchronize()
    torch.cuda.empty_cache()
    print("ready", file=answers)
    for line in sys.stdin:
        if line.strip() == "kernels":
            print_kernels(torch, step, answers)
        else:
            time_steps(torch, step, int(n_steps), answers)
        torch.cuda.empty_cache()  # the other program needs the memory


def seconds_of(torch, call, repeats):
    call()
    torch.cuda.synchronize()
    begin, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))
    begin.record()
    for _ in range(repeats):
        call()
    end.record()
    torch.cuda.synchronize()
    return begin.elapsed_time(end) / 1000 / repeats


def print_ceilings(is_small):
    answers = take_output()
    torch = open_torch()
    n = 1024 if is_small else 8192
    source = torch.randn(n * n * (1 if is_small else 16), device="cuda")
    target = torch.empty_like(source)
    seconds = seconds_of(torch, lambda: target.copy_(source), 20)
    print("copy", round(2e-9 * source.numel() * 4 / seconds, 1), "GB/s", file=answers)
    del source, target
    for name, kind in ("bf16", torch.bfloat16), ("fp16", torch.float16), \
            ("tf32", torch.float32), ("fp32", torch.float32):
        set_tf32(torch, name == "tf32")
        a, b = (torch.randn(n, n, device="cuda", dtype=kind) for _ in range(2))
        seconds = seconds_of(torch, lambda: torch.matmul(a, b), 10)
        print(f"product_{name}", round(2e-9 * n ** 3 / seconds, 1), "GFLOP/s", file=answers)


def print_cupti():
    import importlib.util
    spec = importlib.util.find_spec("torch")
    if not spec:
        sys.exit("python3 has no PyTorch")
    packages = os.path.dirname(os.path.dirname(spec.origin))
    found = sorted(glob.glob(os.path.join(packages, "nvidia", "*", "lib", "libcupti.so.*")))
    if not found:
        sys.exit("PyTorch has no libcupti")
    print(found[-1])


def main():
    if sys.argv[1:2] == ["ceilings"]:
        print_ceilings(sys.argv[2:3] == ["small"])
    elif sys.argv[1:] == ["cupti"]:
        print_cupti()
    elif len(sys.argv) == 7:
        serve(*sys.argv[1:])
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    main()
