"""Series from CSV files: what is read, and what every hostile file is told."""

from __future__ import annotations

import io
import os

import numpy as np
import pytest

from optiviz.series import read_series


def read(text: str | bytes, column: str | None = None, **options):
    return read_series(io.BytesIO(text if isinstance(text, bytes) else text.encode()), column, **options)


@pytest.mark.parametrize("delimiter", [",", ";", "\t"], ids=["comma", "semicolon", "tab"])
def test_the_delimiter_is_found(delimiter):
    text = "day,place,degrees\nmonday,Basel,20.5\ntuesday,Bern,-3e0\n".replace(",", delimiter)
    found = read(text)
    assert found.name == "degrees" and found.values.tolist() == [20.5, -3.0] and found.left_out == 0


@pytest.mark.parametrize(
    ("text", "column", "expected"),
    [
        ("loss\n3\n2\n1\n", None, [3, 2, 1]),
        ("3\n2\n1", None, [3, 2, 1]),  # no names
        ("1,10\n2,20\n", "2", [10, 20]),
        ("epoch,loss\n1,10\n2,20\n", "loss", [10, 20]),
        ("epoch,loss\n1,10\n2,20\n", "LOSS", [10, 20]),
        ("epoch,loss\n1,10\n2,20\n", "1", [1, 2]),
        ("2,1\n5,6\n7,8\n", "2", [1, 6, 8]),
        ('a,b\n"x, y",1\n"z",2\n', "b", [1, 2]),
        ('a,b\n"two\nlines",1\nz,2\n', None, [1, 2]),
        ("\ufeffa;b\r\n1;x\r\n\r\n2;y\r\n", "a", [1, 2]),  # with a BOM, as spreadsheets write it
        ("a;b\n1,5;2.5\n2;3\n", "b", [2.5, 3]),
        (" a , b \n 1 , 2 \n 3 , −4 \n", "b", [2, -4]),
        ("größe\n1\n2\n", "größe", [1, 2]),
        ("a,b\n1,2\n3\n", "a", [1, 3]),  # a short line, but not in this column
    ],
)
def test_what_is_read(text, column, expected):
    assert read(text, column).values.tolist() == expected


SPREADSHEET = (
    'sep=;\r\n"Tag";"Temperatur; °C";"Ort"\r\n"1.1.2024";"−1,5";"Köln"\r\n\r\n"2.1.2024";"1.012,25";\r\n3.1.2024;;x\r\n'
)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("delimiter", [";", "\t"], ids=["semicolon", "tab"])
def test_what_a_spreadsheet_writes_is_read(encoding, delimiter):
    """In any encoding: decimal commas, quotes, blank lines, missing values, and a first line that says what parts."""
    text = SPREADSHEET.replace(";", delimiter)
    mark = "\ufeff" if encoding in ("utf-16-le", "utf-16-be") else ""
    found = read((mark + text).encode(encoding), "2", skip=True)
    assert found.values.tolist() == [-1.5, 1012.25] and found.left_out == 1
    assert found.name == f"Temperatur{delimiter} °C"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("t;x\n1;3,5\n2;4\n", [3.5, 4]),
        ("t;x\n1;1.003,5\n2;1.003\n3;,5\n", [1003.5, 1003, 0.5]),  # beside a comma a point parts thousands
        ("t;x\n1;1.003\n2;2\n", [1.003, 2]),
        ("t;x\n1;3,5e-3\n2;-4,5E2\n", [0.0035, -450]),
        ("t;x\n1;1'003.5\n2;1’003\n", [1003.5, 1003]),
        ("t;x\n1;1 003,5\n2;1\u00a0003\n3;1\u202f000\u202f003,5\n", [1003.5, 1003, 1000003.5]),
        ("t;x\n" + "1;20\n" * 90 + "2;20,5\n", [20.0] * 90 + [20.5]),  # the first comma comes late
        ("t;x;\n1;2;\n2;3\n", [2, 3]),
        ("t;x\n1;2;;\n2;3;\n", [2, 3]),
    ],
)
def test_numbers_as_they_are_written_elsewhere(text, expected):
    assert read(text, "x").values.tolist() == expected


def test_decimal_commas_without_names():
    assert read("loss\n3,5\n4,25\n").values.tolist() == [3.5, 4.25]
    assert read("1,5;2,5\n3,5;4,5\n", "2").values.tolist() == [2.5, 4.5]


def test_a_mixture_of_points_and_commas_is_refused_even_with_skip():
    with pytest.raises(ValueError, match=r"a decimal point; write 4\.5"):
        read("t;x\n1;1.003\n2;4,5\n", "x", skip=True)


def test_what_cannot_be_rewound_is_read_too():
    """The standard input is a pipe."""
    into, out = os.pipe()
    with open(out, "wb") as pipe:
        pipe.write("t;x\n1;3,5\n2;4,5\n".encode("utf-16"))
    with open(into, "rb") as pipe:
        assert read_series(pipe, "x").values.tolist() == [3.5, 4.5]


