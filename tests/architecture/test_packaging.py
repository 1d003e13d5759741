"""Every package and every data file of the tree is in the wheel's lists."""

import configparser
from pathlib import Path

ROOT = Path(__file__).parents[2]
IMPORT_ROOTS = {
    "connector_core": ROOT / "connector_core",
    "connector_odoo": ROOT / "plugins" / "odoo" / "connector_odoo",
    "connector_salesforce": ROOT / "plugins" / "salesforce" / "connector_salesforce",
    "connector_woocommerce": ROOT / "plugins" / "woocommerce" / "connector_woocommerce",
    "connector_mappings": ROOT / "mappings",
}


def packages() -> set[str]:
    found = set()
    for name, root in IMPORT_ROOTS.items():
        for init in root.rglob("__init__.py"):
            inside = init.parent.relative_to(root)
            found.add(".".join((name, *inside.parts)))
    return found


def config() -> configparser.ConfigParser:
    parser = configparser.ConfigParser()
    parser.read(ROOT / "setup.cfg")
    return parser


def test_setup_cfg_lists_every_package() -> None:
    assert set(config()["options"]["packages"].split()) == packages()


def test_every_folder_with_data_belongs_to_a_package_that_ships_it() -> None:
    endings = {part.strip().removeprefix("*") for part in config()["options.package_data"]["*"].split(",")}
    for root in IMPORT_ROOTS.values():
        for path in root.rglob("*"):
            if not path.is_file() or path.suffix in {".py", ".pyc"} or "__pycache__" in path.parts:
                continue
            assert path.suffix in endings or path.name in endings, f"{path} is in no wheel"


def test_every_in_tree_plugin_has_an_entry_point() -> None:
    entry_points = config()["options.entry_points"]["paylink.plugins"]
    for name in IMPORT_ROOTS:
        if name.startswith("connector_") and name not in ("connector_core", "connector_mappings"):
            assert f"{name}.plugin:" in entry_points
