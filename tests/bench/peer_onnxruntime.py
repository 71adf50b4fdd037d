#!/usr/bin/env python3
"""An inference of ONNX Runtime: see peer_timing.py.

Settings: spin (its threads wait for work by spinning, its default) and yield (they sleep).
"""
import peer_timing


def make(args):
    import onnxruntime
    if args.precision != "fp32":
        raise peer_timing.Missing(f"onnxruntime has no {args.precision} convolution for processors")
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = args.threads
    options.inter_op_num_threads = 1
    options.execution_mode = onnxruntime.ExecutionMode.ORT_SEQUENTIAL
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
    options.add_session_config_entry("session.intra_op.allow_spinning",
                                     "1" if args.setting == "spin" else "0")
    session = onnxruntime.InferenceSession(peer_timing.model(args, f".onnx.{args.batch}"), options,
                                           providers=["CPUExecutionProvider"])
    binding = session.io_binding()
    x = peer_timing.images(args)
    binding.bind_ortvalue_input("images", onnxruntime.OrtValue.ortvalue_from_numpy(x))
    logits = onnxruntime.OrtValue.ortvalue_from_shape_and_type(
        session.get_outputs()[0].shape, x.dtype.type)
    binding.bind_ortvalue_output("logits", logits)

    def step():
        session.run_with_iobinding(binding)
        return logits.numpy()

    return "ONNX Runtime " + onnxruntime.__version__, step


if __name__ == "__main__":
    peer_timing.main(["spin", "yield"], make)
