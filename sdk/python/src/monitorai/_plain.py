"""Values of other people's libraries as plain JSON: what NumPy, PyTorch, OpenAI's and vLLM's objects hold."""
import dataclasses
import math
from typing import Any

_DEPTH_MAX = 12
_LOG_P_OF_NEVER = -9999.0  # what OpenAI writes for -inf


def plain(value: Any, depth: int = 0) -> Any:
    """JSON's types only. NaN is null, -inf OpenAI's -9999. Raises TypeError for what has no plain form."""
    if value is None or isinstance(value, (str, bool, int)):
        return value
    if isinstance(value, float):
        if math.isfinite(value):
            return value
        return _LOG_P_OF_NEVER if value == -math.inf else None
    if depth == _DEPTH_MAX:
        raise TypeError("nested too deeply")
    if isinstance(value, dict):
        return {str(key): plain(one, depth + 1) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(one, depth + 1) for one in value]
    for method in ("model_dump", "tolist", "_asdict"):  # pydantic (OpenAI); NumPy and PyTorch; named tuples
        if callable(getattr(value, method, None)):
            return plain(getattr(value, method)(), depth + 1)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):  # vLLM
        return {field.name: plain(getattr(value, field.name), depth + 1) for field in dataclasses.fields(value)}
    raise TypeError(f"{type(value).__name__} has no plain form")
