"""@evaluated: every answer of a generate function goes to MonitorAI, and the function stays what it was: same values, same exceptions, same
kind (function, coroutine, generator, asynchronous generator)."""
import functools
import inspect
from typing import Any, Callable, Dict, Generator, Iterator, List, Optional, TypeVar, Union, cast

from ._client import ANSWER_CHARACTERS_MAX, Client, shared

F = TypeVar("F", bound=Callable[..., Any])
From = Union[str, Callable[..., Any], None]


def _piece(value: Any) -> str:
    """The text of a whole answer or of one piece of a stream: a string, or OpenAI's objects and dicts."""
    if isinstance(value, str):
        return value
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")

    def of(thing: Any, name: str) -> Any:
        return thing.get(name) if isinstance(thing, dict) else getattr(thing, name, None)

    choices = of(value, "choices")
    if choices:
        first = choices[0]
        for part in ("message", "delta"):
            if of(first, part) is not None:
                return of(of(first, part), "content") or ""
        return of(first, "text") or ""
    for name in ("answer", "text", "content", "response", "generated_text", "output_text"):
        if isinstance(of(value, name), str):
            return cast(str, of(value, name))
    return ""


def _logprobs(value: Any) -> Any:
    """What OpenAI's answers carry beside their text."""
    choices = value.get("choices") if isinstance(value, dict) else getattr(value, "choices", None)
    if not choices:
        return None
    first = choices[0]
    return first.get("logprobs") if isinstance(first, dict) else getattr(first, "logprobs", None)


class _Watch:
    """How the calls of one function become answers."""

    def __init__(self, function: Callable[..., Any], client: Optional[Client], prompt: From, answer: Optional[Callable[[Any], Any]],
                 facts: From, logprobs: From, model: From, fixed: Dict[str, Any]) -> None:
        self._client, self._answer, self._fixed = client, answer, fixed
        self._taken: Dict[str, From] = {"prompt": prompt, "facts": facts, "logprobs": logprobs}
        if callable(model):
            self._taken["model"] = model
        elif model is not None:
            self._fixed["model"] = model
        try:
            self._signature: Optional[inspect.Signature] = inspect.signature(function)
        except (TypeError, ValueError):
            self._signature = None
        if prompt is None and self._signature is not None:
            names = [name for name in self._signature.parameters if name not in ("self", "cls")]
            self._taken["prompt"] = "prompt" if "prompt" in names else names[0] if names else None

    @property
    def client(self) -> Client:
        return self._client or shared()

    def finished(self, args: Any, kwargs: Any, result: Any, pieces: Optional[List[Any]] = None) -> None:
        """Never raises: what a caller's function for prompt, facts or answer raises is counted."""
        try:
            arguments: Dict[str, Any] = {}
            if self._signature is not None:
                bound = self._signature.bind(*args, **kwargs)
                bound.apply_defaults()
                arguments = bound.arguments
            row = dict(self._fixed)
            for name, source in self._taken.items():
                value = arguments.get(source) if isinstance(source, str) else source(arguments, result) if callable(source) else None
                if name == "prompt" and isinstance(value, list):  # OpenAI's messages
                    value = "\n".join(str(one.get("content") or "") if isinstance(one, dict) else str(one) for one in value)
                if value is not None:
                    row[name] = value
            if pieces is not None:
                answer = "".join(_piece(piece) for piece in pieces) if self._answer is None else self._answer(pieces)
            else:
                answer = _piece(result) if self._answer is None else self._answer(result)
                row.setdefault("logprobs", _logprobs(result))
            if answer:
                self.client.evaluate(str(answer), **row)
            else:
                self.client.count("dropped_unreadable")
        except Exception:
            self.client.count("dropped_unreadable")

    def unfinished(self) -> None:
        self.client.count("unfinished")


class _Pieces:
    """What a stream gave, as much of it as would be taken."""

    def __init__(self) -> None:
        self.all: List[Any] = []
        self._characters = 0

    def add(self, piece: Any) -> None:
        if self._characters <= ANSWER_CHARACTERS_MAX:
            self._characters += len(piece) if isinstance(piece, (str, bytes)) else 1
            self.all.append(piece)


