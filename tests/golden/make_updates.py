#!/usr/bin/env python3
"""Writes the goldens in ops/ of what updates parameters, and of drop_path, for test_ops.c: the steps of
the optimisers of PyTorch and timm, PyTorch's clipping, timm's average of weights, and torchvision's
stochastic depth.

    python3 tests/golden/make_updates.py tests/golden/ops      (with PyTorch, torchvision and timm)
"""
import sys

import timm.optim
import timm.utils
import torch
import torchvision

from make_soft_cross_entropy import save

SOURCE = f"PyTorch {torch.__version__}, torchvision {torchvision.__version__}, timm {timm.__version__}"
SHAPE = (5, 3, 3)  # odd, and no whole vectors
STEPS = 6


def rounded(tensor):
    """What the file will hold."""
    return tensor.float().double()


def random(*shape):
    return rounded(torch.randn(*shape, dtype=torch.float64))


def as_float(number):
    """The number that a float32 holds: learning rates are operands."""
    return torch.tensor(number).float().double().item()


def record_steps(folder, name, make, attrs, start=None, gradients=random):
    """Several steps, with another learning rate each, from `start`; make(params) is the optimiser."""
    param = torch.nn.Parameter(random(*SHAPE) if start is None else start)
    optimiser = make([param])
    tensors, rates = {"param": param.clone()}, []
    for step in range(STEPS):
        rates.append(as_float(attrs["lr"] * (1 - 0.1 * step)))
        optimiser.param_groups[0]["lr"] = rates[-1]
        param.grad = gradients(*SHAPE)
        tensors[f"grad{step}"] = param.grad.clone()
        optimiser.step()
        tensors[f"param{step + 1}"] = param.clone()
    save(f"{folder}/{name}.safetensors", tensors, {**attrs, "lr": rates}, SOURCE)


def record_adam(folder):
    for name, decay in ("plain", 0.0), ("decay", 0.05):
        attrs = {"lr": 0.02, "beta1": 0.9, "beta2": 0.98, "eps": 1e-6, "weight_decay": decay}
        options = {"lr": 0.02, "betas": (0.9, 0.98), "eps": 1e-6, "weight_decay": decay}
        record_steps(folder, f"adamw_{name}", lambda p: torch.optim.AdamW(p, **options),
                     {"op": "adamw", **attrs})
        def lamb(params):
            return timm.optim.Lamb(params, max_grad_norm=None, **options)
        record_steps(folder, f"lamb_{name}", lamb, {"op": "lamb", **attrs})
    record_steps(folder, "lamb_zero", lamb, {"op": "lamb", **attrs}, start=torch.zeros(SHAPE).double())


def record_lars(folder):
    for name, momentum, nesterov, decay in (("plain", 0.0, False, 0.0), ("decay", 0.0, False, 0.01),
                                            ("momentum", 0.9, False, 0.01), ("nesterov", 0.9, True, 0.01)):
        attrs = {"lr": 0.5, "momentum": momentum, "nesterov": nesterov, "weight_decay": decay}
        def lars(params):
            return timm.optim.Lars(params, trust_coeff=0.02, eps=1e-8, **attrs)
        described = {"op": "lars", "trust": 0.02, "eps": 1e-8, **attrs}
        record_steps(folder, f"lars_{name}", lars, described)
    record_steps(folder, "lars_zero", lars, described, start=torch.zeros(SHAPE).double())
    record_steps(folder, "lars_zero_gradient", lars, described,
                 gradients=lambda *shape: torch.zeros(shape).double())


def record_rmsprop(folder):
    for name, momentum, decay in ("plain", 0.0, 0.0), ("decay", 0.0, 0.01), ("momentum", 0.9, 0.01):
        attrs = {"lr": 0.02, "momentum": momentum, "eps": 1e-3, "weight_decay": decay}
        record_steps(folder, f"rmsprop_{name}",
                     lambda p: timm.optim.RMSpropTF(p, alpha=0.9, **attrs),
                     {"op": "rmsprop", "decay": 0.9, **attrs})