def test_lines_without_a_number_are_left_out_when_asked():
    text = "t,x\n1,5\n2,\n3,n/a\n4,nan\n5,inf\n6\n7,8\n"
    found = read(text, "x", skip=True)
    assert found.values.tolist() == [5, 8] and found.left_out == 5


@pytest.mark.parametrize(
    ("text", "column", "message"),
    [
        ("", None, "the input is empty; it needs a line of column names"),
        ("\n\n  \n", None, "is empty"),
        ("loss\n", None, "has no values in column 'loss'"),
        ("loss\n3\n", None, "has one value in column 'loss'; two or more are needed"),
        ("t,x\n1,5\n2,\n", "x", r"line 3, 'x': there is no number; write one, or leave out such lines \(ewma"),
        ("t,x\n1,5\n\n2,n/a\n", "x", r"line 4, 'x': 'n/a' is not a number; .* --skip"),
        (
            "t,x\n1,\n2,3\n3,-\n4,?\n",
            "x",
            r"line 2, 'x': there is no number; .* \(more such: line 4, line 5\)$",
        ),
        ("t,x\n" + "1,\n" * 9, "x", r"\(more such: line 3, line 4, line 5, and 5 more lines\)"),
        ("t,x\n1,5\n2\n", "x", "line 3, 'x': there is no number"),
        ("t,x\n1,5\n2,nan\n", "x", "'nan' is not a number"),
        ("t,x\n1,5\n2,1_000\n", "x", "'1_000' is not a number"),
        ('t,x\n1,"3,5"\n2,4\n', "x", "line 2, 'x': 3,5 has a decimal comma; write 3.5, here and in all lines"),
        ('t,x\n1,"1.003,5"\n2,4\n', "x", "write 1003.5"),
        (
            "t;x\n1;1.003\n2;4,5\n",
            "x",
            "line 3, 'x': 4,5 has a decimal comma, those before it a decimal point; write",
        ),
        (
            "t;x\n1;4,5\n2;4.5\n",
            "x",
            "line 3, 'x': 4.5 has a decimal point, those before it a decimal comma; write",
        ),
        ("t;x\n1;4,5,6\n", "x", "'4,5,6' is not a number"),
        ("t;x\n1;2;3\n", "x", "line 2 has 3 cells, the first line 2; a text with a semicolon in it in quotes"),
        (
            "a\n1\n2\n".encode("utf-16-le"),
            None,
            "has bytes of zero, as UTF-16 without a mark has them; save it",
        ),
        ("a\n1\n2\n".encode("utf-16")[:-1], None, "is not UTF-16-LE .* save it as UTF-8"),
        ("t,x\n1,3,5\n", "x", "line 2 has 3 cells, the first line 2; a number is written with a point"),
        ("epoch,loss\n1,10\n2,20\n", None, "several columns of numbers; choose one with --column: epoch, loss"),
        ("a,b\nx,y\nz,w\n", None, "no column of numbers; choose one with --column: a, b"),
        ("epoch,loss\n1,10\n2,20\n", "los", "has no column 'los'; did you mean 'loss'?"),
        ("epoch,loss\n1,10\n2,20\n", "3", "has no column '3'; it has epoch, loss"),
        ("epoch,loss\n1,10\n2,20\n", "0", "has no column '0'"),
        ("x,x\n1,10\n2,20\n", "x", "has 2 columns 'x'; choose one by its number, 1"),
        (b"temp\xe9rature\n1\n2\n", None, r"not UTF-8 \(it has a byte 0xe9\); .* iconv -f latin1 -t utf8"),
        (b"a\n1\n" + b"2\n" * 90_000 + b"\xff\n", None, "not UTF-8"),
        ("a\n" + "9" * 200_000 + "\n", None, "is no CSV file: field larger"),
    ],
)
def test_what_is_wrong_is_said_with_its_place_and_its_remedy(text, column, message):
    with pytest.raises((ValueError, LookupError), match=message) as caught:
        read(text, column)
    assert "\n" not in str(caught.value) and len(str(caught.value)) < 300


def test_files(tmp_path):
    path = tmp_path / "log.csv"
    path.write_text("loss\n3\n2\n")
    assert read_series(path).source == "log.csv"
    with pytest.raises(FileNotFoundError, match="no such file"):
        read_series(tmp_path / "nope.csv")
    with pytest.raises(IsADirectoryError, match="is a directory; name a CSV file in it"):
        read_series(tmp_path)


def test_a_large_file_is_read_line_by_line():
    class Lines(io.RawIOBase):
        """300,000 lines that are never in memory together."""

        left = 300_000

        def readable(self):
            return True

        def readinto(self, buffer):
            chunk = b"x\n" if self.left == 300_000 else b"1.5\n" * min(1000, self.left)
            self.left -= 1000
            buffer[: len(chunk)] = chunk
            return len(chunk) if self.left >= -1000 else 0

    found = read_series(io.BufferedReader(Lines()))
    assert (
        len(found.values) > 200_000 and set(found.values[1:].tolist()) == {1.5} and isinstance(found.values, np.ndarray)
    )
