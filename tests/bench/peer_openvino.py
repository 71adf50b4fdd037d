#!/usr/bin/env python3
"""An inference of OpenVINO: see peer_timing.py. Settings: latency (its performance hint)."""
import peer_timing

PRECISIONS = {"fp32": "f32", "bf16": "bf16"}


def make(args):
    import openvino
    core = openvino.Core()
    network = core.compile_model(peer_timing.model(args, f".onnx.{args.batch}"), "CPU", {
        "INFERENCE_PRECISION_HINT": PRECISIONS[args.precision],  # by itself it may choose bf16
        "PERFORMANCE_HINT": "LATENCY",
        "INFERENCE_NUM_THREADS": args.threads,
        "ENABLE_CPU_PINNING": True,
    })
    request = network.create_infer_request()
    request.set_input_tensor(openvino.Tensor(peer_timing.images(args), shared_memory=False))

    def step():
        request.infer()
        return request.get_output_tensor().data

    return "OpenVINO " + openvino.__version__.split("-")[0], step


if __name__ == "__main__":
    peer_timing.main(["latency"], make)
