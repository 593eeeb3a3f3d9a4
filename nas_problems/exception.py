"""What an exception says, in one line."""


def describe(error: BaseException) -> str:
    r"""An exception as one line: its type and the first line of its message.

    >>> describe(ValueError("wanted a number\nfound 'x'")), describe(KeyError("name")), describe(MemoryError())
    ('ValueError: wanted a number', 'KeyError: name', 'MemoryError')
    """
    text = str(error.args[0]) if isinstance(error, KeyError) and error.args else str(error)
    lines = text.strip().splitlines()
    return f"{type(error).__name__}: {lines[0]}" if lines else type(error).__name__
