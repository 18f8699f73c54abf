"""The key file."""

import stat
from pathlib import Path

import pytest

from simexchange.core.vocabulary.ids import AccountNo
from simexchange.dialects.contract import USUAL, Permission
from simexchange.gateway.keys import ForeignKey, KeyFileInvalid, Keys, Terms

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


PUBLIC = (
    "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAgmDRTtj2FA+wzJUIlAL9ly1eovjLBu7uXUFR+jFULmg=\n"
    "-----END PUBLIC KEY-----\n"
)
"""The sample of "API Key Types" (binance/binance-spot-api-docs, 2026-07-21)."""
READING = Terms(permissions=frozenset({Permission.READING}), addresses=("127.0.0.1", "fe80::/10"), label="watch")


def test_what_a_key_may_do_and_where_from_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    keys = Keys(path)
    keys.make(ALICE, READING)
    keys.add_public(ALICE, PUBLIC)

    first, second = Keys(path).of(ALICE)

    assert (first.permissions, first.addresses, first.label) == (READING.permissions, READING.addresses, "watch")
    assert (second.kind, second.secret, second.permissions) == ("ed25519", PUBLIC, USUAL)


def test_a_file_of_before_there_were_permissions_gives_the_usual_ones(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    path.write_text('{"version":1,"keys":[{"api_key":"k","secret":"s","account":2,"kind":"hmac"}]}')
    path.chmod(0o600)

    assert [(key.permissions, key.addresses) for key in Keys(path)] == [(USUAL, ())]


def test_changing_a_key_leaves_its_file_to_its_owner(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    keys = Keys(path)
    key = keys.make(ALICE)
    keys.change(key.api_key, permissions=[Permission.READING])
    keys.remove(keys.make(BOB).api_key)

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [kept.permissions for kept in Keys(path)] == [READING.permissions]
    assert list(tmp_path.iterdir()) == [path]


def test_what_could_not_be_written_does_not_hold(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A key that was deleted must not come back with the next start, nor one be good that is not kept."""
    keys = Keys(tmp_path / "keys.json")
    key = keys.make(ALICE)
    monkeypatch.setattr("tempfile.mkstemp", _full_disk)

    with pytest.raises(KeyFileInvalid):
        keys.remove(key.api_key)
    with pytest.raises(KeyFileInvalid):
        keys.make(BOB)

    assert list(keys) == [key]


def _full_disk(**_: object) -> None:
    raise OSError(28, "No space left on device")


@pytest.mark.parametrize(
    ("address", "among"),
    [
        ("127.0.0.1", True),
        ("::ffff:127.0.0.1", True),
        ("127.0.0.2", False),
        ("fe80::1%eth0", True),
        ("fd00::1", False),
        ("", False),
        ("nonsense", False),
    ],
)
def test_an_address_is_among_those_a_key_is_bound_to(address: str, among: bool) -> None:
    keys = Keys()
    key = keys.make(ALICE, READING)

    found = keys.finder(address)(key.api_key)

    assert found is not None
    assert bool(found.permissions) is among


def test_a_secret_is_in_no_text_of_a_key() -> None:
    key = Keys().make(ALICE)

    assert key.secret not in f"{key} {key!r} {[key]}"
    assert all(key.secret not in str(part) for part in key.__rich_repr__())
