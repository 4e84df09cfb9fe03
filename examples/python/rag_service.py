"""A small RAG service whose requests become traces: prompt -> embed -> retrieve -> inference -> post-process.

    pip install -r requirements-rag.txt
    OTEL_SERVICE_NAME=rag OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:4318 OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf \
        opentelemetry-instrument uvicorn rag_service:app --port 8100
    curl 'http://127.0.0.1:8100/ask?prompt=Why+is+the+sky+blue%3F'

The traces know nothing of MonitorAI: `opentelemetry-instrument` traces FastAPI's requests, and the steps are spans of OpenTelemetry's own
API. Where `monitorai` is installed (sdk/python), each answer is also judged against the documents that were retrieved for it.
MODEL_URL=http://127.0.0.1:8000 asks a server that speaks OpenAI's API (vLLM, llama-server, `monitorai demo`). Without it the "model" is
arithmetic, so that the example runs anywhere.
"""

import functools
import hashlib
import json
import logging
import math
import os
import random
import time
import urllib.parse
import urllib.request

from fastapi import FastAPI
from opentelemetry import trace
from opentelemetry.trace import SpanKind

try:
    import monitorai
except ImportError:
    monitorai = None

DOCUMENTS = [
    "The sky is blue because air scatters short wavelengths more strongly than long ones (Rayleigh scattering).",
    "At sunset the light's way through the air is longer, so that more of the blue is scattered away.",
    "A language model predicts the next token from those before it.",
    "The P95 of a latency is the value that 95 % of all requests stay below.",
]
DIMENSIONS = 64
MODEL_URL = os.environ.get("MODEL_URL", "")
MODEL_TIMEOUT_SECONDS = 60

app = FastAPI()
log = logging.getLogger("rag")
log.setLevel(logging.INFO)
tracer = trace.get_tracer("rag_service")


def embed(text: str) -> list[float]:
    """Words hashed to dimensions, normalised: enough to find the nearest document."""
    vector = [0.0] * DIMENSIONS
    for word in text.lower().split():
        vector[hashlib.sha256(word.strip("?.,").encode()).digest()[0] % DIMENSIONS] += 1
    length = math.sqrt(sum(x * x for x in vector)) or 1
    return [x / length for x in vector]


def retrieve(vector: list[float], count: int) -> list[str]:
    similarity = lambda document: sum(a * b for a, b in zip(vector, embed(document)))
    return sorted(DOCUMENTS, key=similarity, reverse=True)[:count]


@functools.cache
def model() -> str:
    """The model that is asked: the first that the server has."""
    if not MODEL_URL:
        return "toy-lm"
    with urllib.request.urlopen(f"{MODEL_URL}/v1/models", timeout=MODEL_TIMEOUT_SECONDS) as response:
        return json.load(response)["data"][0]["id"]


def ask_server(prompt: str, context: list[str], span: trace.Span) -> str:
    """The answer of the server at MODEL_URL; what it counted becomes attributes of the span."""
    server = urllib.parse.urlsplit(MODEL_URL)
    span.set_attributes({"server.address": server.hostname, "server.port": server.port or (443 if server.scheme == "https" else 80)})
    messages = [{"role": "system", "content": "\n".join(context)}, {"role": "user", "content": prompt}]
    body = json.dumps({"model": model(), "messages": messages}).encode()
    request = urllib.request.Request(f"{MODEL_URL}/v1/chat/completions", body, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=MODEL_TIMEOUT_SECONDS) as response:
        answer = json.load(response)
    span.set_attribute("gen_ai.response.model", answer["model"])
    span.set_attribute("gen_ai.usage.input_tokens", answer["usage"]["prompt_tokens"])
    span.set_attribute("gen_ai.usage.output_tokens", answer["usage"]["completion_tokens"])
    span.set_attribute("tokens.generated", answer["usage"]["completion_tokens"])
    return answer["choices"][0]["message"]["content"]


def pretend(prompt: str, context: list[str], span: trace.Span) -> str:
    """The nearest document, at the pace of a model."""
    begun = time.perf_counter()
    time.sleep(random.uniform(0.02, 0.06))
    span.set_attribute("gen_ai.response.time_to_first_chunk", time.perf_counter() - begun)
    words = context[0].split()
    time.sleep(0.003 * len(words))
    span.set_attribute("gen_ai.usage.input_tokens", len(prompt.split()) + sum(len(text.split()) for text in context))
    span.set_attribute("gen_ai.usage.output_tokens", len(words))
    span.set_attribute("tokens.generated", len(words))
    return context[0]


@app.get("/ask")
def ask(prompt: str) -> dict:
    request = trace.get_current_span()
    with tracer.start_as_current_span("prompt", attributes={"prompt.length": len(prompt)}):
        prompt = prompt.strip()
    with tracer.start_as_current_span("embed", attributes={"gen_ai.operation.name": "embeddings", "gen_ai.request.model": "hash-64"}):
        vector = embed(prompt)
    with tracer.start_as_current_span("retrieve", attributes={"gen_ai.operation.name": "retrieval", "gen_ai.data_source.id": "documents"}) as span:
        context = retrieve(vector, 2)
        span.set_attribute("documents.found", len(context))
    attributes = {"gen_ai.operation.name": "chat", "gen_ai.provider.name": "vllm" if MODEL_URL else "example", "gen_ai.request.model": model(), "gen_ai.prompt.0.content": prompt}
    with tracer.start_as_current_span("inference", kind=SpanKind.CLIENT, attributes=attributes) as span:
        answer = (ask_server if MODEL_URL else pretend)(prompt, context, span)
    with tracer.start_as_current_span("post-process"):
        answer = answer.strip()
        log.info("answered a prompt of %d characters with %d", len(prompt), len(answer))
    if monitorai:
        trace_id = request.get_span_context().trace_id
        monitorai.evaluate(answer, prompt, context, model=model(), service="rag", route="/ask", trace_id=f"{trace_id:032x}" if trace_id else None)
    return {"answer": answer, "sources": context}
