"""The shape of the repository: file lengths, words, and documents that say what is there."""

import argparse
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from appliance.__main__ import parser
from appliance.config import PROJECT, Settings, load

LONGEST = 500
SOURCES = {".css", ".js", ".py", ".sh"}
TEXTS = {*SOURCES, ".md", ".service", ".sql", ".svg", ".toml", ".txt", ".yml"}
# Written so that this file does not hold what it looks for.
UNWANTED = re.compile(r"\b(TOD[O]|FIXM[E])\b|(?<![\w.~])/(wor[k]|roo[t]|hom[e])/")
IGNORED = {
    ".git",
    ".hypothesis",
    ".mypy_cache",
    ".pytest_cache",
    ".ruff_cache",
    "__pycache__",
    ".cache",
    ".venv",
}


def ours() -> Iterator[Path]:
    """Every file of the repository, and nothing that set-up or a tool has made."""
    for entry in PROJECT.iterdir():
        if entry.is_file():
            yield entry
        elif entry.name in folders() or entry.name == ".ci":
            yield from (file for file in entry.rglob("*") if file.is_file() and not IGNORED & set(file.parts))


def folders() -> set[str]:
    """Top-level folders that are part of the repository."""
    made = {line.strip("/") for line in (PROJECT / ".gitignore").read_text().splitlines()}
    return {
        entry.name
        for entry in PROJECT.iterdir()
        if entry.is_dir()
        and entry.name not in made
        and not entry.name.startswith(".")
        and "." not in entry.name
    }


def documents() -> dict[str, str]:
    """Pages for people, by path: README and all of docs/."""
    pages = [PROJECT / "README.md", *sorted((PROJECT / "docs").rglob("*.md"))]
    return {str(page.relative_to(PROJECT)): page.read_text("utf-8") for page in pages}


def code_in(text: str) -> list[str]:
    """What stands in backticks, and the lines of fenced blocks."""
    fenced = [
        line for block in re.findall(r"```\w*\n(.*?)```", text, re.DOTALL) for line in block.splitlines()
    ]
    return [*fenced, *re.findall(r"`([^`\n]+)`", re.sub(r"```.*?```", "", text, flags=re.DOTALL))]


# -- sources ---------------------------------------------------------------------------------------


def too_long(name: str, text: str) -> bool:
    return Path(name).suffix in SOURCES and len(text.splitlines()) > LONGEST


def unwanted(text: str) -> list[str]:
    return [found[0] for found in UNWANTED.finditer(text)]


def test_no_file_is_too_long():
    assert [
        str(file) for file in ours() if file.suffix in SOURCES and too_long(file.name, file.read_text())
    ] == []


def test_no_unfinished_mark_and_no_path_of_one_machine():
    found = {str(file): unwanted(file.read_text("utf-8")) for file in ours() if file.suffix in TEXTS}
    assert {name: words for name, words in found.items() if words} == {}


def heavy(text: str) -> list[str]:
    """Fixtures asked for that no unit test may need."""
    asked = re.findall(r"def \w+\(([^)]*)\)", text)
    return [
        name for line in asked for name in re.findall(r"\b(?:installed_models|portraits|datasets)\b", line)
    ]


def test_unit_tests_need_no_model_and_no_photograph():
    files = (PROJECT / "tests" / "unit").rglob("*.py")
    assert {str(file): heavy(file.read_text()) for file in files if heavy(file.read_text())} == {}
    assert heavy(f"async def test_faces(tmp_path, {'installed'}_models): pass") == ["installed_models"]


def test_what_is_unwanted_in_a_source_is_seen():
    assert too_long("a.py", "\n" * (LONGEST + 1))
    assert not too_long("a.py", "\n" * LONGEST)
    assert unwanted("# todo: later".upper())
    assert unwanted("OPEN('/ROOT/X')".lower())
    assert not unwanted("at https://example.org/work/ and ./work/")


# -- pages -----------------------------------------------------------------------------------------


def lost_paths(text: str) -> list[str]:
    """Paths named in backticks, from the top of the repository or of the daemon, that are not there."""
    named = [word for word in re.findall(r"`([^`\s]+)`", text) if re.fullmatch(r"[\w.-]+/[\w./-]*", word)]
    paths = [word for word in named if word.split("/")[0] in folders() or Path(word).suffix in TEXTS]
    made, roots = (".cache/", ".venv/", "data/"), (PROJECT, PROJECT / "appliance")
    return [
        word
        for word in paths
        if not word.startswith(made) and not any((root / word).exists() for root in roots)
    ]


def commands(top: argparse.ArgumentParser, prefix: str = "") -> Iterator[str]:
    """Every complete command, such as `key create`."""
    below = [action for action in top._actions if isinstance(action, argparse._SubParsersAction)]
    if not below:
        yield prefix.strip()
    for action in below:
        for name, deeper in action.choices.items():
            yield from commands(deeper, f"{prefix} {name}")


def commands_named(text: str) -> set[str]:
    """Commands that a page tells people to type, as far as they are words."""
    calls = [re.search(r"\bkycbox((?: [a-z]+\b)+)", code) for code in code_in(text)]
    return {call[1].strip() for call in calls if call}


