"""logs/gpu-info-{PID}.json: the file in which a process tells monitorai what it uses of a GPU. Copy this into a program of your own:

    with GpuInfoFile(torch, torch.device("cuda:0")):
        serve()
"""
import datetime
import json
import os
import pathlib
import threading


def physical_index(index):
    """The GPU's number on this machine: CUDA_VISIBLE_DEVICES=2,3 makes GPU 3 the process's number 1."""
    visible = os.environ.get("CUDA_VISIBLE_DEVICES", "").split(",")
    return int(visible[index]) if index < len(visible) and visible[index].strip().isdigit() else index


class GpuInfoFile:
    """Writes the file at once and every `interval` seconds, from a thread of its own; removes it at the end."""

    def __init__(self, torch, device, folder=pathlib.Path("logs"), interval=3.0):
        self.torch, self.device, self.interval = torch, device, interval
        self.path = pathlib.Path(folder) / f"gpu-info-{os.getpid()}.json"
        self.stop = threading.Event()
        self.thread = threading.Thread(target=self._run, name="gpu-info", daemon=True)

    def numbers(self):
        record = {"pid": os.getpid(), "gpu_memory_allocated_bytes": 0, "gpu_memory_reserved_bytes": 0, "gpu_utilization": 0.0,
                  "gpu_index": 0, "timestamp": datetime.datetime.now(datetime.timezone.utc).isoformat()}
        if self.device.type == "cuda":
            index = self.device.index if self.device.index is not None else self.torch.cuda.current_device()
            record["gpu_memory_allocated_bytes"] = self.torch.cuda.memory_allocated(index)
            record["gpu_memory_reserved_bytes"] = self.torch.cuda.memory_reserved(index)
            record["gpu_index"] = physical_index(index)
            try:
                record["gpu_utilization"] = float(self.torch.cuda.utilization(index))
            except Exception:  # it needs the package nvidia-ml-py and a driver that tells
                record["gpu_utilization"] = None  # unknown is not 0
        return record

    def write(self):
        """A reader sees the old file or the new one, never half of it."""
        temporary = self.path.with_suffix(".tmp")
        temporary.write_text(json.dumps(self.numbers()) + "\n")
        os.replace(temporary, self.path)

    def _run(self):
        while not self.stop.wait(self.interval):
            try:
                self.write()
            except OSError:
                pass  # a full disk must not end the model; monitorai drops numbers that get old

    def __enter__(self):
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.write()
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.stop.set()
        self.thread.join()
        self.path.unlink(missing_ok=True)
