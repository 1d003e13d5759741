"""Mutation testing: `make mutate` changes the modules that decide about money, one spot at a time, and lets their tests
find it. Survivors are written out; docs/reference/mutation.md explains each one that is left.

`python scripts/mutate.py [PART OF A MODULE'S NAME ...]`. Each mutant lives in a forked process and never in a file.
"""

import ast
import contextlib
import importlib
import importlib.abc
import importlib.machinery
import os
import resource
import signal
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import ModuleType

import hypothesis
import pytest

ROOT = Path(__file__).parents[1]
PLUGINS: Mapping[str, Path] = {
    "connector_woocommerce": ROOT / "plugins" / "woocommerce",
    "connector_odoo": ROOT / "plugins" / "odoo",
    "connector_salesforce": ROOT / "plugins" / "salesforce",
}
sys.path[:0] = [str(ROOT), *map(str, PLUGINS.values())]

from scripts.mutations import changes  # noqa: E402 - a script's own folder is the only one Python looks into

CORE, UNIT, STORE = "connector_core", "tests/unit", "tests/integration/store"
_WORDS, _STATE = f"{UNIT}/domain/test_words.py", f"{UNIT}/domain/test_state.py"
_PAYMENT, _MESSAGE = f"{UNIT}/flow/test_track_payment.py", f"{UNIT}/flow/test_track_message.py"
_LYRA, _LYRA_TESTS = f"{CORE}.adapters.psp_lyra", f"{UNIT}/adapters/psp_lyra"
_COMMITS = tuple(f"{STORE}/test_{name}.py" for name in ("bulk", "commits", "lost_answers"))
_STATEMENTS, _DRAFTS = f"{STORE}/test_statements.py", f"{STORE}/test_drafts.py"
_LEASES = (f"{UNIT}/adapters/store_sql/test_leases.py", f"{STORE}/test_lease_rows.py", f"{STORE}/test_leases.py")
_SALESFORCE, _PACKAGE = "tests/plugins/salesforce/test_{}.py", "tests/plugins/salesforce_package/test_package.py"
MODULES: Mapping[str, Sequence[str]] = {
    f"{CORE}.domain.money": (f"{UNIT}/domain/test_money.py",),
    f"{CORE}.domain.state": (_STATE,),
    f"{CORE}.domain.payment": (_WORDS, _STATE, _PAYMENT),
    f"{CORE}.domain.request": (_WORDS, _STATE, _PAYMENT),
    f"{CORE}.domain.message": (_WORDS, _STATE, _MESSAGE),
    f"{CORE}.domain.phone": (f"{UNIT}/domain/test_phone.py",),
    f"{CORE}.domain.webhook_signature": (f"{UNIT}/domain/test_webhook_signature.py",),
    f"{CORE}.flow.track_payment": (_PAYMENT,),
    f"{CORE}.flow.track_message": (_MESSAGE,),
    f"{CORE}.flow.intake": (f"{UNIT}/flow/test_intake.py",),
    f"{CORE}.flow.patience": (f"{UNIT}/flow/test_patience.py",),
    f"{CORE}.flow.refund": (f"{UNIT}/flow/test_refund.py", f"{UNIT}/flow/test_refund_at_psp.py"),
    f"{_LYRA}.notification": (f"{_LYRA_TESTS}/test_notification.py",),
    f"{_LYRA}.amounts": (f"{_LYRA_TESTS}/test_amounts.py",),
    f"{_LYRA}.transactions": (f"{_LYRA_TESTS}/test_transactions.py",),
    f"{_LYRA}.refunds": (f"{_LYRA_TESTS}/test_gateway.py",),
    f"{CORE}.adapters.channels.whatsapp_webhook": (f"{UNIT}/adapters/channels/test_whatsapp_webhook.py",),
    "connector_woocommerce.webhook": ("tests/plugins/woocommerce/test_webhook.py",),
    f"{CORE}.adapters.store_sql.bulk": _COMMITS,
    f"{CORE}.adapters.store_sql.statements": (_STATEMENTS, *_COMMITS, f"{STORE}/test_books.py", _DRAFTS),
    f"{CORE}.adapters.store_sql.drafts": (_DRAFTS,),
    f"{CORE}.adapters.store_sql.leases": _LEASES,
    f"{CORE}.adapters.web.limits": (f"{UNIT}/adapters/web/test_limits.py",),
    f"{CORE}.adapters.web.api.idempotent": (f"{UNIT}/adapters/web/api/test_idempotent.py",),
    "connector_odoo.webhook": ("tests/plugins/odoo/test_webhook.py",),
    f"{CORE}.sdk.watermark": (f"{UNIT}/sdk/test_watermark.py", _SALESFORCE.format("poll")),
    "connector_salesforce.standing": (_SALESFORCE.format("write_back"), _PACKAGE),
    "connector_salesforce.write_back": (_SALESFORCE.format("write_back"),),
}
"""Each module with the tests that must find what is wrong in it; these need no service."""
_DAEMONS = tuple(f"{STORE}/test_{name}.py" for name in ("lock_order", "overtaken", "two_daemons"))
ON_POSTGRES: Mapping[str, Sequence[str]] = {
    module: (*tests, *(_DAEMONS if module.endswith((".bulk", ".leases")) else ()))
    for module, tests in MODULES.items()
    if ".store_sql." in module
}
"""The tests over PostgreSQL, for what the first have left alive."""

