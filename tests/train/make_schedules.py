#!/usr/bin/env python3
"""Makes schedules.txt: learning rates of PyTorch's and timm's own schedulers.

Each case has three lines: its name and the steps of an epoch; the settings of the cfg that stand for
the same; the rate of each step. That of plateau has the metric of each epoch as a fourth line.
"""
import sys

import torch
from timm.scheduler import CosineLRScheduler, PolyLRScheduler
from torch.optim import lr_scheduler as lrs

BASE, EPOCHS, STEPS = 0.4, 12, 5
TOTAL = EPOCHS * STEPS


def optimizer():
    return torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=BASE)


def torch_rates(make, ticks):
    """The rate of each tick of a PyTorch scheduler."""
    opt = optimizer()
    scheduler = make(opt)
    rates = []
    for _ in range(ticks):
        rates.append(opt.param_groups[0]["lr"])
        opt.step()
        scheduler.step()
    return rates


def by_step(make):
    return torch_rates(make, TOTAL)


def by_epoch(make):
    return [rate for rate in torch_rates(make, EPOCHS) for _ in range(STEPS)]


def timm_rates(make):
    opt = optimizer()
    scheduler = make(opt)
    rates = []
    for step in range(TOTAL):
        scheduler.step_update(step)
        rates.append(opt.param_groups[0]["lr"])
    return rates


def warmup(n, start):
    """A warm-up of n ticks as torchvision's training script has it."""
    return lambda opt: lrs.LinearLR(opt, start_factor=start, total_iters=n)


def after(n, start, make):
    return lambda opt: lrs.SequentialLR(opt, [warmup(n, start)(opt), make(opt)], milestones=[n])


def plateau(metrics, **arguments):
    opt = optimizer()
    scheduler = lrs.ReduceLROnPlateau(opt, **arguments)
    rates = []
    for metric in metrics:
        rates += [opt.param_groups[0]["lr"]] * STEPS
        scheduler.step(metric)
    return rates


def cosine(n, floor=0.0):
    return lambda opt: lrs.CosineAnnealingLR(opt, T_max=n, eta_min=floor)


def restarts(n, factor, floor=0.0):
    return lambda opt: lrs.CosineAnnealingWarmRestarts(opt, T_0=n, T_mult=factor, eta_min=floor)


def one_cycle(n, **arguments):
    return lambda opt: lrs.OneCycleLR(opt, max_lr=BASE, total_steps=n, cycle_momentum=False,
                                      **arguments)


def timm_cosine(**arguments):
    return lambda opt: CosineLRScheduler(opt, t_in_epochs=False, **arguments)


LOSSES = [2.3, 1.9, 1.89995, 1.8999, 1.91, 1.6, 1.61, 1.62, 1.63, 1.64, 1.65, 1.59]
SHARES = [0.1, 0.3, 0.3, 0.299, 0.31, 0.3, 0.3, 0.3, 0.3, 0.3, 0.4, 0.4]

