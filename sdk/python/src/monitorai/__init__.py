"""What a program with a language model tells MonitorAI: its answers, to be judged, and what it uses of its GPU.

    import monitorai

    monitorai.expose_gpu()                                              # logs/gpu-info-{PID}.json, refreshed
    monitorai.evaluate("Paris.", prompt="Capital of France?", model="gpt2")  # queued, sent by a thread of its own

    @monitorai.evaluated(model="gpt2", facts="passages")
    def generate(prompt, passages): ...

No call of this package blocks on the network, raises because of MonitorAI, or needs anything installed. What it drops it counts:
`monitorai.statistics()`.
"""
from ._client import Client, Statistics, configure, evaluate, flush, statistics
from ._gpu import GpuExposure, expose_gpu
from ._watched import evaluated

__all__ = ["Client", "GpuExposure", "Statistics", "configure", "evaluate", "evaluated", "expose_gpu", "flush", "statistics"]
__version__ = "0.1.0"