_OPTIONS = ("-x", "-q", "--assert=plain", *(f"-pno:{plugin}" for plugin in ("randomly", "cacheprovider", "xdist")))
_PLAIN, _POSTGRES = ("-k", "not postgres"), ("-k", "not sqlite")
_OURS = (CORE, *PLUGINS, "tests", "scripts", "__main__")
_CPU_SECONDS = 30
"""Ten times what the slowest of these tests takes: a mutant that turns for ever is found, on a busy machine as well."""
_SECONDS = 600.0
"""For tests without a mutant; one that waits for ever gets four times what they take, and half a minute."""
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
    """Writes out the survivors of one module; how many there are.

    On PostgreSQL one must be found twice: leases run by the clock, and a busy machine is no proof.
    """
    path = source_of(module)
    numbers: Sequence[int] = range(total := len(changes(_tree(path))))
    rounds = [((*_PLAIN, *tests), 1)]
    if module in ON_POSTGRES:
        rounds.append(((*_POSTGRES, *ON_POSTGRES[module]), 2))
    for arguments, tries in rounds:
        if (limit := _limit(module, path, arguments)) is None:
            say(f"{module}: its tests fail without a mutant")
            return 1
        alive: set[int] = set()
        for _ in range(tries):
            alive.update(_alive(module, path, arguments, [n for n in numbers if n not in alive], limit))
        numbers = sorted(alive)
    say(f"{module}: {total} mutants, {total - len(numbers)} killed, {len(numbers)} survived")
    for number in numbers:
        change = changes(_tree(path))[number]
        say(f"  {change.line}: {change.words}")
    return len(numbers)


def _limit(module: str, path: Path, arguments: Sequence[str]) -> float | None:
    """How many seconds the tests may take, by what they take without a mutant; None when they fail.

    What they load of other projects is then loaded once, before the forks.
    """
    with tempfile.TemporaryDirectory() as folder:
        loaded, began = Path(folder) / "loaded", time.monotonic()
        if not _passed(_started(module, path, None, arguments, loaded), _SECONDS):
            return None
        took = time.monotonic() - began
        for name in loaded.read_text(encoding="utf-8").split():
            with contextlib.suppress(ImportError):
                importlib.import_module(name)
    return min(_SECONDS, 30 + 4 * took)


def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def source_of(module: str) -> Path:
    parts = module.split(".")
    return PLUGINS.get(parts[0], ROOT).joinpath(*parts).with_suffix(".py")


def _alive(
    module: str, path: Path, arguments: Sequence[str], numbers: Sequence[int], limit: float
) -> Iterator[int]:  # fmt: skip
    """The mutants that no test notices."""
    for first in range(0, len(numbers), _AT_ONCE):
        running = []
        for number in numbers[first : first + _AT_ONCE]:
            tree = _tree(path)
            changes(tree)[number].apply()
            running.append((number, _started(module, path, ast.fix_missing_locations(tree), arguments)))
        yield from [number for number, child in running if _passed(child, limit)]


def _started(
    module: str, path: Path, tree: ast.Module | None, arguments: Sequence[str], loaded: Path | None = None
) -> int:  # fmt: skip
    """The process in which the tests run over this mutant; None: over the module as it is. `loaded` gets the names of
    the modules that are not ours.
    """
    child = os.fork()
    if child:
        return child
    os.setpgrp()
    resource.setrlimit(resource.RLIMIT_CPU, (_CPU_SECONDS, _CPU_SECONDS))
    sink = os.open(os.devnull, os.O_WRONLY)
    os.dup2(sink, 1)
    os.dup2(sink, 2)
    if tree is not None:
        sys.meta_path.insert(0, _Mutated(module, path, tree))
    os.chdir(ROOT)
    failed = int(pytest.main([*_OPTIONS, *arguments]))
    if loaded:
        others = [name for name in sys.modules if name.partition(".")[0] not in _OURS]
        loaded.write_text("\n".join(others), encoding="utf-8")
    os._exit(failed)


def _passed(child: int, limit: float) -> bool:
    """Whether the tests of this child pass within the limit; nothing that it started is left."""
    deadline = time.monotonic() + limit
    ended = status = 0
    while not ended and time.monotonic() < deadline:
        ended, status = os.waitpid(child, os.WNOHANG)
        time.sleep(0.01)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child, signal.SIGKILL)
    if not ended:
        os.waitpid(child, 0)
    return ended != 0 and status == 0


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
