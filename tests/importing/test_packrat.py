"""Files of the origin study: both shapes, what is kept of them, and every way they can be bad."""

from pathlib import Path

import msgspec
import pandas as pd
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.errors import DataError, UsageError
from bench.importing import packrat
from bench.importing.packrat import read_packrat
from bench.store.aggregate_file import AGGREGATES_FILE, read_aggregates, write_aggregates
from bench.store.aggregates import FLOPS, LATENCIES, THROUGHPUT, Choice, choose_rows
from bench.store.folder import RunFolder
from tests.importing.packrat_files import Files, mean_ms, write_new, write_old

ALLOCATORS = Choice(column="allocator", remote="tcmalloc", local="default")


@pytest.fixture
def old(tmp_path: Path) -> Files:
    return write_old(tmp_path)


@pytest.fixture
def new(tmp_path: Path) -> Files:
    return write_new(tmp_path)


def edit(path: Path, line: int, before: str, after: str) -> None:
    """Replace a text in one line (from 1) of a file."""
    lines = path.read_bytes().decode().split("\r\n")
    assert before in lines[line - 1]
    lines[line - 1] = lines[line - 1].replace(before, after)
    path.write_bytes("\r\n".join(lines).encode("utf-8", "surrogateescape"))


def cell(rows: pd.DataFrame, batch_size: int, threads: int, arm: str) -> pd.Series:
    found = rows[(rows.batch_size == batch_size) & (rows.threads == threads) & (rows.arm == arm)]
    assert len(found) == 1
    return found.iloc[0]


def test_the_second_word_of_the_benchmark_is_the_placement(old: Files) -> None:
    rows, files = read_packrat(*old)
    chosen = choose_rows(rows, Choice())
    assert len(chosen.rows) == 2 * 5 * 3
    for arm in ("remote", "local"):
        one = cell(chosen.rows, 8, 2, arm)
        mean = mean_ms(8, 2, remote=arm == "remote")
        assert one.latency_mean_ms == mean
        assert (one.latency_min_ms, one.latency_max_ms) == (0.9 * mean, 1.5 * mean)
        assert one.throughput_ips == 8 / mean * 1000
    assert chosen.also_differ == ()
    assert [(file["role"], file["name"]) for file in files] == [
        ("latency", "latency.csv"),
        ("throughput", "throughput.csv"),
    ]
    assert files[0]["bytes_count"] == old[0].stat().st_size


def test_newer_files_need_arms_and_what_else_tells_rows_apart(new: Files) -> None:
    rows, _ = read_packrat(*new)
    with pytest.raises(UsageError, match=r"no row has placement 'remote'; it is manual.*allocator"):
        choose_rows(rows, Choice())
    with pytest.raises(DataError, match=r"2 rows remain for batch 16, 1 threads, local.*instance"):
        choose_rows(rows, ALLOCATORS)
    chosen = choose_rows(rows, msgspec.structs.replace(ALLOCATORS, where={"instance_id": ["1"]}))
    assert len(chosen.rows) == 4
    assert cell(chosen.rows, 16, 1, "remote").latency_mean_ms == mean_ms(16, 1, remote=True) + 1


def test_a_benchmark_as_a_whole_can_choose_the_arms(old: Files) -> None:
    rows, _ = read_packrat(*old)
    whole = Choice(column="benchmark", remote="resnet_remote_script", local="resnet_local_script")
    pd.testing.assert_frame_equal(choose_rows(rows, whole).rows, choose_rows(rows, Choice()).rows)


def test_values_of_one_column_are_alternatives(old: Files) -> None:
    rows, _ = read_packrat(*old)
    kept = choose_rows(rows, Choice(where={"batch_size": ["1", "64"], "topology": ["sequential"]}))
    assert set(kept.rows.batch_size) == {1, 64}


