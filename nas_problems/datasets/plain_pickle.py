"""Pickles of plain numbers, strings, lists and dicts: no class is ever looked up, whatever the file says."""

import io
import pickle


class _PlainUnpickler(pickle.Unpickler):
    def find_class(self, module_name: str, global_name: str) -> object:
        raise ValueError(f"a table holds only numbers, strings, lists and dicts; found {module_name}.{global_name}")


def load_plain(content: bytes) -> object:
    """What a pickle holds.

    Args:
        content: The bytes of a file whose hash was checked.

    Raises:
        ValueError: It names a class or a function.

    >>> load_plain(pickle.dumps({"latency": [1.5, 2.5]}))
    {'latency': [1.5, 2.5]}
    """
    content_read: object = _PlainUnpickler(io.BytesIO(content)).load()
    return content_read
