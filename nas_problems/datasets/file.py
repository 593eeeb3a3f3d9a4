"""What ``iohnas data`` knows of a file of recorded data, wherever it comes from."""

from pathlib import Path
from typing import Protocol


class DataFile(Protocol):
    """A file of recorded data, the content of which is pinned by its hash.

    ``UpstreamFile`` is downloaded, ``ConvertedFile`` put in place by its user, ``PackagedTable`` installed with a
    package. A registered problem names its files where it is registered.
    """

    @property
    def name(self) -> str:
        """Its place in ``$IOHNAS_DATA``, or in the package that it comes with."""
        ...

    @property
    def source(self) -> str:
        """Where it comes from: an address, a package, or what it was converted from."""
        ...

    @property
    def sha256(self) -> str:
        """The pinned hash; see ``check_sha256``."""
        ...

    @property
    def licence(self) -> str:
        """Licence of the data, as its source states it."""
        ...

    @property
    def is_packaged(self) -> bool:
        """Whether every installation has it."""
        ...

    @property
    def at_hand(self) -> bool:
        """Whether it can be read without a download."""
        ...

    def path(self) -> Path:
        """Where it is, after downloading it if need be.

        Raises:
            DataUnavailableError: It cannot be had.
            ImportError: The package that it comes with is not installed.
        """
        ...

    def read(self) -> bytes:
        """The verified content.

        Raises:
            DataUnavailableError: See ``path``.
            ImportError: See ``path``.
            ValueError: Another hash; the message names the file and both hashes.
        """
        ...
