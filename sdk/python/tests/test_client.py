import dataclasses
import math
import os
import socket
import subprocess
import sys
import threading
import types
import unittest
import unittest.mock

import monitorai
from monitorai import _client
from receiver import Receiver

FLUSH_SECONDS = 60


class Logprob:
    def __init__(self, value):
        self.value = value

    def tolist(self):
        return [self.value]


@dataclasses.dataclass
class Token:
    logprob: float
    token: str = "a"


class Evaluate(unittest.TestCase):
    def test_what_is_given_arrives(self):
        with Receiver() as receiver:
            client = monitorai.Client(receiver.url, "secret", service="shop")
            self.assertTrue(client.evaluate("Paris.", "Capital?", ["Paris is the capital."], logprobs=[-0.1, math.nan, -math.inf], samples=("Paris",),
                                            model="gpt2", route="/ask", id="7", trace_id="ab" * 16, span_id="cd" * 8, time=12.5))
            self.assertTrue(client.flush(FLUSH_SECONDS))
            self.assertEqual(receiver.rows, [{"answer": "Paris.", "prompt": "Capital?", "facts": ["Paris is the capital."], "logprobs": [-0.1, None, -9999.0],
                                              "samples": ["Paris"], "model": "gpt2", "service": "shop", "route": "/ask", "id": "7",
                                              "trace_id": "ab" * 16, "span_id": "cd" * 8, "time": 12.5}])
            path, headers = receiver.headers[0]
            self.assertEqual((path, headers["Authorization"]), ("/api/v1/quality/evaluate?wait=0", "Bearer secret"))
            self.assertEqual(client.statistics(), monitorai.Statistics(queued=1, sent=1))

    def test_the_open_span_of_opentelemetry_is_told_unless_it_is_named_or_broken(self):
        context = types.SimpleNamespace(trace_id=0xab, span_id=0xcd, is_valid=True)
        known = types.SimpleNamespace(get_current_span=lambda: types.SimpleNamespace(get_span_context=lambda: context))
        none = types.SimpleNamespace(get_current_span=lambda: types.SimpleNamespace(get_span_context=lambda: types.SimpleNamespace(is_valid=False)))
        with Receiver() as receiver:
            client = monitorai.Client(receiver.url)
            client.evaluate("not loaded")
            for module in (known, none, object()):
                with unittest.mock.patch.dict(sys.modules, {"opentelemetry.trace": module}):
                    self.assertTrue(client.evaluate("a"))
            with unittest.mock.patch.dict(sys.modules, {"opentelemetry.trace": known}):
                client.evaluate("named", trace_id="7")
            self.assertTrue(client.flush(FLUSH_SECONDS))
            self.assertEqual([(row.get("trace_id"), row.get("span_id")) for row in receiver.rows],
                             [(None, None), ("ab".zfill(32), "cd".zfill(16)), (None, None), (None, None), ("7", None)])

    def test_objects_of_other_libraries_become_plain(self):
        with Receiver() as receiver:
            client = monitorai.Client(receiver.url)
            client.evaluate("a", logprobs=Logprob(-0.5))
            client.evaluate("b", logprobs=[{1: Token(-0.25)}])
            client.evaluate("c", logprobs=object())
            client.evaluate("d \ud800")
            self.assertTrue(client.flush(FLUSH_SECONDS))
            self.assertEqual([row.get("logprobs") for row in receiver.rows], [[-0.5], [{"1": {"logprob": -0.25, "token": "a"}}], None])
            self.assertEqual(receiver.rows[2]["answer"], "d ?")
            self.assertEqual(client.statistics().dropped_unreadable, 1)
            self.assertIn("object has no plain form", client.statistics().last_error)

    def test_many_go_in_few_requests(self):
        with Receiver() as receiver:
            client = monitorai.Client(receiver.url)
            for i in range(1000):
                client.evaluate(f"answer {i}")
            self.assertTrue(client.flush(FLUSH_SECONDS))
            self.assertEqual([row["answer"] for row in receiver.rows], [f"answer {i}" for i in range(1000)])
            self.assertLessEqual(len(receiver.headers), 30)

    def test_long_answers_go_in_several(self):
        with Receiver() as receiver:
            client = monitorai.Client(receiver.url)
            for _ in range(6):
                client.evaluate("x" * 1_500_000)
            self.assertTrue(client.flush(FLUSH_SECONDS))
            self.assertEqual(len(receiver.rows), 6)
            self.assertGreaterEqual(len(receiver.headers), 3)

    def test_a_busy_or_broken_server_is_asked_again(self):
        with Receiver(statuses=[503, 503, 429]) as receiver:
            receiver.statuses[2] = 503
            client = monitorai.Client(receiver.url)
            client.evaluate("again")
            self.assertTrue(client.flush(FLUSH_SECONDS))
            self.assertEqual((len(receiver.rows), client.statistics().failures, client.statistics().sent), (1, 3, 1))

    def test_a_refusal_is_final_and_counted(self):
        with Receiver(statuses=[400]) as receiver:
            client = monitorai.Client(receiver.url)
            client.evaluate("bad")
            self.assertTrue(client.flush(FLUSH_SECONDS))
            client.evaluate("good")
            self.assertTrue(client.flush(FLUSH_SECONDS))
            self.assertEqual([row["answer"] for row in receiver.rows], ["good"])
            self.assertEqual(client.statistics().dropped_refused, 1)
            self.assertIn("400", client.statistics().last_error)

    def test_one_bad_answer_does_not_take_the_others_with_it(self):
        with Receiver(statuses=[413, 200, 413]) as receiver:
            client = monitorai.Client(receiver.url)
            for text in "abc":
                client.evaluate(text)
            self.assertTrue(client.flush(FLUSH_SECONDS))
            self.assertEqual([row["answer"] for row in receiver.rows], ["a", "c"])
            self.assertEqual((client.statistics().sent, client.statistics().dropped_refused), (2, 1))

    def test_a_server_that_hangs_fills_the_queue_and_nothing_else(self):
        release = threading.Event()
        with Receiver(hold=release) as receiver:
            client = monitorai.Client(receiver.url)
            taken = sum(client.evaluate("x") for _ in range(_client.QUEUE_ANSWERS_MAX + 5000))
            counts = client.statistics()
            self.assertLessEqual(taken, _client.QUEUE_ANSWERS_MAX + 2 * _client.BATCH_ANSWERS_MAX)
            self.assertEqual(counts.queued + counts.dropped_full, _client.QUEUE_ANSWERS_MAX + 5000)
            self.assertGreater(counts.dropped_full, 0)
            self.assertFalse(client.flush(0.01))
            release.set()
            self.assertTrue(client.flush(FLUSH_SECONDS))
            self.assertEqual(len(receiver.rows), taken)

    def test_nobody_listens_and_the_program_goes_on(self):
        with socket.socket() as reserved:
            reserved.bind(("127.0.0.1", 0))
            client = monitorai.Client(f"http://127.0.0.1:{reserved.getsockname()[1]}")
            self.assertTrue(client.evaluate("x"))
            self.assertFalse(client.flush(0.3))
            self.assertEqual(client.statistics().waiting, 1)

    def test_too_large_is_dropped_at_once(self):
        client = monitorai.Client("http://127.0.0.1:9")
        self.assertFalse(client.evaluate("x" * (_client.ANSWER_CHARACTERS_MAX + 1)))
        self.assertEqual(client.statistics(), monitorai.Statistics(dropped_too_large=1))

    def test_a_url_that_is_none_is_said_at_once(self):
        for url in ("127.0.0.1:3000", "ftp://host", "http://", "http://host:port"):
            with self.assertRaises(ValueError, msg=url):
                monitorai.Client(url)

    def test_what_is_queued_at_the_end_of_a_program_is_sent(self):
        with Receiver() as receiver:
            done = subprocess.run([sys.executable, "-c", "import monitorai; monitorai.evaluate('last', model='m')"],
                                  env={**os.environ, "MONITORAI_URL": receiver.url}, capture_output=True, text=True)
            self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "", ""))
            self.assertEqual([row["answer"] for row in receiver.rows], ["last"])

    @unittest.skipUnless(hasattr(os, "fork"), "no fork here")
    def test_a_forked_worker_sends_its_own_answers_only(self):
        with Receiver() as receiver:
            program = ("import os, monitorai\nmonitorai.evaluate('parent'); assert monitorai.flush(60)\npid = os.fork()\n"
                       "if pid == 0:\n    monitorai.evaluate('child'); ok = monitorai.flush(60); os._exit(0 if ok else 1)\n"
                       "assert os.waitpid(pid, 0)[1] == 0\n")
            done = subprocess.run([sys.executable, "-W", "ignore", "-c", program], env={**os.environ, "MONITORAI_URL": receiver.url}, capture_output=True, text=True)
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            self.assertEqual(sorted(row["answer"] for row in receiver.rows), ["child", "parent"])


if __name__ == "__main__":
    unittest.main()
