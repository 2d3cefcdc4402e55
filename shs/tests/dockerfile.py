"""A minimal parser of our Dockerfile: its stages, each with its instructions in order."""

import json
import shlex
from dataclasses import dataclass, field
from pathlib import Path


@dataclass
class Stage:
    """The instructions of one FROM: its base image, its name, and pairs of instruction and argument."""

    image: str
    name: str
    steps: list[tuple[str, str]] = field(default_factory=list)

    def all(self, instruction: str) -> list[str]:
        """The arguments of all instructions of this kind."""
        return [argument for kind, argument in self.steps if kind == instruction]

    def only(self, instruction: str) -> str:
        """The argument of the last instruction of this kind, which is the effective one."""
        return self.all(instruction)[-1]

    def environment(self) -> dict[str, str]:
        """The variables set by ENV; references to other variables are not expanded."""
        return dict(pair.split("=", 1) for argument in self.all("ENV") for pair in shlex.split(argument))


def stages(file: Path) -> list[Stage]:
    """The stages of a Dockerfile. Lines that end with a backslash are joined; comments and empty lines are skipped."""
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
    """The program and arguments of a CMD in brackets, also of a HEALTHCHECK."""
    found: list[str] = json.loads(argument[argument.index("[") :])
    return found
