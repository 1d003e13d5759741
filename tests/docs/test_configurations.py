"""What the documentation shows of the configuration can be typed in and works."""

import re
import tomllib
from pathlib import Path

import pytest

from connector_core.settings import load_settings
from tests.docs.configurations import EXAMPLE, is_whole, load_over, started_peers
from tests.docs.pages import SECRET, Block, blocks, write_secret_files


async def test_the_example_to_copy_works_and_every_secret_of_it_is_a_file(tmp_path: Path) -> None:
    path = tmp_path / "paylink.toml"
    path.write_text(EXAMPLE, encoding="utf-8")
    assert write_secret_files(EXAMPLE, tmp_path) >= 7
    settings = load_settings(path)
    assert await started_peers(settings) == 3
    own = [*settings.psp.values(), *settings.channels.values(), *settings.connections.values()]
    secrets = [value for b in own for key, value in b.own.items() if re.search("secret|token|password|key", key)]
    assert len(secrets) >= 7
    assert all(value in (SECRET, [SECRET]) for value in secrets)


def test_whole_configurations_are_told_from_parts() -> None:
    assert is_whole(EXAMPLE)
    assert not is_whole("[psp.main]\n")
    assert blocks("toml")


@pytest.mark.parametrize("block", blocks("toml"), ids=str)
async def test_toml_in_the_documentation_works(block: Block, tmp_path: Path) -> None:
    """A whole configuration by itself, a part of one laid over the example."""
    if is_whole(block.text):
        settings = load_over({}, block.text, tmp_path)
    else:
        assert tomllib.loads(block.text), "comments only show nothing"
        write_secret_files(EXAMPLE, tmp_path)
        settings = load_over(tomllib.loads(EXAMPLE), block.text, tmp_path)
    assert await started_peers(settings) >= 3
