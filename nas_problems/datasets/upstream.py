"""Published files, fetched from their pinned address when first needed.

A file is looked for in ``$IOHNAS_DATA`` (a folder laid out as the names of the files), then in the cache,
then downloaded. Wherever it comes from, nothing is read from it unless it has the pinned sha256.
"""

import os
from dataclasses import dataclass
from pathlib import Path

from nas_problems.datasets.cache import cache_folder, check_sha256


class DataUnavailableError(RuntimeError):
    """A published file is neither available nor can it be downloaded now."""


@dataclass(frozen=True, slots=True)
class UpstreamFile:
    """A file that its authors publish.

    Args:
        name: Its place in ``$IOHNAS_DATA`` and in the cache, e.g. ``learning_from_nas/mnist-results.csv``.
        url: Where it is downloaded from; pinned to a commit or a version.
        sha256: Its hash; see ``check_sha256``.
        licence: Licence of the data, as its source states it.
    """

    name: str
    url: str
    sha256: str
    licence: str

    @property
    def source(self) -> str:
        """The address."""
        return self.url

    @property
    def is_packaged(self) -> bool:
        """False: it is downloaded."""
        return False

    def path(self) -> Path:
        """Where the file is, after downloading it if need be.

        Raises:
            DataUnavailableError: Not available, and the download failed.
            ValueError: A downloaded file has another hash.
        """
        folder = os.environ.get("IOHNAS_DATA")
        if folder and (given := Path(folder) / self.name).is_file():
            return given
        return self._download()

    def read(self) -> bytes:
        """The verified content.

        Raises:
            DataUnavailableError: See ``path``.
            ValueError: Another hash; the message names the file and both hashes.
        """
        return check_sha256(self.path(), self.sha256)

    @property
    def at_hand(self) -> bool:
        """Whether the file can be read without a download."""
        folder = os.environ.get("IOHNAS_DATA")
        return bool(folder and (Path(folder) / self.name).is_file()) or (_upstream_cache() / self.name).is_file()

    def _download(self) -> Path:
        stored = _upstream_cache() / self.name
        if stored.is_file():
            return stored
        import pooch

        pooch.get_logger().setLevel("WARNING")  # it announces every download on standard error
        try:
            downloaded = pooch.retrieve(
                self.url,
                known_hash=None if self.sha256.startswith("git:") else f"sha256:{self.sha256}",
                fname=stored.name,
                path=stored.parent,
            )
        except OSError as error:
            reason = (str(error).splitlines() or [type(error).__name__])[0]
            raise DataUnavailableError(
                f"{self.name}: not in $IOHNAS_DATA nor in {_upstream_cache()}, and {self.url} could not be "
                f"downloaded ({reason}). Without a network, put the file (sha256 {self.sha256}) there."
            ) from error
        return Path(downloaded)


def _upstream_cache() -> Path:
    return cache_folder() / "upstream"
