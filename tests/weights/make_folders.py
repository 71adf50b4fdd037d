"""make_folders.py: what fuzzing of folders of weights starts from. Call it from the source tree, with timm, transformers
and safetensors:

    python tests/weights/make_folders.py

It writes networks of a few channels into tests/fuzz/corpus/weights, with the names of torchvision, of timm and of
transformers, and the files that stand beside them."""
import json
import pathlib

import timm
import torch
import transformers
from safetensors.torch import save_file

CORPUS = pathlib.Path("tests/fuzz/corpus/weights")


def save(tensors, name, metadata=None):
    save_file({key: value.contiguous() for key, value in tensors.items() if "num_batches_tracked" not in key},
              CORPUS / name, metadata)


def write(value, name):
    (CORPUS / name).write_text(json.dumps(value, indent=1) + "\n")


def timm_network(name, block, **settings):
    """timm's stem has 64 channels, of which two are kept, so that the file is small."""
    network = timm.models.resnet.ResNet(block, layers=[1, 1], channels=[2, 4], num_classes=2, **settings)
    save({key: value[tuple(slice(2 if length == 64 else length) for length in value.shape)]
          for key, value in network.state_dict().items()}, name)


def main():
    torch.manual_seed(0)
    CORPUS.mkdir(exist_ok=True)
    timm_network("basic.safetensors", timm.models.resnet.BasicBlock)
    timm_network("bottleneck.safetensors", timm.models.resnet.Bottleneck)
    timm_network("resnext.safetensors", timm.models.resnet.Bottleneck, cardinality=2, base_width=64)
    write({"architecture": "resnet18", "num_classes": 2, "global_pool": "avg", "label_names": ["cat", "dog"],
           "model_args": {"layers": [1, 1], "channels": [2, 4], "act_layer": "relu"},
           "pretrained_cfg": {"input_size": [3, 32, 32], "mean": [0.5, 0.5, 0.5], "std": [0.25, 0.5, 1],
                              "crop_pct": 0.95, "interpolation": "bicubic", "crop_mode": "center"}}, "timm.json")
    config = transformers.ResNetConfig(embedding_size=2, hidden_sizes=[2, 4], depths=[1, 1], layer_type="basic",
                                       num_labels=2)
    network = transformers.ResNetForImageClassification(config)
    save(network.state_dict(), "transformers.safetensors", {"format": "pt"})
    settings = json.loads(config.to_json_string(use_diff=False))
    wanted = ("model_type", "hidden_sizes", "depths", "embedding_size", "num_channels", "id2label", "layer_type",
              "hidden_act", "downsample_in_first_stage", "downsample_in_bottleneck")
    write({key: settings[key] for key in wanted}, "transformers.json")
    write(transformers.ConvNextImageProcessor(size={"shortest_edge": 32}, crop_pct=0.875).to_dict(),
          "preprocessor.json")
    names = [key for key in network.state_dict() if "num_batches_tracked" not in key]
    write({"metadata": {"total_size": 1}, "weight_map": {key: "shard.safetensors" for key in names}}, "index.json")


main()
