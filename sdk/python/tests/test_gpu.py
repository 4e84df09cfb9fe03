import json
import os
import pathlib
import subprocess
import sys
import tempfile
import threading
import types
import unittest
from unittest import mock

import monitorai


class Cuda:
    """As much of torch.cuda as is read."""
    initialized = True
    known = True

    def is_available(self): return True
    def is_initialized(self): return self.initialized
    def current_device(self): return 1
    def memory_allocated(self, index): return 1000 + index
    def memory_reserved(self, index): return 2000 + index

    def utilization(self, index):
        if not self.known:
            raise ModuleNotFoundError("pynvml")
        return 37


class ExposeGpu(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name) / "logs"

    def read(self, exposure):
        return {name: value for name, value in json.loads(exposure.path.read_text()).items() if name != "timestamp"}

    def test_the_file_of_the_specification(self):
        numbers = {"gpu_memory_allocated_bytes": 5, "gpu_memory_reserved_bytes": 6, "gpu_utilization": 7.5, "gpu_index": 1, "other": 3}
        with monitorai.expose_gpu(folder=self.folder, numbers=lambda: numbers) as exposure:
            self.assertEqual(exposure.path.name, f"gpu-info-{os.getpid()}.json")
            self.assertEqual(self.read(exposure), {"pid": os.getpid(), **{k: v for k, v in numbers.items() if k != "other"}})
            self.assertRegex(json.loads(exposure.path.read_text())["timestamp"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?\+00:00$")
            self.assertEqual(os.listdir(self.folder), [exposure.path.name])
        self.assertEqual(os.listdir(self.folder), [])

    def test_without_torch_nothing_is_claimed(self):
        with mock.patch.dict(sys.modules, {"torch": None}), monitorai.expose_gpu(folder=self.folder) as exposure:
            self.assertEqual(set(self.read(exposure).values()), {os.getpid(), None})

    def test_torch_is_read_but_never_begun(self):
        cuda = Cuda()
        with mock.patch.dict(sys.modules, {"torch": types.SimpleNamespace(cuda=cuda)}), mock.patch.dict(os.environ, {"CUDA_VISIBLE_DEVICES": "4,6"}):
            with monitorai.expose_gpu(folder=self.folder) as exposure:
                self.assertEqual(self.read(exposure), {"pid": os.getpid(), "gpu_memory_allocated_bytes": 1001, "gpu_memory_reserved_bytes": 2001,
                                                       "gpu_utilization": 37.0, "gpu_index": 6})
            cuda.known = False
            with monitorai.expose_gpu(0, folder=self.folder) as exposure:
                self.assertEqual((self.read(exposure)["gpu_utilization"], self.read(exposure)["gpu_index"]), (None, 4))
            cuda.initialized = False
            with monitorai.expose_gpu(folder=self.folder) as exposure:
                self.assertIsNone(self.read(exposure)["gpu_memory_allocated_bytes"])

    def test_it_is_refreshed_and_never_half_written(self):
        rounds, seen = threading.Semaphore(0), []

        def numbers():
            rounds.release()
            return {"gpu_memory_allocated_bytes": 10 ** 9 + len(seen)}

        with monitorai.expose_gpu(folder=self.folder, interval=0.1, numbers=numbers) as exposure:
            for _ in range(4):
                self.assertTrue(rounds.acquire(timeout=60))
                seen.append(self.read(exposure))
            self.assertGreaterEqual(exposure.written, 2)

    def test_what_fails_is_counted_and_the_program_goes_on(self):
        self.folder.parent.joinpath("logs").write_text("a file where the folder should be")
        with monitorai.expose_gpu(folder=self.folder, numbers=dict) as exposure:
            self.assertEqual((exposure.written, exposure.failures > 0, exposure.last_error != ""), (0, True, True))
        with monitorai.expose_gpu(folder=self.folder.parent / "other", numbers=lambda: 1 / 0) as exposure:
            self.assertEqual((exposure.failures, exposure.last_error), (1, "division by zero"))
        with monitorai.expose_gpu(folder=self.folder.parent / "nan", numbers=lambda: {"gpu_utilization": float("nan")}) as exposure:
            self.assertEqual((exposure.written, exposure.failures), (0, 1))
        for interval in (0, -1, float("nan")):
            with self.assertRaises(ValueError):
                monitorai.expose_gpu(folder=self.folder, interval=interval)

    def test_the_end_of_the_program_removes_it(self):
        done = subprocess.run([sys.executable, "-c", "import monitorai, os, sys; e = monitorai.expose_gpu(folder=sys.argv[1]); print(os.listdir(sys.argv[1]))",
                               str(self.folder)], capture_output=True, text=True)
        self.assertIn("gpu-info-", done.stdout)
        self.assertEqual((done.returncode, done.stderr, os.listdir(self.folder)), (0, "", []))

    @unittest.skipUnless(hasattr(os, "fork"), "no fork here")
    def test_a_forked_worker_has_a_file_of_its_own(self):
        program = ("import monitorai, os, sys\ne = monitorai.expose_gpu(folder=sys.argv[1])\nread, write = os.pipe()\npid = os.fork()\n"
                   "if pid == 0:\n    os.write(write, str(e.path.exists()).encode()); e.stop(); os._exit(0)\n"
                   "os.waitpid(pid, 0); print(os.read(read, 10).decode(), e.path.exists(), len(os.listdir(sys.argv[1])))")
        done = subprocess.run([sys.executable, "-W", "ignore", "-c", program, str(self.folder)], capture_output=True, text=True)
        self.assertEqual((done.stdout.strip(), done.stderr), ("True True 1", ""))


if __name__ == "__main__":
    unittest.main()