CASES = [
    ("constant", "", by_step(lambda opt: lrs.ConstantLR(opt, factor=1.0))),
    ("constant after warm-up", "warmup_epochs=3",
     by_step(lambda opt: lrs.LambdaLR(opt, lambda t: min(1.0, (t + 1) / (3 * STEPS))))),
    ("constant after a fraction of an epoch", "warmup_epochs=0.6",
     by_step(lambda opt: lrs.LambdaLR(opt, lambda t: min(1.0, (t + 1) / 3)))),
    ("linear", "schedule=linear min_learning_rate=0.04",
     by_step(lambda opt: lrs.LinearLR(opt, start_factor=1.0, end_factor=0.1, total_iters=TOTAL))),
    ("cosine", "schedule=cosine", by_step(cosine(TOTAL))),
    ("cosine with a floor", "schedule=cosine min_learning_rate=0.01",
     by_step(cosine(TOTAL, 0.01))),
    ("cosine by epoch", "schedule=cosine schedule_by=epoch min_learning_rate=0.01",
     by_epoch(cosine(EPOCHS, 0.01))),
    ("cosine after warm-up",
     "schedule=cosine warmup_epochs=3 warmup_start=0.01 warmup_prefix=true",
     by_step(after(3 * STEPS, 0.01, cosine(TOTAL - 3 * STEPS)))),
    ("cosine after warm-up by epoch",
     "schedule=cosine schedule_by=epoch warmup_epochs=3 warmup_start=0.01 warmup_prefix=true",
     by_epoch(after(3, 0.01, cosine(EPOCHS - 3)))),
    ("cosine after steps of warm-up",
     "schedule=cosine warmup_steps=7 warmup_start=0.2 warmup_prefix=true",
     by_step(after(7, 0.2, cosine(TOTAL - 7)))),
    ("restarts", "schedule=cosine restart_epochs=4 min_learning_rate=0.01",
     by_step(restarts(4 * STEPS, 1, 0.01))),
    ("longer restarts", "schedule=cosine restart_epochs=1 restart_factor=2",
     by_step(restarts(STEPS, 2))),
    ("restarts by epoch", "schedule=cosine schedule_by=epoch restart_epochs=2 restart_factor=2",
     by_epoch(restarts(2, 2))),
    ("polynomial", "schedule=polynomial power=0.9",
     by_step(lambda opt: lrs.PolynomialLR(opt, total_iters=TOTAL, power=0.9))),
    ("polynomial by epoch", "schedule=polynomial power=2 schedule_by=epoch",
     by_epoch(lambda opt: lrs.PolynomialLR(opt, total_iters=EPOCHS, power=2))),
    ("exponential", "schedule=exponential gamma=0.9",
     by_step(lambda opt: lrs.ExponentialLR(opt, gamma=0.9 ** (1 / STEPS)))),
    ("exponential by epoch", "schedule=exponential gamma=0.9 schedule_by=epoch",
     by_epoch(lambda opt: lrs.ExponentialLR(opt, gamma=0.9))),
    ("step", "schedule=step milestones=[3,7,9] gamma=0.3",
     by_epoch(lambda opt: lrs.MultiStepLR(opt, milestones=[3, 7, 9], gamma=0.3))),
    ("step by epoch", "schedule=step milestones=[3,7,9] gamma=0.3 schedule_by=epoch",
     by_epoch(lambda opt: lrs.MultiStepLR(opt, milestones=[3, 7, 9], gamma=0.3))),
    ("one cycle", "schedule=one_cycle", by_step(one_cycle(TOTAL))),
    ("one linear cycle",
     "schedule=one_cycle one_cycle_anneal=linear one_cycle_rise=0.5 one_cycle_div=10 "
     "one_cycle_final_div=100",
     by_step(one_cycle(TOTAL, anneal_strategy="linear", pct_start=0.5, div_factor=10,
                       final_div_factor=100))),
    ("one cycle by epoch", "schedule=one_cycle schedule_by=epoch", by_epoch(one_cycle(EPOCHS))),
    ("plateau of losses",
     "schedule=plateau gamma=0.5 plateau_patience=1 plateau_cooldown=1 min_learning_rate=0.06",
     plateau(LOSSES, factor=0.5, patience=1, cooldown=1, min_lr=0.06), LOSSES),
    ("plateau of accuracies",
     "schedule=plateau plateau_metric=validation_accuracy plateau_patience=2 "
     "plateau_threshold=0.05",
     plateau(SHARES, mode="max", patience=2, threshold=0.05), SHARES),
    ("timm's cosine",
     "schedule=cosine warmup_epochs=2 warmup_start=0.001 min_learning_rate=1e-5",
     timm_rates(timm_cosine(t_initial=TOTAL, lr_min=1e-5, warmup_t=2 * STEPS,
                            warmup_lr_init=0.001 * BASE))),
    ("timm's cosine after warm-up",
     "schedule=cosine warmup_epochs=2 warmup_start=0.001 warmup_prefix=true",
     timm_rates(timm_cosine(t_initial=TOTAL - 2 * STEPS, warmup_t=2 * STEPS,
                            warmup_lr_init=0.001 * BASE, warmup_prefix=True))),
    ("timm's restarts",
     "schedule=cosine restart_epochs=2 restart_factor=1.5 min_learning_rate=0.01",
     timm_rates(timm_cosine(t_initial=2 * STEPS, cycle_mul=1.5, cycle_limit=100, lr_min=0.01))),
    ("timm's polynomial", "schedule=polynomial power=3 min_learning_rate=0.02",
     timm_rates(lambda opt: PolyLRScheduler(opt, t_initial=TOTAL, power=3, lr_min=0.02,
                                            t_in_epochs=False))),
]


def main(path):
    with open(path, "w", encoding="utf-8") as out:
        for name, settings, rates, *metrics in CASES:
            common = f"epochs={EPOCHS} learning_rate={BASE}"
            print(f"{name}: {STEPS}", f"{common} {settings}".strip(), sep="\n", file=out)
            for numbers in [rates, *metrics]:
                print(" ".join(repr(float(number)) for number in numbers), file=out)
            if not metrics:
                print(file=out)


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "schedules.txt")
