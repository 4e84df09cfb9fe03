#!/usr/bin/env python3
"""Writes a tiny BERT of random weights, what Hugging Face's tokenizers cut texts into, and the vectors of a plain NumPy encoder (float64,
written from the paper, no code shared with the program): tests/quality/reference/tiny_bert/. With --model DIR it writes nothing and
prints the same for the sentences on stdin, for a real model such as all-MiniLM-L6-v2.

Needs PyPI's numpy, scipy, safetensors and tokenizers. Seeded.
usage: make_embed.py [--model DIR]
"""
import json
import pathlib
import sys

import numpy as np
from safetensors.numpy import load_file, save_file
from scipy.special import erf
from tokenizers import BertWordPieceTokenizer

OUT = pathlib.Path(__file__).parent / "reference/tiny_bert"
OUT.mkdir(parents=True, exist_ok=True)
TEXTS = ["hello world", "Hello, World!", "The quick brown fox doesn't jump.", "", "   ", "naïve café RÉSUMÉ", "unaffable embeddings", "日本語 text",
         "a\tb\nc\u00a0d", "x" * 150, "Ünïcödé \u200b zero", "price: $12.50 (20% off) <b>", "don\u2019t \u2014 stop", "한국어 Привет мир", "İstanbul ΑΣ",
         "e\u0301 combined", "hello " * 60, "\x00\x01control\x7f", "emoji 😀 here", "[UNKNOWN] the"]



def norm(x, scale, shift, epsilon):
    x = x - x.mean(-1, keepdims=True)
    return x / np.sqrt((x * x).mean(-1, keepdims=True) + epsilon) * scale + shift


def vector(pieces, w, config):
    w = {k.removeprefix("bert."): v.astype(np.float64) for k, v in w.items() if v.dtype.kind == "f"}
    heads, epsilon = config["num_attention_heads"], config["layer_norm_eps"]

    def dense(name, x):
        return x @ w[name + ".weight"].T + w[name + ".bias"]

    x = (w["embeddings.word_embeddings.weight"][pieces] + w["embeddings.position_embeddings.weight"][:len(pieces)]
         + w["embeddings.token_type_embeddings.weight"][0])
    x = norm(x, w["embeddings.LayerNorm.weight"], w["embeddings.LayerNorm.bias"], epsilon)
    for i in range(config["num_hidden_layers"]):
        layer = f"encoder.layer.{i}."
        q, k, v = (dense(f"{layer}attention.self.{part}", x).reshape(len(pieces), heads, -1).transpose(1, 0, 2) for part in ("query", "key", "value"))
        scores = q @ k.transpose(0, 2, 1) / np.sqrt(q.shape[-1])
        scores = np.exp(scores - scores.max(-1, keepdims=True))
        context = (scores / scores.sum(-1, keepdims=True) @ v).transpose(1, 0, 2).reshape(len(pieces), -1)
        x = norm(x + dense(layer + "attention.output.dense", context), w[layer + "attention.output.LayerNorm.weight"],
                 w[layer + "attention.output.LayerNorm.bias"], epsilon)
        up = dense(layer + "intermediate.dense", x)
        x = norm(x + dense(layer + "output.dense", up * 0.5 * (1 + erf(up / np.sqrt(2)))), w[layer + "output.LayerNorm.weight"],
                 w[layer + "output.LayerNorm.bias"], epsilon)
    mean = x.mean(0)
    return mean / np.linalg.norm(mean)


def rows(folder, texts):
    config, weights = json.loads((folder / "config.json").read_text()), load_file(folder / "model.safetensors")
    length = json.loads((folder / "sentence_bert_config.json").read_text())["max_seq_length"]
    tokenizer = BertWordPieceTokenizer(str(folder / "vocab.txt"), lowercase=True)
    tokenizer.enable_truncation(length)
    for text in texts:
        pieces = tokenizer.encode(text).ids
        yield {"text": text, "pieces": pieces, "vector": [round(float(x), 7) for x in vector(pieces, weights, config)]}


def make_tiny():
    OUT.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(4)
    letters = "abcdefghijklmnopqrstuvwxyz0123456789"
    pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"] + list("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~") + list(letters) + ["##" + c for c in letters]
    pieces += ["hello", "world", "the", "quick", "brown", "fox", "does", "##n", "jump", "naive", "cafe", "resume", "un", "##aff", "##able", "embed", "##ding",
               "##s", "日", "本", "text", "price", "off", "zero", "\u2019", "\u2014", "привет", "мир", "ᄒ", "##ᅡ", "##ᆫ", "σ", "α", "##ς", "##σ", "control", "here"]
    pieces = list(dict.fromkeys(pieces))
    (OUT / "vocab.txt").write_text("\n".join(pieces) + "\n")
    hidden, up, positions = 32, 48, 40
    config = {"model_type": "bert", "hidden_act": "gelu", "hidden_size": hidden, "num_attention_heads": 4, "num_hidden_layers": 2, "intermediate_size": up,
              "vocab_size": len(pieces), "max_position_embeddings": positions, "type_vocab_size": 2, "layer_norm_eps": 1e-12}
    shapes = {"embeddings.word_embeddings.weight": (len(pieces), hidden), "embeddings.position_embeddings.weight": (positions, hidden),
              "embeddings.token_type_embeddings.weight": (2, hidden), "embeddings.LayerNorm.weight": (hidden,), "embeddings.LayerNorm.bias": (hidden,)}
    for i in range(config["num_hidden_layers"]):
        layer = f"encoder.layer.{i}."
        for part, size in ("attention.self.query", (hidden, hidden)), ("attention.self.key", (hidden, hidden)), ("attention.self.value", (hidden, hidden)), \
                ("attention.output.dense", (hidden, hidden)), ("intermediate.dense", (up, hidden)), ("output.dense", (hidden, up)), \
                ("attention.output.LayerNorm", (hidden,)), ("output.LayerNorm", (hidden,)):
            shapes[layer + part + ".weight"], shapes[layer + part + ".bias"] = size, size[:1]
    weights = {name: (rng.normal(scale=0.3, size=shape) + ("Norm.weight" in name)).astype(np.float32) for name, shape in shapes.items()}
    save_file(weights, OUT / "model.safetensors")
    (OUT / "config.json").write_text(json.dumps(config, indent=1) + "\n")
    (OUT / "sentence_bert_config.json").write_text('{"max_seq_length": 24, "do_lower_case": false}\n')
    (OUT / "tokenizer_config.json").write_text('{"do_lower_case": true}\n')
    BertWordPieceTokenizer(str(OUT / "vocab.txt"), lowercase=True).save(str(OUT / "tokenizer.json"))
    with (OUT / "vectors.jsonl").open("w") as out:
        for row in rows(OUT, TEXTS):
            out.write(json.dumps(row) + "\n")


if sys.argv[1:2] == ["--model"]:
    for one in rows(pathlib.Path(sys.argv[2]), sys.stdin.read().split("\n")):
        print(json.dumps(one))
else:
    make_tiny()
