"""Published tables that only exist as pickles or archives upstream, converted once to csv or npz.

Upstream pickles are never read here, so that these files cannot be fetched from their source as they are.
They are looked for in ``$IOHNAS_DATA``, in the folder that holds it, and in the cache; nothing is read
from them unless they have the pinned sha256.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from nas_problems.datasets.cache import cache_folder, check_sha256
from nas_problems.datasets.upstream import DataUnavailableError


@dataclass(frozen=True, slots=True)
class ConvertedFile:
    """A table converted from a publication of others.

    Args:
        name: Its place, e.g. ``spikenas_bench/cifar10_curves.npz``.
        source: Repository and commit of the original, and what was taken from it.
        sha256: Hash of the converted file.
        licence: Licence of the data, as its source states it.
    """

    name: str
    source: str
    sha256: str
    licence: str

    @property
    def is_packaged(self) -> bool:
        """False: its user puts it in place."""
        return False

    @property
    def at_hand(self) -> bool:
        """Whether the file is there."""
        return any(path.is_file() for path in self._places())

    def path(self) -> Path:
        """Where the file is.

        Raises:
            DataUnavailableError: It is nowhere; the message says where it was looked for and what it is.
        """
        for path in self._places():
            if path.is_file():
                return path
        places = ", ".join(str(path.parent) for path in self._places())
        raise DataUnavailableError(
            f"{self.name}: not in {places} ($IOHNAS_DATA names a folder). It is a conversion of {self.source}; "
            f"put the file (sha256 {self.sha256}) there."
        )

    def read(self) -> bytes:
        """The verified content.

        Raises:
            DataUnavailableError: See ``path``.
            ValueError: Another hash; the message names the file and both hashes.
        """
        return check_sha256(self.path(), self.sha256)

    def _places(self) -> Iterator[Path]:
        folder = os.environ.get("IOHNAS_DATA")
        if folder:
            yield Path(folder) / self.name
            yield Path(folder).parent / self.name
        yield cache_folder() / "upstream" / self.name
