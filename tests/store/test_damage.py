"""Damaged files (I-04): a torn log opens with a prefix, and a flipped bit never passes for what was written."""

from __future__ import annotations

import random
import shutil
import struct
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path

import apsw
import msgspec
import pytest

from statewright.errors import EXIT_DIVERGED, StatewrightError
from statewright.store.contract import Claim, JournalCorrupt
from statewright.store.sqlite import SqliteStore
from tests.conftest import SOAKING
from tests.independent_reader import Broken, read_folder
from tests.store.journals import Journal, Owner, said

DATABASE, LOG = "statewright.db", "statewright.db-wal"
LOG_HEADER, FRAME_HEADER, SALTS, PAGE = 32, 24, 8, 4_096
FRAME = FRAME_HEADER + PAGE
COMMITS = 12
FLIPS = 50


def opened(folder: Path, *, write: bool = True) -> SqliteStore:
    return SqliteStore.open(folder, hand_back=Owner().hand_back, write=write)


def flip(file: Path, place: int, bit: int) -> None:
    data = bytearray(file.read_bytes())
    data[place] ^= 1 << bit
    file.write_bytes(data)


def flip_within(file: Path, stored: bytes, chance: random.Random) -> None:
    """Flips a bit of some stored bytes; also in the copies that lie in unused parts of pages."""
    damaged = bytearray(stored)
    damaged[chance.randrange(len(stored))] ^= 1 << chance.randrange(8)
    file.write_bytes(file.read_bytes().replace(stored, damaged))


@pytest.fixture
def crashed(tmp_path: Path) -> Path:
    """A folder as a crash leaves it: twelve commits of one run, all of them in the log."""
    owner, journal = Owner(), Journal()
    store = SqliteStore.open(tmp_path / "living", hand_back=owner.hand_back)
    for _ in range(COMMITS):
        owner.write(store, journal.next())
    image = tmp_path / "crashed"
    image.mkdir()
    for name in (DATABASE, LOG):
        shutil.copy(tmp_path / "living" / name, image)
    store.close()
    return image


@pytest.fixture
def closed(tmp_path: Path) -> Path:
    """A folder that was closed: three runs of ten records, all of them in the database."""
    owner = Owner()
    store = SqliteStore.open(tmp_path / "closed", hand_back=owner.hand_back)
    for run in ("a", "b", "c"):
        owner.write(store, *Journal(run).several(10))
    store.close()
    return tmp_path / "closed"


def copy_of(folder: Path) -> Path:
    copy = folder.with_name("copy")
    shutil.rmtree(copy, ignore_errors=True)
    return shutil.copytree(folder, copy)


def begin_again(folder: Path) -> None:
    """Copies the log into the database, so that the next write begins the log again."""
    with closing(apsw.Connection(str(folder / DATABASE))) as connection:
        # A connection that has read nothing does not know of the log.
        assert connection.execute("SELECT count(*) FROM journal").get
        pages, copied = connection.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_RESTART)
        assert pages == copied > 0


def ends_of_commits(log: Path) -> list[int]:
    """Where each transaction of the log ends."""
    data = log.read_bytes()
    places = range(32, len(data) - FRAME + 1, FRAME)
    return [place + FRAME for place in places if struct.unpack_from(">I", data, place + 4)[0]]


def test_the_log_of_a_crash_is_read_whole(crashed: Path) -> None:
    store = opened(crashed)
    assert store.verify("acme", "run-1").seq == COMMITS
    store.close()


@pytest.mark.soak
@pytest.mark.timeout(3_600 if SOAKING else 120)
def test_a_log_cut_anywhere_opens_with_the_commits_before_the_cut(crashed: Path) -> None:
    ends = ends_of_commits(crashed / LOG)
    size = ends[-1]
    tail = range(ends[-4], size + 1)
    # Every byte of the frames' headers, and every 61st of the pages; all of them when soaking.
    cuts = [cut for cut in tail if (cut - 32) % FRAME <= FRAME_HEADER or cut % (1 if SOAKING else 61) == 0]
    for cut in cuts:
        folder = copy_of(crashed)
        with (folder / LOG).open("r+b") as log:
            log.truncate(cut)
        store = opened(folder)
        whole = COMMITS - sum(1 for end in ends if end > cut)
        # A tail that was cut off is told of once; a cut between two commits leaves nothing to see.
        assert len(store.notices) == (cut not in ends), f"cut at {cut} of {size}"
        assert store.verify("acme", "run-1").seq == whole, f"cut at {cut} of {size}"
        store.close()
        assert [len(records) for records in read_folder(folder).values()] == [whole]
        again = opened(folder)
        assert again.notices == ()
        again.close()


