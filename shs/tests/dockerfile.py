"""Reads a Dockerfile as far as ours goes: its stages, each with its instructions in order."""

import json
import shlex
from dataclasses import dataclass, field
from pathlib import Path


@dataclass
class Stage:
    """What stands between one FROM and the next: the image it begins with, its name, and (instruction, argument)."""

    image: str
    name: str
    steps: list[tuple[str, str]] = field(default_factory=list)

    def all(self, instruction: str) -> list[str]:
        """The arguments of every instruction of this kind."""
        return [argument for kind, argument in self.steps if kind == instruction]

    def only(self, instruction: str) -> str:
        """The argument of the last instruction of this kind, which is the one that counts."""
        return self.all(instruction)[-1]

    def environment(self) -> dict[str, str]:
        """What ENV sets, with the outer values of other names left as they stand."""
        return dict(pair.split("=", 1) for argument in self.all("ENV") for pair in shlex.split(argument))


def stages(file: Path) -> list[Stage]:
    """The stages of a Dockerfile. Lines that end with a backslash go on; comments and empty lines count for nothing."""
    lines = [line for line in file.read_text(encoding="utf-8").splitlines() if not line.lstrip().startswith("#")]
    found: list[Stage] = []
    for line in "\n".join(lines).replace("\\\n", " ").splitlines():
        kind, _space, argument = line.strip().partition(" ")
        if kind == "FROM":
            image, _as, name = argument.partition(" AS ")
            found.append(Stage(image.strip(), name.strip()))
        elif kind:
            found[-1].steps.append((kind, argument.strip()))
    return found


def command(argument: str) -> list[str]:
    """The program and its arguments of a CMD in brackets, also that of a HEALTHCHECK."""
    found: list[str] = json.loads(argument[argument.index("[") :])
    return found
