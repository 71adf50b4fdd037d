#!/usr/bin/env python3
"""The peers of weights_peer.sh: what Python does with published weights.

weights_peer.py make FOLDER COUNT      weights of torchvision's networks, and COUNT photographs
weights_peer.py one WEIGHTS PHOTO      the label of one photograph, by ResNet-50
weights_peer.py many FOLDER RUNTIME WORKERS   the labels of FOLDER/photos, by ResNet-18: seconds
                                       without the imports; RUNTIME is torch or onnxruntime
weights_peer.py load FILE              ms to load a file and read each byte, in a warm process"""
import os
import statistics
import sys
import time

BATCH = 32
THREADS = 2


def transform():
    from torchvision import transforms
    return transforms.Compose([
        transforms.Resize(256), transforms.CenterCrop(224), transforms.ToTensor(),
        transforms.Normalize((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))])


def make(folder, count):
    import numpy
    import torch
    import torchvision
    from PIL import Image
    from safetensors.torch import save_file
    torch.manual_seed(0)
    for name in ("resnet18", "resnet50", "resnet152"):
        model = getattr(torchvision.models, name)(weights=None).eval()
        save_file(model.state_dict(), f"{folder}/{name}.safetensors")
        torch.save(model.state_dict(), f"{folder}/{name}.pth")
        if name == "resnet18":
            torch.onnx.export(model, torch.zeros(BATCH, 3, 224, 224), f"{folder}/{name}.onnx",
                              dynamo=False, input_names=["x"], opset_version=17,
                              dynamic_axes={"x": {0: "batch"}})
    os.makedirs(f"{folder}/photos", exist_ok=True)
    random = numpy.random.default_rng(0)
    for i in range(int(count)):  # coarse colours and fine noise, about as large as a photograph
        coarse = random.integers(0, 256, (12, 16, 3), dtype=numpy.uint8)
        picture = numpy.asarray(Image.fromarray(coarse).resize((500, 375), Image.BICUBIC), float)
        picture += random.normal(0, 6, picture.shape)
        Image.fromarray(picture.clip(0, 255).astype(numpy.uint8)).save(
            f"{folder}/photos/{i:04}.jpg", quality=90)


def one(weights, photo):
    import torch
    import torchvision
    from PIL import Image
    from safetensors.torch import load_file
    torch.set_num_threads(THREADS)
    model = torchvision.models.resnet50(weights=None)
    model.load_state_dict(load_file(weights) if weights.endswith(".safetensors")
                          else torch.load(weights))
    model.eval()
    with torch.inference_mode():
        y = model(transform()(Image.open(photo).convert("RGB"))[None]).softmax(1)
    print(*y.topk(5).indices[0].tolist())


class Photos:
    def __init__(self, folder):
        self.paths = sorted(os.path.join(folder, name) for name in os.listdir(folder))
        self.transform = transform()

    def __len__(self):
        return len(self.paths)

    def __getitem__(self, i):
        from PIL import Image
        return self.transform(Image.open(self.paths[i]).convert("RGB"))


def network(folder, runtime):
    import torch
    if runtime == "onnxruntime":
        import onnxruntime
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = THREADS
        session = onnxruntime.InferenceSession(f"{folder}/resnet18.onnx", options)
        return lambda x: session.run(None, {"x": x.numpy()})[0].argmax(1)
    import torchvision
    torch.set_num_threads(THREADS)
    model = torchvision.models.resnet18(weights=None)
    model.load_state_dict(torch.load(f"{folder}/resnet18.pth"))
    model = model.eval().to(memory_format=torch.channels_last)
    model = torch.jit.freeze(torch.jit.trace(
        model, torch.zeros(BATCH, 3, 224, 224).to(memory_format=torch.channels_last)))
    return lambda x: model(x.to(memory_format=torch.channels_last)).argmax(1)


def many(folder, runtime, workers):
    import torch
    import torchvision
    torchvision.models  # imported before the clock starts
    if runtime == "onnxruntime":
        import onnxruntime
    start = time.perf_counter()
    with torch.inference_mode():
        model = network(folder, runtime)
        loader = torch.utils.data.DataLoader(Photos(f"{folder}/photos"), batch_size=BATCH,
                                             num_workers=int(workers))
        labels = [int(k) for x in loader for k in model(x)]
    assert len(labels) == len(os.listdir(f"{folder}/photos"))
    print(time.perf_counter() - start)


def load(path):
    import torch
    from safetensors.torch import load_file
    times = []
    for _ in range(7):
        start = time.perf_counter()
        tensors = load_file(path) if path.endswith(".safetensors") else torch.load(path)
        sum(float(tensor.sum()) for tensor in tensors.values())
        times.append(1e3 * (time.perf_counter() - start))
    print(statistics.median(times[1:]))


{"make": make, "one": one, "many": many, "load": load}[sys.argv[1]](*sys.argv[2:])