@pytest.mark.parametrize(
    ("choice", "words"),
    [
        (Choice(column="colour"), r"--arms: there is no column 'colour'.*topology: sequential"),
        (Choice(local="near"), r"--arms: no row has placement 'near'; it is local, remote"),
        (Choice(where={"topology": ["star"]}), r"--where: no row has topology 'star'"),
        (Choice(where={"flops": ["0.0"]}), r"--where: there is no column 'flops'"),
    ],
)
def test_a_choice_that_is_not_there_lists_what_is(old: Files, choice: Choice, words: str) -> None:
    rows, _ = read_packrat(*old)
    with pytest.raises(UsageError, match=words):
        choose_rows(rows, choice)


def test_arms_that_differ_in_more_than_the_choice_are_told(old: Files) -> None:
    for path in old:
        text = path.read_text().replace("remote_script,sequential", "remote_script,interleaved")
        path.write_text(text)
    assert choose_rows(read_packrat(*old)[0], Choice()).also_differ == ("topology",)


def test_a_configuration_of_one_file_only_is_half_there(old: Files) -> None:
    lines = old[1].read_bytes().splitlines(keepends=True)
    old[1].write_bytes(b"".join(lines[:-1]))
    rows = choose_rows(read_packrat(*old)[0], Choice()).rows
    last = cell(rows, 64, 3, "local")
    assert last.latency_mean_ms == mean_ms(64, 3, remote=False)
    assert pd.isna(last.throughput_ips)


def test_every_row_is_stored_without_loss_and_the_same_rows_make_the_same_bytes(
    new: Files, tmp_path: Path
) -> None:
    rows, _ = read_packrat(*new)
    contents = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        folder = RunFolder(tmp_path / name)
        write_aggregates(folder, rows)
        pd.testing.assert_frame_equal(read_aggregates(folder), rows, check_dtype=False)
        contents.append((folder.path / AGGREGATES_FILE).read_bytes())
    assert contents[0] == contents[1]
    schema = pq.read_schema(tmp_path / "one" / AGGREGATES_FILE)
    assert schema.field("latency(avg)").metadata[b"unit"] == b"ms"
    assert schema.field("throughput").metadata[b"unit"] == b"images/s"
    assert all(field.metadata[b"meaning"] for field in schema)


