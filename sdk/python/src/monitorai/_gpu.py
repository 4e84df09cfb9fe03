"""logs/gpu-info-{PID}.json: what this process uses of a GPU, the only exact source on Windows. See docs/gpu.md for the file."""
import atexit
import datetime
import json
import os
import pathlib
import sys
import threading
from typing import Any, Callable, Dict, Mapping, Optional, Union

FIELDS = ("gpu_memory_allocated_bytes", "gpu_memory_reserved_bytes", "gpu_utilization", "gpu_index")


def physical_index(index: int) -> int:
    """The GPU's number on this machine: CUDA_VISIBLE_DEVICES=2,3 makes GPU 3 the process's number 1."""
    visible = os.environ.get("CUDA_VISIBLE_DEVICES", "").split(",")
    return int(visible[index]) if index < len(visible) and visible[index].strip().isdigit() else index


def torch_numbers(device: Optional[int] = None) -> Dict[str, Any]:
    """What PyTorch knows, where the program has imported it and begun to use CUDA; nothing else: what is unknown is absent, not 0."""
    cuda = getattr(sys.modules.get("torch"), "cuda", None)  # never imported here: that takes seconds and memory
    if cuda is None or not cuda.is_available() or not cuda.is_initialized():
        return {}
    index = cuda.current_device() if device is None else device
    out: Dict[str, Any] = {"gpu_memory_allocated_bytes": cuda.memory_allocated(index), "gpu_memory_reserved_bytes": cuda.memory_reserved(index),
                           "gpu_index": physical_index(index)}
    try:
        out["gpu_utilization"] = float(cuda.utilization(index))
    except Exception:  # it needs the package nvidia-ml-py and a driver that tells
        pass
    return out


class GpuExposure:
    """The file while it is written, by a daemon thread. stop() ends it and removes the file; so do leaving `with` and the program's end."""

    def __init__(self, folder: Union[str, "os.PathLike[str]"], interval: float, numbers: Callable[[], Mapping[str, Any]]) -> None:
        self._folder, self._interval, self._numbers = pathlib.Path(folder).absolute(), interval, numbers
        self.written = 0
        self.failures = 0
        self.last_error = ""
        self._begin()
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=self._begin_in_child)
        atexit.register(self.stop)

    @property
    def path(self) -> pathlib.Path:
        return self._folder / f"gpu-info-{os.getpid()}.json"

    def _begin(self) -> None:
        self._stop = threading.Event()
        self._write()
        self._thread = threading.Thread(target=self._run, args=(self._stop,), name="monitorai-gpu", daemon=True)
        try:
            self._thread.start()
        except RuntimeError as error:
            self._fail(error)

    def _begin_in_child(self) -> None:
        """A forked worker has its own pid, hence its own file."""
        if not self._stop.is_set():
            self._begin()

    def _run(self, stop: threading.Event) -> None:
        while not stop.wait(self._interval):
            self._write()

    def _fail(self, error: BaseException) -> None:
        self.failures += 1
        self.last_error = str(error) or type(error).__name__

    def _write(self) -> None:
        """A reader sees the old file or the new one, never half of it. A full disk or a driver that fails must not end the program."""
        temporary = self.path.with_suffix(f".{threading.get_ident()}.tmp")
        try:
            numbers = self._numbers()
            record = {"pid": os.getpid(), **{name: numbers.get(name) for name in FIELDS},
                      "timestamp": datetime.datetime.now(datetime.timezone.utc).isoformat()}
            self._folder.mkdir(parents=True, exist_ok=True)
            temporary.write_text(json.dumps(record, allow_nan=False) + "\n", encoding="utf-8")
            os.replace(temporary, self.path)
            self.written += 1
        except Exception as error:
            self._fail(error)
            try:
                temporary.unlink()
            except OSError:
                pass

    def stop(self) -> None:
        """Any number of times."""
        if self._stop.is_set():
            return
        self._stop.set()
        if self._thread.is_alive() and self._thread is not threading.current_thread():
            self._thread.join(5)
        try:
            self.path.unlink()
        except OSError:
            pass

    def __enter__(self) -> "GpuExposure":
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


def expose_gpu(device: Optional[int] = None, *, folder: Union[str, "os.PathLike[str]"] = "logs", interval: float = 3.0,
               numbers: Optional[Callable[[], Mapping[str, Any]]] = None) -> GpuExposure:
    """Writes gpu-info-{PID}.json into `folder` at once and every `interval` seconds, until the program or stop() ends it.

    device: PyTorch's number of the GPU, the current one if absent. numbers: for other frameworks, a function that returns any of
    gpu_memory_allocated_bytes, gpu_memory_reserved_bytes, gpu_utilization (percent) and gpu_index; it is called on a thread of its own.
    Never raises for the disk or the driver: `failures` and `last_error` of what it returns tell. ValueError for an interval under 0.1 s."""
    if not interval >= 0.1:
        raise ValueError(f"an interval of {interval} s is under 0.1 s")
    return GpuExposure(folder, interval, numbers or (lambda: torch_numbers(device)))
