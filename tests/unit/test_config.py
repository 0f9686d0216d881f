"""Settings: read once, typed, refused with the name of the variable."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.config import MIN_SECRET, ROOT, Settings, read_settings
from bot.core.errors import InputError

RELAXED = settings(deadline=None, max_examples=60)


def test_an_empty_environment_gives_the_defaults() -> None:
    assert read_settings({}) == Settings()
    assert read_settings({"PATH": "/bin", "ASSIST_UNKNOWN": "x"}) == Settings()


def test_every_setting_is_read_from_its_own_variable() -> None:
    specs = Settings.__dataclass_fields__
    variables = {name: spec.metadata["env"] for name, spec in specs.items()}
    assert len(set(variables.values())) == len(variables)
    assert all(v.startswith("ASSIST_") for v in variables.values())
    for name, variable in variables.items():
        value = "8080" if name == "port" else "x" * MIN_SECRET
        changed = read_settings({variable: value})
        assert getattr(changed, name) == (8080 if name == "port" else value)
        assert dataclasses.replace(changed, **{name: getattr(Settings(), name)}) == Settings()


def test_every_setting_says_what_it_does() -> None:
    documented = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    for spec in Settings.__dataclass_fields__.values():
        assert spec.metadata["help"]
        assert spec.metadata["env"] in documented


UNUSABLE = ["", "abc", "0", "-1", "65536", "80.0", " 5005", "5005 ", "0x50", "五千", "²", "9" * 5000]


@pytest.mark.parametrize("port", UNUSABLE, ids=[p[:8] for p in UNUSABLE])
def test_an_unusable_port_is_refused_by_name(port: str) -> None:
    with pytest.raises(InputError, match="ASSIST_PORT"):
        read_settings({"ASSIST_PORT": port})


@RELAXED
@given(st.text(max_size=8))
def test_any_text_is_a_port_or_an_input_error(port: str) -> None:
    try:
        assert 0 < read_settings({"ASSIST_PORT": port}).port < 65536
    except InputError as error:
        assert error.field == "ASSIST_PORT"


def test_a_short_secret_is_refused_and_never_quoted() -> None:
    with pytest.raises(InputError, match="at least 32") as caught:
        read_settings({"ASSIST_SECRET": "hunter2"})
    assert "hunter2" not in str(caught.value)
    assert read_settings({"ASSIST_SECRET": "s" * MIN_SECRET}).secret == "s" * MIN_SECRET


def test_settings_are_frozen() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        Settings().port = 1  # type: ignore[misc]


def test_the_content_folder() -> None:
    assert Settings().content_path == ROOT / "bot" / "knowledge" / "zh"
    assert Settings().content_path.is_dir()
    assert Settings(content_dir="/srv/zh").content_path == Path("/srv/zh")
