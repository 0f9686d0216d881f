"""Content is checked once for the same files, and again when one of them changed."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from bot.knowledge.checked import load_checked
from bot.knowledge.reader import CONTENT_DIR, ContentError


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A small content folder: everything but the situations."""
    target = tmp_path / "zh"
    shutil.copytree(CONTENT_DIR, target, ignore=shutil.ignore_patterns("situations", "entities"))
    return target


def break_it(root: Path) -> None:
    """A phrase that the project's own draft rules flag; only the check can know."""
    path = root / "phrases" / "close.yml"
    text = path.read_text(encoding="utf-8")
    first = text[text.index("text: ") :].splitlines()[0]
    path.write_text(text.replace(first, "text: 这是公司规定，没办法。", 1), encoding="utf-8")


def test_the_same_files_are_checked_once(root: Path, tmp_path: Path) -> None:
    marks = tmp_path / "var"
    load_checked(root, marks)
    assert len(list(marks.iterdir())) == 1
    load_checked(root, marks)
    assert len(list(marks.iterdir())) == 1


def test_a_changed_file_is_checked_again_and_a_fault_leaves_no_mark(root: Path, tmp_path: Path) -> None:
    marks = tmp_path / "var"
    load_checked(root, marks)
    break_it(root)
    for _ in range(2):
        with pytest.raises(ContentError, match="close.yml"):
            load_checked(root, marks)
    assert len(list(marks.iterdir())) == 1


def test_a_folder_that_cannot_be_written_is_no_fault(
    root: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "var").write_text("in the way", encoding="utf-8")
    assert load_checked(root, tmp_path / "var").phrases
    assert "will run again" in caplog.text


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(ContentError, match="missing"):
        load_checked(tmp_path / "nowhere", tmp_path / "var")
