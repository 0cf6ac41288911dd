"""Checkpoints: all that a training needs to go on, as it was when an epoch had ended, in memory and in a file.

A file that is there is gone on from only by the same training: what the two would differ in is compared first.
"""

from __future__ import annotations

import copy
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from optiviz.archives import Archive, opened, write_archive
from optiviz.files import check_place
from optiviz.nn.history import History
from optiviz.nn.layer import Array
from optiviz.optimizers import State

if TYPE_CHECKING:
    from optiviz.nn.model import Model

__all__ = ["Checkpoint", "Snapshot", "architecture", "digest", "generator_in_words"]

CHUNK = 1 << 24
"""So many numbers are read at a time for a digest."""


@dataclass(frozen=True)
class Snapshot:
    """All that a training needs to go on; nothing in it changes when the training does.

    Attributes:
        history: the record until then.
        theta: the weights of the model.
        statistics: what its layers have counted.
        state: what the optimizer and a reaction remember.
        generator: where the generator stood, as NumPy has it.
        memories: what the callbacks remember, of each that has a memory.
    """

    history: History
    theta: Array
    statistics: Array
    state: State
    generator: Mapping[str, Any]
    memories: Sequence[Any]

    @classmethod
    def of(cls, history: History, model: Model, state: State, rng: np.random.Generator, memories: Any) -> Snapshot:
        """Copies of all that there is now."""
        state = copy.deepcopy(state)
        generator = copy.deepcopy(rng.bit_generator.state)
        return cls(history, model.theta.copy(), model.statistics.copy(), state, generator, memories)


@dataclass(frozen=True)
class Checkpoint:
    """The file of a training.

    Attributes:
        path: where it is.
        facts: what must be the same for a training to go on from it, by the arguments of `fit`.
    """

    path: Path
    facts: Mapping[str, Any]

    def write(self, snapshot: Snapshot) -> None:
        """Replace the file, or leave it as it is.

        Raises:
            OSError: it cannot be written.
            TypeError: a callback remembers what has no words.
        """
        arrays: dict[str, Array] = {}
        parts = {**vars(snapshot), "history": snapshot.history.arrays, "state": vars(snapshot.state)}
        facts = {"of": self.facts, "history": snapshot.history.facts, "parts": _packed(parts, "", arrays)}
        try:
            write_archive(self.path, "checkpoint", facts, arrays)
        except OSError as error:
            done = f"the checkpoint after epoch {len(snapshot.history.loss)} could not be written ({error.strerror})"
            what = f"{done}; the file is as it was before; make room, or name another place, and call fit again"
            raise OSError(error.errno, what, str(self.path)) from error

    def read(self) -> Snapshot | None:
        """What stands in the file; None if there is none.

        Raises:
            OSError: there can be no such file, or it cannot be read.
            ValueError: it is damaged, or not the checkpoint of this training.
        """
        check_place(self.path)
        if not os.path.lexists(self.path):
            return None
        try:
            with opened(self.path, "checkpoint") as archive:
                facts, parts = archive.facts["of"], _unpacked(archive.facts["parts"], archive)
                history = History.of(archive.facts["history"], parts["history"])
                found = Snapshot(**{**parts, "history": history, "state": State(**parts["state"])})
        except ValueError as error:
            raise ValueError(f"{error}; remove it, or name another file, to begin anew") from None
        self._compare(facts, history)
        return found

    def _compare(self, then: Mapping[str, Any], history: History) -> None:
        now = json.loads(json.dumps(self.facts))
        for name in now:
            if name != "epochs" and then.get(name) != now[name]:
                ours, theirs = _apart(now[name], then.get(name))
                raise ValueError(
                    f"{self.path} is the checkpoint of another training: its {name} is {theirs}, and that of this one "
                    f"is {ours}; call fit as it was called then to go on, or name another file to begin anew"
                )
        if now["epochs"] < then["epochs"]:
            raise ValueError(
                f"{self.path} is the checkpoint of a training of {then['epochs']} epochs, of which {len(history.loss)} "
                f"are done, and there can only be more of them; write epochs={then['epochs']}, or name another file"
            )


def _apart(ours: Any, theirs: Any) -> tuple[str, str]:
    """Two values in words, of lists the first entries that differ."""
    if isinstance(ours, list) and isinstance(theirs, list):
        pairs = [*zip([*ours, "at its end"], [*theirs, "at its end"], strict=False)]
        ours, theirs = next(pair for pair in pairs if pair[0] != pair[1])
    said = ["none" if value in ("", [], None) else str(value) for value in (ours, theirs)]
    return said[0], said[1]


def _packed(value: Any, name: str, arrays: dict[str, Array]) -> Any:
    """The value as JSON has it, with its arrays put aside by the names of their places."""
    if isinstance(value, Mapping) and all(isinstance(key, str) for key in value):
        return {key: _packed(each, f"{name}.{key}".lstrip("."), arrays) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [_packed(each, f"{name}.{i}", arrays) for i, each in enumerate(value)]
    if isinstance(value, (np.ndarray, np.generic)) and value.dtype.kind in "biuf":
        arrays[name] = np.asarray(value)
        return {"array": name}
    if value is None or isinstance(value, (str, bool, int, float)):
        return value
    raise TypeError(
        f"{name} is {value!r:.60}, which a checkpoint cannot hold; arrays, numbers, texts, lists and dicts it can"
    )


def _unpacked(value: Any, archive: Archive) -> Any:
    if isinstance(value, dict):
        if [*value] == ["array"] and isinstance(value["array"], str):
            return archive.array(value["array"])[()]  # of no axes, a number of NumPy
        return {name: _unpacked(each, archive) for name, each in value.items()}
    return [_unpacked(each, archive) for each in value] if isinstance(value, list) else value


# What is compared.
def architecture(model: Model) -> list[str]:
    """The nodes of a model: which layer each is a call of, and of which nodes.

    >>> from optiviz.nn import Dense, Input, Sequential
    >>> architecture(Sequential([Input(shape=(2,)), Dense(3), Dense(1)]))
    ['0: input (2,) in float32', '1: dense Dense(3) of 0', '2: dense_1 Dense(1) of 1']
    """
    number = {id(node): i for i, node in enumerate(model.nodes)}
    said = []
    for node in model.nodes:
        words = f"input {node.shape} in {model.dtype}"
        if node.layer is not None:
            words = f"{model.names[node.layer]} {node.layer!r} of {', '.join(str(number[id(n)]) for n in node.inputs)}"
        said.append(f"{number[id(node)]}: {words}")
    return said


def digest(arrays: Sequence[Array]) -> str:
    """A text that is the same for the same numbers, and for no others.

    >>> x = np.arange(6.0)
    >>> digest([x]) == digest([x[::-1][::-1]]), digest([x]) == digest([x.reshape(2, 3)])
    (True, False)
    """
    hashed = blake2b(digest_size=16)
    for array in arrays:
        hashed.update(f"{array.dtype.str}{array.shape}".encode())
        length = max(1, CHUNK * len(array) // max(1, array.size))
        for start in range(0, len(array), length):
            numbers = np.ascontiguousarray(array[start : start + length]).reshape(-1)
            hashed.update(numbers.view(np.uint8).data)
    return hashed.hexdigest()


def generator_in_words(rng: np.random.Generator) -> str:
    """Which generator, and where it stands."""
    arrays: dict[str, Array] = {}
    said = json.dumps(_packed(rng.bit_generator.state, "state", arrays))
    place = digest([np.frombuffer(said.encode(), np.uint8), *arrays.values()])
    return f"a {type(rng.bit_generator).__name__} that stands at {place}"
