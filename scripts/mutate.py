"""Mutation testing: `make mutate` changes the modules that decide about money, one spot at a time, and lets their tests
find it. Survivors are written out; docs/reference/mutation.md explains each one that is left.

`python scripts/mutate.py [PART OF A MODULE'S NAME ...]`. Each mutant lives in a forked process and never in a file.
"""

import ast
import importlib.abc
import importlib.machinery
import os
import signal
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import ModuleType

import aiohttp  # noqa: F401 - what all tests need is loaded once, before the forks
import fastapi  # noqa: F401 - as above
import hypothesis
import phonenumbers  # noqa: F401 - as above
import pytest
import sqlalchemy  # noqa: F401 - as above

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "plugins" / "woocommerce")]

from scripts.mutations import Change, changes  # noqa: E402 - a script's own folder is the only one Python looks into

CORE, UNIT = "connector_core", "tests/unit"
_WORDS, _STATE = f"{UNIT}/domain/test_words.py", f"{UNIT}/domain/test_state.py"
MODULES: Mapping[str, Sequence[str]] = {
    f"{CORE}.domain.money": (f"{UNIT}/domain/test_money.py",),
    f"{CORE}.domain.state": (f"{UNIT}/domain/test_state.py",),
    f"{CORE}.domain.payment": (
        f"{UNIT}/domain/test_words.py",
        f"{UNIT}/domain/test_state.py",
        f"{UNIT}/flow/test_track_payment.py",
    ),
    f"{CORE}.domain.request": (
        f"{UNIT}/domain/test_words.py",
        f"{UNIT}/domain/test_state.py",
        f"{UNIT}/flow/test_track_payment.py",
    ),
    f"{CORE}.domain.message": (
        f"{UNIT}/domain/test_words.py",
        f"{UNIT}/domain/test_state.py",
        f"{UNIT}/flow/test_track_message.py",
    ),
    f"{CORE}.flow.track_payment": (f"{UNIT}/flow/test_track_payment.py",),
    f"{CORE}.flow.track_message": (f"{UNIT}/flow/test_track_message.py",),
    f"{CORE}.flow.intake": (f"{UNIT}/flow/test_intake.py",),
    f"{CORE}.adapters.psp_lyra.notification": (f"{UNIT}/adapters/psp_lyra/test_notification.py",),
    f"{CORE}.adapters.channels.whatsapp_webhook": (f"{UNIT}/adapters/channels/test_whatsapp_webhook.py",),
    "connector_woocommerce.webhook": ("tests/plugins/woocommerce/test_webhook.py",),
    f"{CORE}.adapters.store_sql.bulk": ("tests/integration/store/test_commits.py",),
    f"{CORE}.adapters.web.limits": (f"{UNIT}/adapters/web/test_limits.py",),
}
"""Each module with the tests that must find what is wrong in it."""

_OPTIONS = (
    "-x",
    "-q",
    "--assert=plain",
    "-p",
    "no:randomly",
    "-p",
    "no:cacheprovider",
    "-p",
    "no:xdist",
    "-k",
    "not postgres",
)
_SECONDS = 90.0
_AT_ONCE = 2


class _Mutated(importlib.abc.MetaPathFinder, importlib.abc.InspectLoader):
    """Loads the module from a changed tree."""

    def __init__(self, name: str, path: Path, tree: ast.Module) -> None:
        self._name, self._path, self._tree = name, path, tree

    def find_spec(self, name: str, *_: object) -> importlib.machinery.ModuleSpec | None:
        if name != self._name:
            return None
        return importlib.machinery.ModuleSpec(name, self, origin=str(self._path))

    def get_source(self, fullname: str) -> str:
        return self._path.read_text(encoding="utf-8")

    def exec_module(self, module: ModuleType) -> None:
        exec(compile(self._tree, self._path, "exec"), module.__dict__)  # noqa: S102 - it is our own module


def main(wanted: Sequence[str]) -> int:
    """1 when a mutant survived that nobody has explained."""
    hypothesis.settings.register_profile("mutants", database=None, deadline=None, max_examples=30)
    hypothesis.settings.load_profile("mutants")
    survivors = 0
    for module, tests in MODULES.items():
        if not wanted or any(part in module for part in wanted):
            survivors += examine(module, tests)
    return int(survivors > 0)


def examine(module: str, tests: Sequence[str]) -> int:
    """Writes out the survivors of one module; how many there are."""
    path = source_of(module)
    total = len(changes(ast.parse(path.read_text(encoding="utf-8"))))
    if _outcome(_started(module, path, None, tests)) != "survived":
        say(f"{module}: its tests fail without a mutant")
        return 1
    alive = [change for change, outcome in _all(module, path, tests, total) if outcome == "survived"]
    say(f"{module}: {total} mutants, {total - len(alive)} killed, {len(alive)} survived")
    for change in alive:
        say(f"  {change.line}: {change.words}")
    return len(alive)


def source_of(module: str) -> Path:
    parts = module.split(".")
    folder = ROOT if parts[0] == CORE else ROOT / "plugins" / "woocommerce"
    return folder.joinpath(*parts).with_suffix(".py")


def _all(module: str, path: Path, tests: Sequence[str], total: int) -> Iterator[tuple[Change, str]]:
    for first in range(0, total, _AT_ONCE):
        running = []
        for number in range(first, min(first + _AT_ONCE, total)):
            tree = ast.parse(path.read_text(encoding="utf-8"))
            change = changes(tree)[number]
            change.apply()
            running.append((change, _started(module, path, ast.fix_missing_locations(tree), tests)))
        yield from ((change, _outcome(child)) for change, child in running)


def _started(module: str, path: Path, tree: ast.Module | None, tests: Sequence[str]) -> int:
    """The process in which the tests run over this mutant; None: over the module as it is."""
    child = os.fork()
    if child:
        return child
    os.setpgrp()
    sink = os.open(os.devnull, os.O_WRONLY)
    os.dup2(sink, 1)
    os.dup2(sink, 2)
    if tree is not None:
        sys.meta_path.insert(0, _Mutated(module, path, tree))
    os.chdir(ROOT)
    os._exit(int(pytest.main([*_OPTIONS, *tests])))


def _outcome(child: int) -> str:
    deadline = time.monotonic() + _SECONDS
    while time.monotonic() < deadline:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            return "survived" if status == 0 else "killed"
        time.sleep(0.01)
    os.killpg(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return "killed"


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
