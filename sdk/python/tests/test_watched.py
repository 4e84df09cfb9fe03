import asyncio
import inspect
import unittest

import monitorai
from receiver import Receiver

FLUSH_SECONDS = 60


class Watched(unittest.TestCase):
    def setUp(self):
        self.receiver = Receiver()
        self.addCleanup(self.receiver.__exit__)
        self.client = monitorai.Client(self.receiver.url)

    def sent(self):
        self.assertTrue(self.client.flush(FLUSH_SECONDS))
        return [{name: value for name, value in row.items() if name != "time"} for row in self.receiver.rows]

    def test_a_function(self):
        @monitorai.evaluated(client=self.client, model="gpt2", service="shop", facts="passages")
        def generate(question, passages, *, temperature=1.0):
            """Says it."""
            return "Paris."

        self.assertEqual(generate("Capital?", ["Paris is."]), "Paris.")
        self.assertEqual((generate.__name__, generate.__doc__), ("generate", "Says it."))
        self.assertEqual(self.sent(), [{"answer": "Paris.", "prompt": "Capital?", "facts": ["Paris is."], "model": "gpt2", "service": "shop"}])

    def test_a_method_finds_its_prompt(self):
        class Model:
            @monitorai.evaluated(client=self.client, model=lambda arguments, result: arguments["self"].name)
            def generate(self, messages):
                return {"choices": [{"message": {"content": "Hi."}, "logprobs": {"content": [{"logprob": -0.5}]}}]}
            name = "m"

        Model().generate([{"role": "system", "content": "Be kind."}, {"role": "user", "content": "Hello"}])
        self.assertEqual(self.sent(), [{"answer": "Hi.", "prompt": "Be kind.\nHello", "model": "m", "logprobs": {"content": [{"logprob": -0.5}]}}])

    def test_a_coroutine(self):
        @monitorai.evaluated(client=self.client)
        async def generate(prompt):
            await asyncio.sleep(0)
            return prompt.upper()

        self.assertTrue(inspect.iscoroutinefunction(generate))
        self.assertEqual(asyncio.run(generate("a")), "A")
        self.assertEqual(self.sent(), [{"answer": "A", "prompt": "a"}])

    def test_a_generator_keeps_send_throw_and_return(self):
        heard = []

        @monitorai.evaluated(client=self.client)
        def generate(prompt):
            heard.append((yield "a"))
            try:
                yield "b"
            except KeyError:
                yield "c"
            return "end"

        self.assertTrue(inspect.isgeneratorfunction(generate))
        stream = generate("p")
        self.assertEqual([next(stream), stream.send("hello"), stream.throw(KeyError())], ["a", "b", "c"])
        with self.assertRaises(StopIteration) as stopped:
            next(stream)
        self.assertEqual((stopped.exception.value, heard), ("end", ["hello"]))
        self.assertEqual(self.sent(), [{"answer": "abc", "prompt": "p"}])

    def test_a_function_that_returns_a_stream(self):
        @monitorai.evaluated(client=self.client)
        def generate(prompt):
            return (piece for piece in ({"choices": [{"delta": {"content": "x"}}]}, {"choices": [{"delta": {}}]}, {"choices": [{"delta": {"content": "y"}}]}))

        self.assertEqual(len(list(generate("p"))), 3)
        self.assertEqual(self.sent(), [{"answer": "xy", "prompt": "p"}])

    def test_an_asynchronous_generator(self):
        closed = []

        @monitorai.evaluated(client=self.client)
        async def generate(prompt):
            try:
                for piece in "abc":
                    yield piece
            finally:
                closed.append(prompt)

        async def whole():
            return [piece async for piece in generate("p")]

        async def half():
            stream = generate("q")
            async for _ in stream:
                break
            await stream.aclose()

        self.assertTrue(inspect.isasyncgenfunction(generate))
        self.assertEqual(asyncio.run(whole()), ["a", "b", "c"])
        asyncio.run(half())
        self.assertEqual(closed, ["p", "q"])
        self.assertEqual(self.sent(), [{"answer": "abc", "prompt": "p"}])
        self.assertEqual(self.client.statistics().unfinished, 1)

    def test_exceptions_pass_and_what_is_cut_short_is_not_judged(self):
        @monitorai.evaluated(client=self.client)
        def fails(prompt):
            raise ZeroDivisionError("mine")

        @monitorai.evaluated(client=self.client)
        async def fails_later(prompt):
            raise ZeroDivisionError("mine")

        @monitorai.evaluated(client=self.client)
        def stream(prompt):
            yield "a"
            raise ZeroDivisionError("mine")

        for call in (lambda: fails("p"), lambda: asyncio.run(fails_later("p")), lambda: list(stream("p"))):
            with self.assertRaisesRegex(ZeroDivisionError, "mine"):
                call()
        left = stream("p")
        next(left)
        left.close()
        self.assertEqual((self.sent(), self.client.statistics().unfinished), ([], 4))

    def test_what_cannot_be_read_is_counted_and_the_value_is_untouched(self):
        @monitorai.evaluated(client=self.client)
        def numbers(prompt):
            return 42

        @monitorai.evaluated(client=self.client, facts=lambda arguments, result: 1 / 0)
        def wrong_facts(prompt):
            return "a"

        self.assertEqual((numbers("p"), wrong_facts("p")), (42, "a"))
        with self.assertRaises(TypeError):
            numbers()
        self.assertEqual((self.sent(), self.client.statistics().dropped_unreadable), ([], 2))

    def test_an_answer_function_sees_what_was_returned(self):
        @monitorai.evaluated(client=self.client, answer=lambda result: result[0]["generated"], prompt=lambda arguments, result: "fixed")
        def generate():
            return [{"generated": "text"}]

        generate()
        self.assertEqual(self.sent(), [{"answer": "text", "prompt": "fixed"}])


if __name__ == "__main__":
    unittest.main()
