"""The key file."""

import stat
from pathlib import Path

import pytest

from simexchange.core.vocabulary.ids import AccountNo
from simexchange.gateway.keys import ForeignKey, KeyFileInvalid, Keys

ALICE, BOB = AccountNo(2), AccountNo(3)
REAL_LOOKING = "vmPUZE6mv9SD5VNHk4HlWFsOr6aKE2zvsw0MuIgwCIPy6utIco14y7Ju91duEh8A"


def test_a_key_we_make_begins_with_sim_and_has_64_letters_and_digits(tmp_path: Path) -> None:
    key = Keys(tmp_path / "keys.json").make(ALICE)

    assert key.api_key.startswith("sim")
    assert len(key.api_key) == len(key.secret) == 64
    assert key.api_key.isalnum()
    assert key.secret.isalnum()


def test_the_file_is_its_owners_alone_and_gives_the_keys_back(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    keys = Keys(path)
    first, second, other = keys.make(ALICE), keys.make(ALICE), keys.make(BOB)

    again = Keys(path)

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert again.of(ALICE) == [first, second]
    assert again.find(other.api_key) == other
    assert list(tmp_path.iterdir()) == [path]


def test_a_key_that_looks_real_is_refused_and_not_stored(tmp_path: Path) -> None:
    """64 letters and digits without our mark could move real money."""
    path = tmp_path / "keys.json"
    keys = Keys(path)

    with pytest.raises(ForeignKey) as refusal:
        keys.add(ALICE, REAL_LOOKING, "s" * 64)

    assert REAL_LOOKING not in str(refusal.value)
    assert keys.find(REAL_LOOKING) is None
    assert not path.exists()


def test_a_key_that_looks_real_is_taken_where_any_key_is_allowed() -> None:
    key = Keys().add(ALICE, REAL_LOOKING, "s" * 64, allow_any=True)

    assert key.account == ALICE


@pytest.mark.parametrize("api_key, secret", [("", "s"), ("k", ""), ("ké", "s"), ("k\n", "s")])
def test_a_key_must_be_printable_text(api_key: str, secret: str) -> None:
    with pytest.raises(KeyFileInvalid):
        Keys().add(ALICE, api_key, secret)


def test_a_key_opens_one_account_only() -> None:
    keys = Keys()
    keys.add(ALICE, "test-key", "one")

    with pytest.raises(KeyFileInvalid):
        keys.add(BOB, "test-key", "two")

    assert keys.of(BOB) == []


def test_a_file_that_others_can_read_is_refused_with_the_remedy(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    Keys(path).make(ALICE)
    path.chmod(0o644)

    with pytest.raises(KeyFileInvalid, match="chmod 600"):
        Keys(path)


@pytest.mark.parametrize("content", [b"", b"{", b'{"keys":[{"api_key":"k"}]}', b'{"version":2}', b'{"other":1}'])
def test_a_damaged_file_is_refused_by_name(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "keys.json"
    path.write_bytes(content)
    path.chmod(0o600)

    with pytest.raises(KeyFileInvalid, match=r"keys\.json"):
        Keys(path)


def test_a_file_that_cannot_be_written_is_named_with_the_remedy(tmp_path: Path) -> None:
    with pytest.raises(KeyFileInvalid, match="writable"):
        Keys(tmp_path / "nowhere" / "keys.json").make(AccountNo(1))