def record_clip_norm(folder):
    """The factor that divides the gradients is the loss scale and what PyTorch divided by."""
    scale = 1536.0
    for name, limit in ("above", 2.5), ("below", 100.0):
        params = [torch.nn.Parameter(torch.zeros(shape).double()) for shape in ((1,), SHAPE, (4, 7))]
        tensors = {}
        for i, param in enumerate(params):
            tensors[f"x{i}"] = rounded(scale * random(*param.shape))
            param.grad = tensors[f"x{i}"] / scale
        norm = torch.nn.utils.clip_grad_norm_(params, limit)
        factor = (tensors["x1"] / params[1].grad).mean().item()
        tensors |= {"loss_scale": torch.tensor([scale, 0]), "norm": norm.reshape(1),
                    "loss_scale_out": torch.tensor([factor, 0])}
        save(f"{folder}/clip_norm_{name}.safetensors", tensors, {"op": "clip_norm", "limit": limit}, SOURCE)


def record_clip_value(folder):
    scale, limit = 1536.0, 0.7
    param = torch.nn.Parameter(torch.zeros(SHAPE).double())
    gradient = rounded(scale * random(*SHAPE))
    param.grad = gradient / scale
    torch.nn.utils.clip_grad_value_([param], limit)
    save(f"{folder}/clip_value.safetensors",
         {"gradient": gradient, "loss_scale": torch.tensor([scale, 0]), "gradient_out": param.grad * scale},
         {"op": "clip_value", "limit": limit}, SOURCE)


def record_blend(folder):
    decay = as_float(0.9)
    model = torch.nn.Linear(7, 5, bias=False).double()
    model.weight.data = random(5, 7)
    average = timm.utils.ModelEmaV3(model, decay=decay)
    target, model.weight.data = model.weight.data.clone(), random(5, 7)
    average.update(model)
    save(f"{folder}/blend.safetensors",
         {"target": target, "source": model.weight, "factors": torch.tensor([decay, 1 - decay]),
          "target_out": average.module.weight}, {"op": "blend"}, SOURCE)


def philox(key, counter):
    """Philox4x32-10 (Salmon et al. 2011): the four numbers of a key and a counter."""
    key, c = list(key), list(counter)
    for _ in range(10):
        high0, low0 = divmod(0xD2511F53 * c[0], 1 << 32)
        high2, low2 = divmod(0xCD9E8D57 * c[2], 1 << 32)
        c = [high2 ^ c[1] ^ key[0], low2, high0 ^ c[3] ^ key[1], low0]
        key = [(key[0] + 0x9E3779B9) % (1 << 32), (key[1] + 0xBB67AE85) % (1 << 32)]
    return c


def record_drop_path(folder):
    """torchvision draws a sample's mask with bernoulli_; here it gets the one of resnet/random.h."""
    seed, step, stream, first, rate = 77, 12, 3, 5, 0.4
    masks = [philox((seed, stream), ((first + n) // 4, 0, step, 0))[(first + n) % 4] / 2**32 >= rate
             for n in range(9)]
    x, dy = random(9, 3, 5, 2).requires_grad_(), random(9, 3, 5, 2)
    drawn = torch.Tensor.bernoulli_
    torch.Tensor.bernoulli_ = lambda self, _: self.copy_(torch.tensor(masks).reshape(self.shape))
    y = torchvision.ops.stochastic_depth(x, rate, "row")
    torch.Tensor.bernoulli_ = drawn
    y.backward(dy)
    save(f"{folder}/drop_path.safetensors",
         {"x": x, "random": torch.tensor([seed, step], dtype=torch.int32), "dy": dy, "y": y, "dx": x.grad},
         {"op": "drop_path", "rate": rate, "stream": stream, "first_element": first}, SOURCE)


def main(folder):
    torch.manual_seed(17)
    record_adam(folder)
    record_lars(folder)
    record_rmsprop(folder)
    record_clip_norm(folder)
    record_clip_value(folder)
    record_blend(folder)
    record_drop_path(folder)


if __name__ == "__main__":
    main(sys.argv[1])