def test_a_damaged_or_foreign_file_of_aggregates_is_named(new: Files, tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    with pytest.raises(DataError, match=r"aggregates.*import the run again"):
        read_aggregates(folder)
    write_aggregates(folder, read_packrat(*new)[0])
    path = tmp_path / AGGREGATES_FILE
    path.write_bytes(path.read_bytes()[:-9])
    with pytest.raises(DataError, match="aggregates"):
        read_aggregates(folder)
    pq.write_table(pq.read_table(old_block(tmp_path)), path)
    with pytest.raises(DataError, match="has version none"):
        read_aggregates(folder)


def old_block(folder: Path) -> Path:
    path = folder / "foreign.parquet"
    pd.DataFrame({"x": [1]}).to_parquet(path)
    return path


@pytest.mark.parametrize(
    ("before", "after", "column", "words"),
    [
        ("88.0", "fast", "latency(avg)", "'fast' is not a finite number above 0"),
        ("88.0", "nan", "latency(avg)", "'nan' is not a finite number"),
        ("88.0", "inf", "latency(avg)", "'inf' is not a finite number"),
        ("88.0", "1e999", "latency(avg)", "'1e999' is not a finite number"),
        ("88.0", "-88.0", "latency(avg)", "'-88.0' is not a finite number"),
        ("88.0", "0", "latency(avg)", "'0' is not a finite number"),
        ("88.0", "8٣.0", "latency(avg)", "'8٣.0' is not a finite number"),
        ("88.0", "0.0e5", "latency(avg)", "'0.0e5' is not a finite number"),
        ("88.0", "8_8", "latency(avg)", "'8_8' is not a finite number"),
        ("88.0", "", "latency(avg)", "'' is not a finite number"),
        ("88.0", "=1+1", "latency(avg)", "'=1+1' is not a finite number"),
        ("88.0", "500.0", "latency(avg)", "swap their names in the first line"),
        ("88.0", "1.0", "latency(avg)", "lies below the min"),
        ("79.2", "790.2", "latency(min)", "lies above the max"),
        ("sequential,1,1,1,", "sequential,1,1,0,", "batch_size", "'0' is not a whole number"),
        ("sequential,1,1,", "sequential,1,1.5,", "intraop_threads", "'1.5' is not a whole"),
        ("sequential,1,1,", "sequential,1,٣,", "intraop_threads", "'٣' is not a whole"),
        ("sequential", "=HYPERLINK(1)", "topology", "is not a plain word"),
        ("sequential", "@SUM(1)", "topology", "is not a plain word"),
        ("sequential", "<script>", "topology", "is not a plain word"),
        ("sequential", '"x\n"', "topology", "is not a plain word"),
        ("sequential", "../../x", "topology", "is not a plain word"),
        ("sequential", "x" * 5000, "topology", "is not a plain word"),
        (",sequential", "", "flops", "has 8 cells and the first line 9"),
        ("sequential", "a,b", "flops", "has 10 cells and the first line 9"),
    ],
)
def test_a_bad_cell_is_named_with_file_line_and_column(
    old: Files, before: str, after: str, column: str, words: str
) -> None:
    edit(old[0], 2, before, after)
    with pytest.raises(DataError) as caught:
        read_packrat(*old)
    message = str(caught.value)
    assert message.startswith(f"{old[0]}, line 2, column '{column}': ")
    assert words in message
    assert len(message) < 400


def test_bad_cells_of_the_second_file_are_named_too(old: Files) -> None:
    edit(old[1], 3, ",22.7", ",-22.7")
    with pytest.raises(DataError, match=r"throughput\.csv, line 3, column 'throughput'"):
        read_packrat(*old)


@pytest.mark.parametrize("column", ["benchmark", "latency(avg)", "batch_size", "intraop_threads"])
def test_a_missing_column_is_named_with_those_that_are_there(old: Files, column: str) -> None:
    edit(old[0], 1, column, "other")
    with pytest.raises(DataError) as caught:
        read_packrat(*old)
    assert f"line 1, column '{column}': this column is missing; the file has" in str(caught.value)


def test_files_of_different_keys_are_no_pair(old: Files, tmp_path: Path) -> None:
    (tmp_path / "new").mkdir()
    other = write_new(tmp_path / "new")
    with pytest.raises(DataError, match=r"throughput\.csv, line 1, column 'pinning'"):
        read_packrat(other[0], old[1])
    with pytest.raises(DataError, match=r"latency\.csv, line 1, column 'pinning'"):
        read_packrat(old[0], other[1])
    other[1].write_text(other[1].read_text().replace("resnet", "bert"))
    with pytest.raises(DataError, match="no row has a key of"):
        read_packrat(*other)


def test_a_key_that_is_there_twice_is_named_with_both_lines(old: Files) -> None:
    lines = old[0].read_bytes().splitlines(keepends=True)
    old[0].write_bytes(b"".join([*lines, lines[4]]))
    with pytest.raises(DataError, match=f"line {len(lines) + 1}, .*the same key as in line 5"):
        read_packrat(*old)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "there are no rows"),
        (b"benchmark,batch_size\r\n", "line 2: there are no rows"),
        (b"a,a\r\n1,2\r\n", "line 1, column 'a': this column is there twice"),
        (b"a,=b\r\n1,2\r\n", "'=b' cannot name a column"),
        (b"a,\r\n1,2\r\n", "'' cannot name a column"),
        (b"a,b\r\n1,\x002\r\n", "line 2, byte 3: a NUL byte"),
        ("a,b\r\n1,2\r\n".encode("utf-16"), "line 1, byte 1: this is not UTF-8"),
        ("a,b\r\n1,2\r\n".encode("utf-16-le"), "line 1, byte 2: a NUL byte"),
        ("a,b\r\n1,2\r\ncafé,3\r\n".encode("latin-1"), "line 3, byte 4: this is not UTF-8"),
        (b'a,b\r\n1,"2\r\n', "this is not CSV (unexpected end of data)"),
        (b'a,b\r\n1,"2"3\r\n', "line 2: this is not CSV"),
        (b"a,b\r\n1," + b"9" * 200_000 + b"\r\n", "field larger than field limit"),
    ],
)
def test_what_is_no_table_says_where_and_what_to_do(
    tmp_path: Path, content: bytes, words: str
) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes(content)
    with pytest.raises(DataError) as caught:
        read_packrat(path, path)
    assert str(path) in str(caught.value)
    assert words in str(caught.value)


