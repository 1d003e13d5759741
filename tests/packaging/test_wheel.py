"""What is installed is the wheel: built, put into a clean virtual environment, and at work there."""

import os
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SECONDS = 240


def run(*command: str | Path, cwd: Path) -> str:
    """Its output. The environment is bare, so that nothing of this checkout is found by chance."""
    environment = {"PATH": os.environ["PATH"], "LANG": "C.UTF-8", "HOME": str(cwd)}
    words = [str(part) for part in command]
    done = subprocess.run(words, cwd=cwd, env=environment, capture_output=True, text=True, timeout=SECONDS, check=False)
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built from a copy of the tracked files: what a checkout holds beside them is not in it."""
    source, target = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("wheel")
    listing = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(listing, cwd=ROOT, capture_output=True, check=True)
    for name in filter(None, listed.stdout.decode().split("\0")):
        if (ROOT / name).is_file():
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            (source / name).write_bytes((ROOT / name).read_bytes())
    run(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", target, cwd=source)
    (built,) = target.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def paylink(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The command in a virtual environment that holds the wheel alone; other libraries are lent by this one."""
    home = tmp_path_factory.mktemp("venv")
    venv.create(home, with_pip=False)
    binaries = home / "bin"
    run(
        sys.executable,
        "-m",
        "pip",
        "--python",
        binaries / "python",
        "install",
        "--no-deps",
        "--no-index",
        wheel,
        cwd=home,
    )
    (site,) = home.glob("lib/python*/site-packages")
    (site / "lent.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return binaries / "paylink"


def test_only_our_own_names_are_installed_at_top_level(wheel: Path) -> None:
    top = {name.partition("/")[0] for name in zipfile.ZipFile(wheel).namelist()}
    assert {name for name in top if not name.endswith(".dist-info")} == {
        "connector_core",
        "connector_mappings",
        "connector_odoo",
        "connector_salesforce",
        "connector_woocommerce",
    }


def test_the_command_and_its_plugins_are_there(paylink: Path, tmp_path: Path) -> None:
    assert run(paylink, "--version", cwd=tmp_path).startswith("paylink-connector ")
    listed = run(paylink, "plugins", "list", cwd=tmp_path)
    assert all(name in listed for name in ("odoo", "salesforce", "woocommerce"))
    found = run(paylink.parent / "python", "-c", "import connector_core; print(connector_core.__file__)", cwd=tmp_path)
    assert found.startswith(str(paylink.parents[1]))


def test_the_main_job_runs_from_the_wheel(paylink: Path, tmp_path: Path) -> None:
    """A shop, a Lyra, a phone and the daemon, with pages, mappings and migrations from the wheel."""
    assert "All ledgers compared" in run(paylink, "demo", "--orders", "5", "--exit", cwd=tmp_path)
