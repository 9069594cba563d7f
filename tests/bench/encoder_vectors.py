#!/usr/bin/env python3
"""Compares the vectors that encoder_bench computes with those of NumPy in double precision, which
reads the source's files by itself: the largest difference of the single-precision ones, and the
mean cosine and relative error of those by rounded weights.

Example: encoder_vectors.py build/release/bin/encoder_bench SOURCE LAYER < TEXTS"""
import json
import math
import pathlib
import struct
import subprocess
import sys

import numpy

ERF = numpy.vectorize(math.erf)


def read_tensors(path):
    data = path.read_bytes()
    size = struct.unpack_from("<Q", data)[0]
    tensors = {}
    for name, entry in json.loads(data[8:8 + size]).items():
        if entry.get("dtype") == "F32":
            begin, end = entry["data_offsets"]
            values = numpy.frombuffer(data, "<f4", (end - begin) // 4, 8 + size + begin)
            tensors[name] = values.reshape(entry["shape"])
    return tensors


class Model:
    """BERT as its paper and its files have it."""

    def __init__(self, source):
        self.config = json.loads((source / "config.json").read_text(encoding="utf-8"))
        self.tensors = read_tensors(source / "model.safetensors")

    def get(self, name):
        return self.tensors[name].astype("f8")

    def linear(self, name, x):
        return x @ self.get(name + ".weight").T + self.get(name + ".bias")

    def norm(self, name, x):
        centred = x - x.mean(-1, keepdims=True)
        deviation = numpy.sqrt((centred**2).mean(-1, keepdims=True) + self.config["layer_norm_eps"])
        return centred / deviation * self.get(name + ".weight") + self.get(name + ".bias")

    def attend(self, layer, x):
        heads = self.config["num_attention_heads"]
        query, key, value = (
            self.linear(f"{layer}.attention.self.{part}", x).reshape(len(x), heads, -1)
            .swapaxes(0, 1) for part in ("query", "key", "value"))
        scores = query @ key.swapaxes(1, 2) / math.sqrt(query.shape[-1])
        scores = numpy.exp(scores - scores.max(-1, keepdims=True))
        scores /= scores.sum(-1, keepdims=True)
        return self.linear(f"{layer}.attention.output.dense",
                           (scores @ value).swapaxes(0, 1).reshape(x.shape))

    def run(self, ids, num_layers):
        x = (self.get("embeddings.word_embeddings.weight")[ids] +
             self.get("embeddings.position_embeddings.weight")[:len(ids)] +
             self.get("embeddings.token_type_embeddings.weight")[0])
        x = self.norm("embeddings.LayerNorm", x)
        for i in range(num_layers):
            layer = f"encoder.layer.{i}"
            x = self.norm(f"{layer}.attention.output.LayerNorm", x + self.attend(layer, x))
            inner = self.linear(f"{layer}.intermediate.dense", x)
            inner = inner * .5 * (1 + ERF(inner / math.sqrt(2)))
            x = self.norm(f"{layer}.output.LayerNorm",
                          x + self.linear(f"{layer}.output.dense", inner))
        return x


def main():
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    bench, source, layer = sys.argv[1], sys.argv[2], int(sys.argv[3])
    lines = subprocess.run([bench, "vectors", source, str(layer)], input=sys.stdin.read(),
                           capture_output=True, check=True, encoding="utf-8").stdout.splitlines()
    model = Model(pathlib.Path(source))
    largest, cosines, errors = 0., [], []
    for ids, single, rounded in zip(lines[::3], lines[1::3], lines[2::3]):
        expected = model.run(list(map(int, ids.split())), layer)
        single = numpy.array(single.split(), "f8").reshape(expected.shape)
        rounded = numpy.array(rounded.split(), "f8").reshape(expected.shape)
        largest = max(largest, numpy.abs(single - expected).max())
        errors += list(numpy.linalg.norm(rounded - expected, axis=1) /
                       numpy.linalg.norm(expected, axis=1))
        cosines += list((rounded * expected).sum(1) / numpy.linalg.norm(rounded, axis=1) /
                        numpy.linalg.norm(expected, axis=1))
    print(f"{len(cosines)} pieces of {len(lines) // 3} texts: single precision differs by up to "
          f"{largest:.2g}; rounded weights: mean cosine {numpy.mean(cosines):.5f}, least "
          f"{min(cosines):.5f}, mean relative error {numpy.mean(errors):.4f}")
    sys.exit(0 if largest < 1e-3 else 1)


if __name__ == "__main__":
    main()
