"""A small RAG service whose requests become traces: prompt -> embed -> retrieve -> inference -> post-process.

    pip install -r requirements-rag.txt
    OTEL_SERVICE_NAME=rag OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:4318 OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf \
        opentelemetry-instrument --logs_exporter none uvicorn rag_service:app --port 8100
    curl 'http://127.0.0.1:8100/ask?prompt=Why+is+the+sky+blue%3F'

The traces know nothing of MonitorAI: `opentelemetry-instrument` traces FastAPI's requests, and the steps are spans of OpenTelemetry's own
API. Where `monitorai` is installed (sdk/python), each answer is also judged against the documents that were retrieved for it. The "model" is arithmetic, so that the example runs anywhere; put a real one into generate().
"""

import hashlib
import math
import random
import time

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
MODEL = "toy-lm"

app = FastAPI()
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


def generate(prompt: str, context: list[str]) -> tuple[list[str], float]:
    """The words of the answer, and the seconds until the first of them."""
    begun = time.perf_counter()
    time.sleep(random.uniform(0.02, 0.06))
    first_token = time.perf_counter() - begun
    words = context[0].split()
    time.sleep(0.003 * len(words))
    return words, first_token


@app.get("/ask")
def ask(prompt: str) -> dict:
    request = trace.get_current_span()
    request.set_attribute("prompt.length", len(prompt))
    with tracer.start_as_current_span("embed", attributes={"gen_ai.operation.name": "embeddings", "gen_ai.request.model": "hash-64"}):
        vector = embed(prompt)
    with tracer.start_as_current_span("retrieve", attributes={"gen_ai.operation.name": "retrieval", "gen_ai.data_source.id": "documents"}) as span:
        context = retrieve(vector, 2)
        span.set_attribute("documents.found", len(context))
    attributes = {"gen_ai.operation.name": "chat", "gen_ai.provider.name": "example", "gen_ai.request.model": MODEL, "gen_ai.prompt.0.content": prompt}
    with tracer.start_as_current_span(f"chat {MODEL}", kind=SpanKind.CLIENT, attributes=attributes) as span:
        words, first_token = generate(prompt, context)
        span.set_attribute("gen_ai.usage.input_tokens", len(prompt.split()) + sum(len(text.split()) for text in context))
        span.set_attribute("gen_ai.usage.output_tokens", len(words))
        span.set_attribute("gen_ai.response.time_to_first_chunk", first_token)
        span.set_attribute("tokens.generated", len(words))
    with tracer.start_as_current_span("post-process"):
        answer = " ".join(words).strip()
    if monitorai:
        trace_id = request.get_span_context().trace_id
        monitorai.evaluate(answer, prompt, context, model=MODEL, service="rag", route="/ask", trace_id=f"{trace_id:032x}" if trace_id else None)
    return {"answer": answer, "sources": context}