def test_a_byte_order_mark_and_blank_lines_are_read(old: Files) -> None:
    expected, _ = read_packrat(*old)
    for path in old:
        path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\r\n", b"\r\n\r\n"))
    pd.testing.assert_frame_equal(read_packrat(*old)[0], expected)
    edit(old[0], 5, "sequential", "bad!")
    with pytest.raises(DataError, match=r"line 5, column 'topology': 'bad!' is not a plain word"):
        read_packrat(*old)


def test_a_row_that_begins_after_a_line_within_quotes_has_its_own_line(old: Files) -> None:
    edit(old[0], 1, "interop_threads", '"interop_threads"')
    edit(old[0], 2, "sequential", '"1\r\n1"')
    with pytest.raises(DataError, match=r"line 2, column 'topology': '1\\r\\n1' is not a plain"):
        read_packrat(*old)
    edit(old[0], 7, "sequential", "sequential,more")
    with pytest.raises(DataError, match=r"line 7, column 'flops': the row has 10 cells"):
        read_packrat(*old)


def test_of_several_bad_cells_the_first_is_named(old: Files) -> None:
    edit(old[0], 3, "sequential", "bad!")
    edit(old[0], 2, "88.0", "-88.0")
    with pytest.raises(DataError, match=r"line 2, column 'latency\(avg\)'"):
        read_packrat(*old)
    edit(old[0], 2, "sequential", "bad!")
    with pytest.raises(DataError, match=r"line 2, column 'topology'"):
        read_packrat(*old)


@pytest.mark.parametrize("word", ["NA", "null", "None", "1e5", "007", "True"])
def test_words_stay_as_they_were_written(old: Files, word: str) -> None:
    for path in old:
        path.write_text(path.read_text().replace("sequential", word))
    assert set(read_packrat(*old)[0].topology) == {word}


@pytest.mark.parametrize("number", ["5e-99", "88.00000000000001", "0.1", "7.", "1E+01", "1e+002"])
def test_a_number_is_read_to_its_last_bit(old: Files, number: str) -> None:
    edit(old[1], 2, f",{8 / (80 * 8 * 1.1) * 1000}", f",{number}")
    assert read_packrat(*old)[0].throughput[0] == float(number)


def test_a_huge_or_missing_file_is_refused_before_it_is_read_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(packrat, "MAX_BYTES", 1024**2)
    path = tmp_path / "x.csv"
    with path.open("wb") as file:
        file.truncate(2 * 1024**3)
    with pytest.raises(DataError, match="more than 1 MiB"):
        read_packrat(path, path)
    with pytest.raises(DataError, match="name a CSV file"):
        read_packrat(tmp_path, path)


HEADERS = (
    b"benchmark,intraop_threads,batch_size,latency(min),latency(avg),latency(max)",
    b"benchmark,intraop_threads,batch_size,throughput",
)


@settings(max_examples=200, deadline=None)
@given(
    st.binary(max_size=300) | st.text('a1.,"\r\n\0 \ufeff=', max_size=80).map(str.encode),
    st.sampled_from([(b"", b""), HEADERS]),
)
def test_any_bytes_give_a_table_or_a_data_error(
    tmp_path_factory: pytest.TempPathFactory, content: bytes, headers: tuple[bytes, bytes]
) -> None:
    folder = tmp_path_factory.getbasetemp()
    paths = (folder / "any_latency.csv", folder / "any_throughput.csv")
    for path, header in zip(paths, headers, strict=True):
        path.write_bytes(header + content)
    try:
        rows, _ = read_packrat(*paths)
    except DataError:
        return
    keys = rows.drop(columns=[*LATENCIES, THROUGHPUT, FLOPS])
    assert len(rows) > 0
    assert keys.notna().all(axis=None)
