"""How much a knotted rope holds."""

#: The part of a rope's strength that is left in a knot.
KNOTS = {"none": 1.0, "bowline": 0.67, "figure-eight": 0.77, "reef": 0.45}

#: A rope that carries no people is loaded with so much less than breaks it.
SAFETY = 5


def working_load(breaking_load: float, knot: str = "none", safety: float = SAFETY) -> float:
    """The load that a rope may carry, in the unit of its breaking load."""
    if breaking_load < 0:
        raise ValueError("a breaking load is not negative")
    if safety < 1:
        raise ValueError("a safety factor is at least 1")
    try:
        left = KNOTS[knot]
    except KeyError:
        raise ValueError(f"no such knot: {knot}") from None
    return breaking_load * left / safety
