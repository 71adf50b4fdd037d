#!/usr/bin/env python3
"""Writes evaluation.safetensors: the results of an evaluation as others count them, for test_evaluation.c.

    python3 tests/report/make_evaluation.py tests/report/evaluation.safetensors
                                    (with safetensors, PyTorch, scikit-learn and torchmetrics)

200 images of 12 classes, of which one has no image and another is never predicted.
"""
import sys

import numpy as np
import torch
from safetensors.numpy import save_file
from sklearn import metrics
from torchmetrics.classification import MulticlassCalibrationError

IMAGES, CLASSES = 200, 12


def main(path):
    random = np.random.default_rng(3)
    labels = random.integers(0, CLASSES - 1, IMAGES).astype(np.int32)
    logits = random.normal(0, 1, (IMAGES, CLASSES))
    logits[np.arange(IMAGES), labels] += 1.5
    logits *= random.uniform(0.5, 3, (IMAGES, 1))
    logits[:, 4] -= 20
    probabilities = torch.tensor(logits, dtype=torch.float32).softmax(1)
    predicted = probabilities.argmax(1).numpy()
    classes = np.arange(CLASSES)
    precision, recall, _, images = metrics.precision_recall_fscore_support(
        labels, predicted, labels=classes, zero_division=np.nan)
    error = MulticlassCalibrationError(CLASSES, n_bins=15, norm="l1")
    figures = [
        metrics.accuracy_score(labels, predicted),
        metrics.top_k_accuracy_score(labels, probabilities.numpy(), k=5, labels=classes),
        error(probabilities, torch.tensor(labels, dtype=torch.int64)).item(),
    ]
    save_file({
        "probabilities": probabilities.numpy(),
        "labels": labels,
        "confusion": metrics.confusion_matrix(labels, predicted, labels=classes).astype(np.int32),
        "precision": precision.astype(np.float32),
        "recall": recall.astype(np.float32),
        "images": images.astype(np.int32),
        "figures": np.array(figures, dtype=np.float32),
    }, path)
    print(figures, images, np.isnan(precision), np.isnan(recall))


if __name__ == "__main__":
    main(sys.argv[1])
