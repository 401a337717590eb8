"""The GOV.UK styles reach the pages without the marks that councils may not use, or the set-up stops."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from config.build_assets import PACKAGE, AssetError, build, main, plain_script, without_marks

FACES = "".join(
    f"@font-face{{font-family:GDS Transport;font-weight:{weight};src:url(/assets/fonts/{weight}.woff2)}}"
    for weight in (400, 700)
)
STACK = ".govuk-body{font-family:GDS Transport,arial,sans-serif;margin:0}"
CREST = ".govuk-footer__copyright-logo:before{background-image:url(/assets/images/govuk-crest.svg);width:100%}"
STYLES = f"{FACES}{STACK}@media print{{{CREST}}}.last{{color:red}}\n/*# sourceMappingURL=styles.css.map */\n"
SCRIPT = "function initAll(){}function createAll(){}export{initAll,createAll};//# sourceMappingURL=script.js.map"


@pytest.fixture
def package(tmp_path: Path) -> Path:
    folder = tmp_path / "govuk-frontend"
    (folder / "dist" / "govuk").mkdir(parents=True)
    (folder / "package.json").write_text(json.dumps({"version": "6.3.0"}))
    (folder / "dist" / "govuk" / "govuk-frontend.min.css").write_text(STYLES)
    (folder / "dist" / "govuk" / "govuk-frontend.min.js").write_text(SCRIPT)
    return folder


@pytest.fixture
def pins(tmp_path: Path) -> Path:
    file = tmp_path / "package.json"
    file.write_text(json.dumps({"dependencies": {"govuk-frontend": "6.3.0"}}))
    return file


def test_the_font_and_the_crest_go_and_the_rest_stays() -> None:
    assert without_marks(STYLES) == (
        ".govuk-body{font-family:arial,sans-serif;margin:0}@media print{}.last{color:red}\n"
    )


@pytest.mark.parametrize(
    ("styles", "complaint"),
    [
        (
            STYLES.replace("@font-face{font-family:GDS Transport;font-weight:700", "@font-face{font-weight:700"),
            "found 1",
        ),
        (STYLES.replace(FACES, ""), "found 0"),
        (STYLES.replace(STACK, ""), "no font stack"),
        (STYLES.replace(CREST, ""), "no rule that shows the crest"),
        (STYLES + '.quoted{font-family:"GDS Transport",serif}', "still says 'GDS Transport'"),
        (STYLES + ".icon{background:url(/assets/images/icon.svg)}", "still says '/assets/'"),
    ],
)
def test_styles_of_another_shape_stop_the_set_up(styles: str, complaint: str) -> None:
    with pytest.raises(AssetError, match=complaint):
        without_marks(styles)


@pytest.mark.parametrize("script", ["", "var GOVUKFrontend={}", f"fetch('/assets/x.svg');{SCRIPT}"])
def test_a_script_that_is_not_the_module_stops_the_set_up(script: str) -> None:
    with pytest.raises(AssetError):
        plain_script(script)


def test_both_files_are_written_and_written_again(package: Path, pins: Path, tmp_path: Path) -> None:
    for _ in range(2):
        styles, script = build(package, tmp_path / "vendor", pins=pins)
    assert styles.read_text() == without_marks(STYLES)
    assert "sourceMappingURL" not in script.read_text()
    assert sorted(file.name for file in (tmp_path / "vendor").iterdir()) == [styles.name, script.name]


def test_another_release_than_the_pinned_one_is_refused(package: Path, pins: Path, tmp_path: Path) -> None:
    (package / "package.json").write_text(json.dumps({"version": "6.4.0"}))
    with pytest.raises(AssetError, match=r"6\.4\.0, and package\.json pins 6\.3\.0"):
        build(package, tmp_path / "vendor", pins=pins)
    assert not (tmp_path / "vendor").exists()


def test_a_package_that_was_not_fetched_is_named(pins: Path, tmp_path: Path) -> None:
    with pytest.raises(AssetError, match="make setup"):
        build(tmp_path / "nowhere", tmp_path / "vendor", pins=pins)


def test_the_pinned_release_has_the_expected_shape(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    styles, _ = build(PACKAGE, tmp_path)
    addresses = set(re.findall(r"url\(([^)]*)\)", styles.read_text()))
    assert not {address for address in addresses if not address.startswith(("data:", '"data:'))}
    assert main() == 0
    assert "govuk-frontend.min.css" in capsys.readouterr().out
