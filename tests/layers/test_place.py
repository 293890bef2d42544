"""Names of numbers: one grammar, read and written."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from glassnet.layers import Place
from glassnet.layers.place import LETTERS, index_in, number_in
from page_code import PageCode

places = st.builds(
    Place,
    st.sampled_from([letter for letter in LETTERS if letter != "keep"]),
    st.integers(0, 99999),
    st.lists(st.integers(0, 10**9), min_size=1, max_size=6).map(tuple),
    st.sampled_from(["", "dL/d", "new", "relu'", "leaky_relu'", "m", "velocity"]),
)


@given(places)
def test_what_is_written_is_read_back(place):
    assert Place.read(str(place)) == place
    assert Place.read(f"  {place.plain} ") == place.plain


@pytest.mark.parametrize(
    "name",
    [
        "", "W", "W1", "W1[", "W1[]", "W1[0", "W1[0,]", "W1[-1]", "W1[a]", "W1[0][1]", "Q1[0]", "W123456[0]", "W1[²]",
        "dL/d", "dL/ddL/dW1[0,0]", "new new b1[0]", "m(m(W1[0,0]))", "W1(0)", "x" * 300, None, 3,
    ],
)  # fmt: skip
def test_what_is_no_name_is_none(name):
    assert Place.read(name) is None


def test_rules_have_symbols_in_their_indices():
    assert Place.read("x[r,0,y-1,2x+3]", symbols=True).index == ("r", "0", "y-1", "2x+3")
    assert Place.read("x[r,0,y-1,2x+3]") is None


@given(st.tuples(st.integers(1, 5), st.integers(1, 5), st.integers(1, 3)), st.integers(0, 3))
def test_each_number_of_an_image_has_one_place(shape, beside):
    size = shape[0] * shape[1] * shape[2] + beside
    found = [index_in(shape, number) for number in range(size)]
    assert len(set(found)) == size
    assert [number_in(shape, beside, index) for index in found] == list(range(size))


NAMES = [
    "W2[1,0,3,5]", "b1[2]", "x[4,0,3,5]", "ℓ[2]", "keep0[1,2]", "share[0,3]", "risk[1]", " W1[0, 2] ", "dL/dW1[0,2]",
    "new b1[2]", "relu'(z1[0,2])", "m(W1[0,2])", "W1[i,2]", "W", "W1[", "W1[]", "W1[0][1]", "Q1[0]", "W123456[0]",
    "dL/ddL/dW1[0,0]", "m(m(W1[0,0]))", "W1(0)", "V1[0,0]", "s1[3]", "m2[0]", "w[1]", "δ1[0,0]", "f[0,0]", "y[0,0]",
]  # fmt: skip


def test_the_page_reads_names_as_we_do(tmp_path):
    program = "process.stdout.write(JSON.stringify(given.map(page.readPlace)));"
    for name, place in zip(NAMES, PageCode("number/place.ts", program, tmp_path)(NAMES), strict=True):
        own = Place.read(name, symbols=True)
        assert (own is None) == (place is None), name
        if own is not None:
            index = tuple(map(str, own.index))
            assert (own.letter, own.layer, index, own.role) == (
                place["letter"], place["layer"], tuple(place["index"]), place["role"],
            )  # fmt: skip
