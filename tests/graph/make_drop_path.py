#!/usr/bin/env python3
"""Writes drop_path.txt: timm's rates of stochastic depth, block by block. Needs timm."""
import timm

MODELS = [("resnet18", 0.1), ("resnet50", 0.3), ("resnext50_32x4d", 0.25)]

for name, whole in MODELS:
    for path, module in timm.create_model(name, drop_path_rate=whole).named_modules():
        if type(module).__name__ == "DropPath":
            print(name, whole, path, repr(module.drop_prob))