class _Stream(Iterator[Any]):
    """An iterator beside which pieces are noted."""

    def __init__(self, watch: _Watch, args: Any, kwargs: Any, inner: Any) -> None:
        self._watch, self._args, self._kwargs, self._inner, self._pieces = watch, args, kwargs, inner, _Pieces()
        self._over = False

    def _end(self, whole: bool) -> None:
        if self._over:
            return
        self._over = True
        if whole:
            self._watch.finished(self._args, self._kwargs, None, self._pieces.all)
        else:
            self._watch.unfinished()

    def _step(self, step: Callable[[], Any]) -> Any:
        try:
            piece = step()
        except StopIteration:
            self._end(whole=True)
            raise
        except BaseException:
            self._end(whole=False)
            raise
        self._pieces.add(piece)
        return piece

    def __next__(self) -> Any:
        return self._step(lambda: next(self._inner))

    def send(self, value: Any) -> Any:
        return self._step(lambda: self._inner.send(value))

    def throw(self, *error: Any) -> Any:
        return self._step(lambda: self._inner.throw(*error))

    def close(self) -> None:
        self._end(whole=False)
        self._inner.close()


def evaluated(function: Optional[F] = None, *, prompt: From = None, facts: From = None, answer: Optional[Callable[[Any], Any]] = None,
              logprobs: From = None, model: Union[str, Callable[..., Any], None] = None, service: Optional[str] = None,
              route: Optional[str] = None, client: Optional[Client] = None) -> Any:
    """Sends each answer of the function it decorates, once it is whole.

    prompt: the name of the argument that holds it; without, the one named "prompt" or the first. facts: likewise, the passages. answer: a
    function from what was returned (of a stream: the list of its pieces) to the text; without, strings, streams of strings and OpenAI's
    answers are understood. prompt, facts, logprobs and model may also be functions of (arguments: dict, returned value). A call that
    raises and a stream that is left before its end are counted (`unfinished`), not sent."""

    def decorate(target: F) -> F:
        watch = _Watch(target, client, prompt, answer, facts, logprobs, model,
                       {name: value for name, value in (("service", service), ("route", route)) if value is not None})
        if inspect.isasyncgenfunction(target):
            return cast(F, _of_async_generator(target, watch))
        if inspect.isgeneratorfunction(target):
            @functools.wraps(target)
            def generator(*args: Any, **kwargs: Any) -> Generator[Any, Any, Any]:
                return (yield from cast(Any, _Stream(watch, args, kwargs, target(*args, **kwargs))))
            return cast(F, generator)
        if inspect.iscoroutinefunction(target):
            @functools.wraps(target)
            async def coroutine(*args: Any, **kwargs: Any) -> Any:
                try:
                    result = await target(*args, **kwargs)
                except BaseException:
                    watch.unfinished()
                    raise
                return _after(watch, args, kwargs, result)
            return cast(F, coroutine)

        @functools.wraps(target)
        def plain_function(*args: Any, **kwargs: Any) -> Any:
            try:
                result = target(*args, **kwargs)
            except BaseException:
                watch.unfinished()
                raise
            return _after(watch, args, kwargs, result)
        return cast(F, plain_function)

    return decorate if function is None else decorate(function)


def _after(watch: _Watch, args: Any, kwargs: Any, result: Any) -> Any:
    """A function may return a stream."""
    if inspect.isgenerator(result):
        return _Stream(watch, args, kwargs, result)
    if inspect.isasyncgen(result):
        return _of_async_generator(lambda: result, watch, args, kwargs)()
    watch.finished(args, kwargs, result)
    return result


def _of_async_generator(target: Callable[..., Any], watch: _Watch, told_args: Any = None, told_kwargs: Any = None) -> Callable[..., Any]:
    @functools.wraps(target)
    async def generator(*args: Any, **kwargs: Any) -> Any:
        inner, pieces, whole = target(*args, **kwargs), _Pieces(), False
        try:
            step = inner.asend(None)
            while True:
                try:
                    piece = await step
                except StopAsyncIteration:
                    whole = True
                    return
                pieces.add(piece)
                try:
                    sent = yield piece
                except GeneratorExit:
                    await inner.aclose()
                    raise
                except BaseException as error:
                    step = inner.athrow(error)
                else:
                    step = inner.asend(sent)
        finally:
            if whole:
                watch.finished(args if told_args is None else told_args, kwargs if told_kwargs is None else told_kwargs, None, pieces.all)
            else:
                watch.unfinished()
    return generator
