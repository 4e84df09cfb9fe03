"""A causal language model behind Transformers and PyTorch, its prompts and its log: what run_llm_model.py and run_llm_model_gpu.py share.

The log is what monitorai tails: logs/llm-model.log, lines "2025-01-15 10:30:26,123 - INFO - [USER] Request #1: ...".
"""
import argparse
import itertools
import logging
import os
import pathlib
import signal
import sys
import threading
import time

try:
    import monitorai
except ImportError:  # not installed: from this repository
    sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "sdk/python/src"))
    import monitorai

LOG_FORMAT = "%(asctime)s - %(levelname)s - %(message)s"
PROMPTS = [
    "Hello, how are you?",
    "What is the capital of France?",
    "Write a short poem about the sea.",
    "Explain what a transformer is, in one sentence.",
    "Once upon a time",
    "The three most useful Linux commands are",
]
LOGGED_CHARACTERS_MAX = 2000


def arguments(description):
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    parser.add_argument("--model-name", default="gpt2", help="a model of the Hugging Face hub, or a folder")
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda, cuda:1, ...")
    parser.add_argument("--interval", type=float, default=5.0, help="seconds between two requests")
    parser.add_argument("--prompts", type=pathlib.Path, help="a text file with one prompt a line, instead of the built-in ones")
    parser.add_argument("--requests", type=int, default=0, help="stop after so many requests; 0: go on until Ctrl-C")
    parser.add_argument("--max-new-tokens", type=int, default=40, help="length of an answer")
    parser.add_argument("--log-file", type=pathlib.Path, default=pathlib.Path("logs/llm-model.log"))
    parser.add_argument("--evaluate", action="store_true", help="send prompts and answers to monitorai (MONITORAI_URL) to be judged, not only its log")
    parser.add_argument("--random-weights", action="store_true",
                        help="a tiny GPT-2 with random weights: answers nonsense, downloads nothing, runs anywhere")
    return parser


def require_libraries():
    """torch and transformers, or a message that says what to do."""
    try:
        import torch
        import transformers
    except ImportError as error:
        sys.exit(f"{pathlib.Path(sys.argv[0]).name}: {error.name} is not installed. Install what this example needs with\n"
                 f"  python3 -m venv .venv && .venv/bin/pip install -r {pathlib.Path(__file__).with_name('requirements.txt')}")
    transformers.logging.set_verbosity_error()
    return torch, transformers


def start_log(path):
    path.parent.mkdir(parents=True, exist_ok=True)
    logging.basicConfig(level=logging.INFO, format=LOG_FORMAT,
                        handlers=[logging.FileHandler(path, encoding="utf-8"), logging.StreamHandler()])


def stop_on_signals():
    """An event that Ctrl-C and SIGTERM set; a second Ctrl-C ends the program at once."""
    stop = threading.Event()

    def handle(number, _frame):
        if stop.is_set() and number == signal.SIGINT:
            raise KeyboardInterrupt
        stop.set()

    signal.signal(signal.SIGINT, handle)
    signal.signal(signal.SIGTERM, handle)
    return stop


def one_line(text):
    return " ".join(text.split())[:LOGGED_CHARACTERS_MAX]


class ByteTokenizer:
    """One token a byte: enough for a model whose weights are random."""
    eos_token_id = 0

    def encode(self, text):
        return list(text.encode()) or [32]

    def decode(self, ids):
        return "".join(chr(i) if 32 <= i < 127 else " " for i in ids)


class Model:
    def __init__(self, name, device, random_weights):
        self.torch, transformers = require_libraries()
        self.device = self.torch.device(("cuda" if self.torch.cuda.is_available() else "cpu") if device == "auto" else device)
        if random_weights:
            self.tokenizer = ByteTokenizer()
            config = transformers.GPT2Config(vocab_size=256, n_positions=512, n_embd=64, n_layer=2, n_head=2, bos_token_id=0, eos_token_id=0)
            self.model = transformers.GPT2LMHeadModel(config)
        else:
            self.tokenizer = transformers.AutoTokenizer.from_pretrained(name)
            self.model = transformers.AutoModelForCausalLM.from_pretrained(name)
        self.model.to(self.device).eval()
        self.stopping = transformers.StoppingCriteria

    def answer(self, prompt, max_new_tokens, stop):
        """The text that follows the prompt, and how many tokens it has. Returns early once `stop` is set."""
        torch = self.torch

        class Stop(self.stopping):
            def __call__(self, input_ids, scores, **kwargs):
                return torch.full((input_ids.shape[0],), stop.is_set(), device=input_ids.device, dtype=torch.bool)

        ids = self.tokenizer.encode(prompt)
        inputs = torch.tensor([ids], device=self.device)
        with torch.no_grad():
            output = self.model.generate(inputs, attention_mask=torch.ones_like(inputs), max_new_tokens=max_new_tokens, do_sample=True,
                                         pad_token_id=self.tokenizer.eos_token_id, stopping_criteria=[Stop()])
        new = output[0][len(ids):].tolist()
        return self.tokenizer.decode(new), len(new)


def load(options):
    """The model, or an end of the program that the log explains."""
    logging.info("Loading model %s", options.model_name)
    started = time.monotonic()
    try:
        model = Model(options.model_name, options.device, options.random_weights)
    except (OSError, RuntimeError, ValueError) as error:  # no such model, no network, no such device, out of memory
        logging.error("Failed to load model: %s", one_line(str(error)))
        sys.exit(1)
    logging.info("Model %s loaded on %s in %.1f s (pid %d)", options.model_name, model.device, time.monotonic() - started, os.getpid())
    return model


def prompts_of(path):
    if path is None:
        return PROMPTS
    lines = [line.strip() for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    return lines or sys.exit(f"{path} holds no prompt")


def converse(model, options, stop):
    """Asks prompt after prompt until `stop` is set, or `options.requests` are answered."""
    prompts = itertools.cycle(prompts_of(options.prompts))
    for number, prompt in enumerate(prompts, 1):
        if stop.is_set():
            return
        logging.info("[USER] Request #%d: %s", number, one_line(prompt))
        started = time.monotonic()
        try:
            text, tokens = model.answer(prompt, options.max_new_tokens, stop)
        except RuntimeError as error:  # CUDA out of memory, a device that fell off the bus
            logging.error("Request #%d failed: %s", number, one_line(str(error)))
        else:
            seconds = time.monotonic() - started
            logging.info("[MODEL] Response #%d: %s", number, one_line(text))
            if options.evaluate:
                monitorai.evaluate(text, prompt, model=options.model_name, service="examples")
            logging.info("Request #%d: %d tokens in %.2f s (%.1f tokens/s)", number, tokens, seconds, tokens / max(seconds, 1e-9))
        if number == options.requests or stop.wait(options.interval):
            return
