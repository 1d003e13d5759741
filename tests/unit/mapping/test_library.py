import importlib.util
import sys
import types
from importlib.machinery import ModuleSpec
from pathlib import Path

import pytest

from connector_core.domain.errors import ConfigurationError
from connector_core.mapping import compile_file, load_library
from connector_core.mapping.library import INSTALLED
from tests.unit.mapping.documents import MAPPINGS, document


def test_documents_are_found_deeply_and_a_later_folder_wins(tmp_path: Path) -> None:
    own = tmp_path / "own" / "deep"
    own.mkdir(parents=True)
    text = (MAPPINGS / "woocommerce/order.yaml").read_text(encoding="utf-8")
    (own / "woo.yml").write_text(text.replace("version: 1", "version: 2", 1), encoding="utf-8")
    (own / "shop.yaml").write_text(document(), encoding="utf-8")
    library = load_library([MAPPINGS, tmp_path])
    assert {"shop.order", "woocommerce.order"} <= set(library.sources)
    assert library.document("woocommerce.order").label.startswith("woocommerce.order@2+")
    assert library.document("woocommerce.order").file == f"{tmp_path}/own/deep/woo.yml"


def test_nothing_is_put_to_work_that_does_not_compile_fault_65(tmp_path: Path) -> None:
    (tmp_path / "good.yaml").write_text(document(), encoding="utf-8")
    (tmp_path / "bad.yaml").write_text(document().replace("as: money", "as: mony"), encoding="utf-8")
    with pytest.raises(ConfigurationError, match=r"bad\.yaml:\d+: fields\.amount\.as: .*Did you mean 'money'"):
        load_library([tmp_path])
    with pytest.raises(ConfigurationError, match="Did you mean 'money'"):
        compile_file(tmp_path / "bad.yaml")


def test_one_kind_of_record_is_mapped_once_in_a_folder(tmp_path: Path) -> None:
    for name in ("a.yaml", "b.yaml"):
        (tmp_path / name).write_text(document(), encoding="utf-8")
    with pytest.raises(ConfigurationError, match=r"b\.yaml:1: source: shop\.order is mapped by .*a\.yaml already"):
        load_library([tmp_path])


def test_a_missing_folder_or_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="does not exist"):
        load_library([tmp_path / "nowhere"])
    with pytest.raises(ConfigurationError, match="cannot be read"):
        compile_file(tmp_path / "nowhere.yaml")


def test_bytes_that_are_no_utf_8_are_told(tmp_path: Path) -> None:
    (tmp_path / "latin.yaml").write_bytes("source: Köln".encode("latin-1"))
    with pytest.raises(ConfigurationError, match="not UTF-8"):
        load_library([tmp_path])


def test_an_unknown_kind_is_answered_with_the_near_one() -> None:
    library = load_library([MAPPINGS])
    assert library.document("woocommerce.order").source == "woocommerce.order"
    with pytest.raises(ConfigurationError, match=r"Did you mean 'woocommerce\.order'"):
        library.document("woocommerce.orders")


def test_installed_documents_need_no_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    package = types.ModuleType(INSTALLED)
    spec = importlib.util.spec_from_file_location(
        INSTALLED, MAPPINGS / "__init__.py", submodule_search_locations=[str(MAPPINGS)]
    )
    assert isinstance(spec, ModuleSpec)
    package.__spec__ = spec
    monkeypatch.setitem(sys.modules, INSTALLED, package)
    assert load_library().document("woocommerce.order").file == "woocommerce/order.yaml"
