"""Where the files of a set may lie: in a folder of the user's, or in the cache."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from optiviz.data.published import Published

__all__ = ["cache", "found_in", "user_folder"]


def cache() -> Path:
    """The folder that downloads are kept in: OPTIVIZ_CACHE, or `optiviz` where the system keeps such things.

    Raises:
        FileNotFoundError: the system keeps none for this user.
    """
    if chosen := os.environ.get("OPTIVIZ_CACHE"):
        return Path(os.path.expanduser(chosen))
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or _home() / "AppData" / "Local") / "optiviz" / "Cache"
    if sys.platform == "darwin":
        return _home() / "Library" / "Caches" / "optiviz"
    base = os.environ.get("XDG_CACHE_HOME", "")
    return (Path(base) if os.path.isabs(base) else _home() / ".cache") / "optiviz"


def _home() -> Path:
    try:
        return Path.home()
    except RuntimeError:
        raise FileNotFoundError(
            "you have no home directory to keep downloads in; name a directory in OPTIVIZ_CACHE"
        ) from None


def user_folder(data_dir: str | os.PathLike[str] | None) -> Path | None:
    """The folder of the user's, if there is one: `data_dir`, or OPTIVIZ_DATA.

    Raises:
        NotADirectoryError: it does not exist or is a file.
    """
    said = os.fspath(data_dir) if data_dir is not None else os.environ.get("OPTIVIZ_DATA")
    if not said:
        return None
    folder = Path(os.path.expanduser(said))  # unlike that of Path, it lets a user be who is not there
    if not os.path.isdir(folder):
        whose = "data_dir" if data_dir is not None else "OPTIVIZ_DATA"
        raise NotADirectoryError(f"{whose} is {folder}, which is no directory; name the one that holds the data")
    return folder


def found_in(folder: Path, published: Published) -> dict[str, Path]:
    """Of what a set contains, that which lies in a folder, and the file that has it, unpacked or packed.

    Raises:
        FileNotFoundError: some of what is needed lies there, and some does not.
    """
    for place in _places(folder, published):
        found: dict[str, Path] = {}
        for download in published.downloads:
            for name in download.contents:
                called = (name.rpartition("/")[2], download.name, *download.also)
                file = next((place / c for c in called if (place / c).is_file()), None)
                if file is not None:
                    found[name] = file
        if found:
            _refuse_part(place, published, found)
            return found
    return {}


def _places(folder: Path, published: Published) -> Iterator[Path]:
    """The folders called as the set, what they have inside for it, and the folder itself."""
    for named in _called(folder, published.folders):
        yield from _called(named, published.inside)
        yield named
    yield from _called(folder, published.inside)
    yield folder


def _called(folder: Path, names: tuple[str, ...]) -> list[Path]:
    return [
        child
        for child in sorted(folder.iterdir())
        if re.sub("[^a-z0-9]", "", child.name.lower()) in names and child.is_dir()
    ]


def _refuse_part(place: Path, published: Published, found: dict[str, Path]) -> None:
    missing = sorted(published.missing(found), key=[*published.contents].index)
    if missing:
        packed = {d.name: d.mirrors[0] for d in published.downloads if any(name in missing for name in d.contents)}
        raise FileNotFoundError(
            f"{place} has {published.title} in part: {' and '.join(name.rpartition('/')[2] for name in missing)} "
            f"{'is' if len(missing) == 1 else 'are'} missing; copy {' and '.join(packed)} there, from "
            f"{' and '.join(packed.values())}"
        )