def test_two_crashes_at_one_place_of_the_log_are_no_damage(crashed: Path) -> None:
    """The second transaction that was never finished is shorter: the end of the first one lies behind its own."""
    before = (crashed / LOG).read_bytes()
    first, second = (_never_finished(crashed, large) for large in (True, False))
    assert len(first) > len(second) > len(before)
    (crashed / LOG).write_bytes(second + first[len(second) :])
    with closing(opened(crashed)) as store:
        assert store.verify("acme", "run-1").seq == COMMITS
        assert store.notices


def test_half_a_header_over_the_remains_of_another_crash_is_no_damage(crashed: Path) -> None:
    """The header says that it ends a transaction, and the frame behind it goes on from the sum of the older one."""
    before = (crashed / LOG).read_bytes()
    first, second = (_never_finished(crashed, large) for large in (True, False))
    end = len(second) - FRAME
    assert struct.unpack_from(">I", second, end + 4)[0]
    cut = end + FRAME_HEADER // 2
    assert len(first) >= cut + 2 * FRAME > len(before)
    (crashed / LOG).write_bytes(second[:cut] + first[cut:])
    with closing(opened(crashed)) as store:
        assert store.verify("acme", "run-1").seq == COMMITS


def _never_finished(folder: Path, large: bool) -> bytes:
    """Returns the log of a folder after one more commit, whose last page arrived by half."""
    copy, owner, journal = copy_of(folder), Owner(), Journal("another")
    store = SqliteStore.open(copy, hand_back=owner.hand_back)
    owner.write(store, *journal.several(40 if large else 1))
    log = (copy / LOG).read_bytes()
    store.close()
    return log[: -PAGE // 2] + bytes(PAGE // 2)


def test_a_log_that_rotted_is_refused_or_loses_what_a_torn_one_may(crashed: Path) -> None:
    chance = random.Random("log")
    ends = ends_of_commits(crashed / LOG)
    refused = 0
    for _ in range(4 * FLIPS):
        folder = copy_of(crashed)
        place = chance.randrange(ends[-1])
        flip(folder / LOG, place, chance.randrange(8))
        if place < ends[-3]:
            with pytest.raises(StatewrightError, match=f"JOURNAL_CORRUPT.*{LOG}"):
                opened(folder)
            refused += 1
            continue
        # Nobody can tell a last transaction that rotted from one that was never finished, nor one whose end is gone.
        with suppress(StatewrightError), closing(opened(folder)) as store:
            assert store.verify("acme", "run-1").seq >= COMMITS - 2, f"flipped {place}"
    assert refused > 2 * FLIPS


def test_a_log_of_other_bytes_altogether_is_refused(crashed: Path) -> None:
    (crashed / LOG).write_bytes(random.Random("log").randbytes((crashed / LOG).stat().st_size))
    with pytest.raises(StatewrightError, match="acknowledged records"):
        opened(crashed)


def test_refusing_a_damaged_log_changes_nothing(crashed: Path) -> None:
    flip(crashed / LOG, ends_of_commits(crashed / LOG)[2] - 100, 3)
    before = {name: (crashed / name).read_bytes() for name in (DATABASE, LOG)}
    for _ in range(2):
        with pytest.raises(StatewrightError, match="acknowledged records"):
            opened(crashed)
    assert {name: (crashed / name).read_bytes() for name in (DATABASE, LOG)} == before


def test_an_earlier_use_of_the_log_is_no_damage(tmp_path: Path) -> None:
    owner, journal = Owner(), Journal()
    store = SqliteStore.open(tmp_path / "living", hand_back=owner.hand_back)
    owner.write(store, *(entry for entry in journal.several(200)))
    begin_again(tmp_path / "living")
    owner.write(store, journal.next())
    (tmp_path / "crashed").mkdir()
    for name in (DATABASE, LOG):
        shutil.copy(tmp_path / "living" / name, tmp_path / "crashed")
    store.close()
    again = opened(tmp_path / "crashed")
    assert again.verify("acme", "run-1").seq == 201
    again.close()


def begun_again(tmp_path: Path) -> tuple[Path, bytes, bytes]:
    """A folder whose log was copied into the database; the log's header, and the one that the next write gives it."""
    owner, journal = Owner(), Journal()
    store = SqliteStore.open(tmp_path / "living", hand_back=owner.hand_back)
    owner.write(store, *journal.several(20))
    begin_again(tmp_path / "living")
    folder = tmp_path / "copied"
    folder.mkdir()
    for name in (DATABASE, LOG):
        shutil.copy(tmp_path / "living" / name, folder)
    owner.write(store, journal.next())
    headers = [(tmp_path / where / LOG).read_bytes()[:LOG_HEADER] for where in ("copied", "living")]
    store.close()
    return folder, headers[0], headers[1]


def test_a_log_that_was_being_begun_again_is_no_damage_wherever_its_header_was_cut(tmp_path: Path) -> None:
    folder, old, new = begun_again(tmp_path)
    assert old != new
    for cut in range(LOG_HEADER + 1):
        copy = copy_of(folder)
        with (copy / LOG).open("r+b") as log:
            log.write(new[:cut] + old[cut:])
        with closing(opened(copy)) as store:
            assert store.verify("acme", "run-1").seq == 20, f"cut at {cut}"


def test_each_bit_of_the_header_of_a_log_counts_while_the_database_lacks_what_it_holds(crashed: Path) -> None:
    for bit in range(8 * LOG_HEADER):
        folder = copy_of(crashed)
        flip(folder / LOG, bit // 8, bit % 8)
        with pytest.raises(StatewrightError, match="acknowledged records"):
            opened(folder)


@pytest.mark.parametrize("bit", range(0, 8 * SALTS, 5))
def test_a_last_frame_whose_salts_rotted_is_told_of(crashed: Path, bit: int) -> None:
    start = ends_of_commits(crashed / LOG)[-2]
    flip(crashed / LOG, start + 8 + bit // 8, bit % 8)
    with closing(opened(crashed)) as store:
        assert [notice for notice in store.notices if "cut the last transaction off" in notice]
        assert store.verify("acme", "run-1").seq == COMMITS - 1


@pytest.mark.parametrize("column", ["body", "hash"])
def test_every_flipped_bit_of_a_record_is_found_and_named(closed: Path, column: str) -> None:
    chance = random.Random(column)
    pristine = opened(closed, write=False)
    records = [(run, record) for run in ("a", "b", "c") for record in pristine.read("acme", run)]
    pristine.close()
    for _ in range(FLIPS):
        folder = copy_of(closed)
        run, record = chance.choice(records)
        stored: bytes = getattr(record, column)
        flip_within(folder / DATABASE, stored, chance)
        store = opened(folder, write=False)
        with pytest.raises(JournalCorrupt) as found:
            store.verify("acme", run)
        assert (found.value.seq, found.value.code, found.value.exit_code) == (
            record.seq,
            "JOURNAL_CORRUPT",
            EXIT_DIVERGED,
        )
        assert [type(problem) for problem in store.check().problems] == [JournalCorrupt]
        store.close()
        with pytest.raises(Broken, match=f"record {record.seq} "):
            read_folder(folder)


def test_a_flipped_bit_anywhere_in_the_database_is_an_error_of_ours_or_hurts_no_record(closed: Path) -> None:
    chance = random.Random("anywhere")
    size = (closed / DATABASE).stat().st_size
    pristine = opened(closed, write=False)
    records = {run: list(pristine.read("acme", run)) for run in ("a", "b", "c")}
    pristine.close()
    for _ in range(4 * FLIPS):
        folder = copy_of(closed)
        flip(folder / DATABASE, chance.randrange(size), chance.randrange(8))
        try:
            store = opened(folder)
        except StatewrightError:
            continue
        problems = store.check().problems
        if not problems:
            assert {run: list(store.read("acme", run)) for run in records} == records
        store.close()


def shorten(database: apsw.Connection) -> None:
    database.execute("DELETE FROM journal WHERE run = 1 AND seq = 10")


def reorder(database: apsw.Connection) -> None:
    database.execute("UPDATE journal SET seq = 11 - seq WHERE run = 1")


def swap(database: apsw.Connection) -> None:
    database.execute("UPDATE runs SET last = (SELECT last FROM runs AS r WHERE r.id = 3 - runs.id) WHERE id < 3")
    database.execute("UPDATE journal SET run = 3 - run WHERE run < 3")


def loop(database: apsw.Connection) -> None:
    database.execute("UPDATE journal SET before = position WHERE run = 1 AND seq = 5")


@pytest.mark.parametrize("act", [shorten, reorder, swap, loop])
def test_whoever_moves_whole_records_is_found_out(closed: Path, act: Callable[[apsw.Connection], None]) -> None:
    database = apsw.Connection(str(closed / DATABASE))
    act(database)
    database.close()
    store = opened(closed, write=False)
    with pytest.raises(JournalCorrupt, match="run 'a'"):
        store.verify("acme", "a")
    store.close()
    with pytest.raises(Broken):
        read_folder(closed)


def test_an_index_that_names_a_missing_record_is_refused_at_open(tmp_path: Path) -> None:
    owner = Owner()
    store = SqliteStore.open(tmp_path, hand_back=owner.hand_back)
    owner.write(store, Journal("a").next(owes=1))
    store.close()
    database = apsw.Connection(str(tmp_path / DATABASE))
    database.execute("UPDATE runs SET seq = 2")
    database.close()
    with pytest.raises(JournalCorrupt, match="record 2"):
        opened(tmp_path)


def test_verifying_an_unknown_run_says_so(closed: Path) -> None:
    store = opened(closed, write=False)
    with pytest.raises(StatewrightError, match="no run 'd'"):
        store.verify("acme", "d")
    store.close()


SEALED = [
    'UPDATE said SET message = CAST(\'{"role":"user","content":"hellp"}\' AS BLOB) WHERE id = 1',
    "UPDATE said SET tokens = tokens + 1 WHERE id = 1",
    "UPDATE conversations SET expires = 4",
    "UPDATE conversations SET key = 'l'",
    "UPDATE remembered SET outcome = CAST('{}' AS BLOB)",
    "UPDATE remembered SET effect = 'a:1.2'",
    "UPDATE claims SET digest = 'x'",
    "DELETE FROM said WHERE id = 1",
    "DROP INDEX runs_due",
]


@pytest.mark.parametrize("damage", SEALED)
def test_rows_that_no_journal_tells_of_are_sealed(tmp_path: Path, damage: str) -> None:
    owner = Owner()
    store = SqliteStore.open(tmp_path, hand_back=owner.hand_back)
    first = msgspec.structs.replace(Journal("a").next(), claim=Claim("once", "digest"))
    assert owner.write(store, first, said("k", "a:1.1", "hello", "again")) == [None, None]
    assert store.check().problems == []
    store.close()
    with closing(apsw.Connection(str(tmp_path / DATABASE))) as database:
        database.execute(damage)
    with closing(opened(tmp_path, write=False)) as store:
        assert [problem.code for problem in store.check().problems] == ["JOURNAL_CORRUPT"]


def test_a_run_that_cannot_be_found_by_its_name_is_told_of(closed: Path) -> None:
    """An index of SQLite that lost its way to a row is no fault of ours."""
    with closing(apsw.Connection(str(closed / DATABASE))) as database:
        database.execute("UPDATE runs SET tenant = 'acne' WHERE run = 'b'")
    data = (closed / DATABASE).read_bytes()
    # The row and its entry in the index say `acne`; one of the two is turned back.
    at = data.index(b"acneb")
    (closed / DATABASE).write_bytes(data[:at] + b"acmeb" + data[at + 5 :])
    with closing(opened(closed, write=False)) as store:
        assert any("'b'" in problem.message for problem in store.check().problems)
