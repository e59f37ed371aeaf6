import pytest

from rope_strength import KNOTS, working_load


def test_a_straight_rope_carries_most():
    assert all(working_load(100, knot) <= working_load(100) for knot in KNOTS)


@pytest.mark.parametrize("knot, load", [("none", 20.0), ("figure-eight", 15.4), ("reef", 9.0)])
def test_a_knot_weakens(knot, load):
    assert working_load(100, knot) == pytest.approx(load)


def test_what_is_no_rope_is_refused():
    with pytest.raises(ValueError):
        working_load(-1)
    with pytest.raises(ValueError):
        working_load(1, "granny")
    with pytest.raises(ValueError):
        working_load(1, safety=0.5)