def unknown_commands(text: str) -> list[str]:
    known = set(commands(parser()))
    heads = {" ".join(command.split()[:n]) for command in known for n in (1, 2)}
    return [name for name in commands_named(text) if not {name, " ".join(name.split()[:2])} & (known | heads)]


def targets() -> set[str]:
    return set(re.findall(r"^(\w+):", (PROJECT / "Makefile").read_text(), re.MULTILINE))


def targets_named(text: str) -> set[str]:
    calls = [re.search(r"\bmake ([a-z]+)\b", code) for code in code_in(text)]
    return {call[1] for call in calls if call}


def test_the_readme_names_every_folder():
    readme = documents()["README.md"]
    assert [name for name in sorted(folders()) if f"`{name}/`" not in readme] == []


def test_the_readme_names_every_command_and_target():
    readme = documents()["README.md"]
    assert [name for name in commands(parser()) if f"kycbox {name}" not in readme] == []
    assert targets() - targets_named(readme) == set()


@pytest.mark.parametrize("page", documents())
def test_a_page_names_only_what_exists(page: str):
    text = documents()[page]
    assert lost_paths(text) == []
    assert unknown_commands(text) == []
    assert targets_named(text) - targets() == set()


def test_a_lost_name_in_a_page_is_seen():
    assert lost_paths("see `appliance/nowhere` and `no/where.py`") == ["appliance/nowhere", "no/where.py"]
    assert lost_paths("takes `image/jpeg` from `docs/`") == []
    assert unknown_commands("`kycbox dance`") == ["dance"]
    assert targets_named("```\nmake coffee\n```") - targets() == {"coffee"}


def test_the_changelog_begins_with_what_is_not_released_or_with_a_dated_release():
    heads = re.findall(r"^## (.*)$", (PROJECT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert heads
    dated = re.compile(r"\[\d+\.\d+\.\d+\] - \d{4}-\d{2}-\d{2}")
    assert heads[0] == "[Unreleased]" or dated.fullmatch(heads[0])
    assert [head for head in heads[1:] if not dated.fullmatch(head)] == []


# -- settings --------------------------------------------------------------------------------------


def keys(struct: type[msgspec.Struct] = Settings, prefix: str = "") -> Iterator[str]:
    """Every setting, dotted."""
    for field in msgspec.structs.fields(struct):
        name = prefix + field.encode_name
        if isinstance(field.type, type) and issubclass(field.type, msgspec.Struct):
            yield from keys(field.type, name + ".")
        else:
            yield name


def undocumented(text: str) -> list[str]:
    return [key for key in keys() if f"`{key}`" not in text]


def test_every_setting_is_documented():
    page = documents()["docs/settings.md"]
    assert undocumented(page) == []
    assert "engine.queue" in undocumented(page.replace("`engine.queue`", ""))


def test_the_documented_defaults_are_those_of_the_code():
    rows = re.findall(r"^\| `([\w.]+)` \| `(.*?)` \|", documents()["docs/settings.md"], re.MULTILINE)
    assert {key for key, _ in rows} == set(keys())
    for key, shown in rows:
        value: object = Settings()
        for part in key.split("."):
            value = getattr(value, part)
        given = list(value) if isinstance(value, tuple) else value
        assert tomllib.loads(f"x = {shown}")["x"] == given, key


def test_examples_of_settings_files_are_taken(tmp_path):
    blocks = [b for text in documents().values() for b in re.findall(r"```toml\n(.*?)```", text, re.DOTALL)]
    assert blocks
    for block in blocks:
        file = tmp_path / "kycbox.toml"
        file.write_text(block)
        assert load(file) != Settings()


# -- dependencies ----------------------------------------------------------------------------------


def dependencies() -> set[str]:
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]
    wanted = [*project["dependencies"], *project["optional-dependencies"]["dev"]]
    return {re.split(r"[<>=\[,;~! ]", line, maxsplit=1)[0] for line in wanted}


def without_reason(names: set[str], decisions: str) -> set[str]:
    return {name for name in names if not re.search(rf"^- `{re.escape(name)}`: \S", decisions, re.MULTILINE)}


def test_every_dependency_has_its_reason():
    decisions = documents()["docs/decisions/001-dependencies.md"]
    assert without_reason(dependencies(), decisions) == set()
    assert without_reason({"leftpad"}, decisions) == {"leftpad"}
    assert set(re.findall(r"^- `([\w-]+)`:", decisions, re.MULTILINE)) == dependencies()


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-dev.lock"])
def test_a_lock_pins_every_file_by_hash_and_names_no_host(lock: str):
    text = (PROJECT / lock).read_text()
    entries = re.split(r"\n(?=[a-z])", text.strip())
    assert [
        entry[:40]
        for entry in entries
        if not re.match(r"[\w.\[\]-]+==\S+ .*--hash=sha256:", entry, re.DOTALL)
    ] == []
    assert "://" not in text
    pinned = {re.split(r"==|\[", entry, maxsplit=1)[0] for entry in entries}
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]
    assert {re.split(r"[<>=\[]", line, maxsplit=1)[0] for line in project["dependencies"]} <= pinned
