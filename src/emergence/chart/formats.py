"""Numbers as sentences write them."""

from __future__ import annotations


def percent(value: float, digits: int = 1, trim: bool = False) -> str:
    """A fraction in percent, without the sign: 0.439 -> '43.9'. `trim` drops a final '.0'."""
    text = f"{100 * value:.{digits}f}"
    return text.removesuffix(".0") if trim else text


def points(value: float) -> str:
    """A difference of fractions in percentage points, with its sign: -0.031 -> '−3.1'."""
    return f"{100 * value:+.1f}".replace("-", "−")


def magnitude(value: float) -> str:
    """A count from a million on as the field writes it, with M, B, T or P: 7.0e10 -> '70B'."""
    for factor, letter in ((1e15, "P"), (1e12, "T"), (1e9, "B"), (1e6, "M")):
        if value >= 0.9995 * factor:
            return f"{value / factor:.3g}{letter}"
    return f"{value:.3g}"


def about(value: float) -> str:
    """A large number with two significant digits: 42345 -> '42,000'."""
    return f"{float(f'{value:.1e}'):,.0f}"


def scientific(value: float, digits: int = 1, times: str = "·") -> str:
    """A number times a power of ten: 3.14e23 -> '3.1·10²³'."""
    mantissa, exponent = f"{value:.{digits}e}".split("e")
    raised = str(int(exponent)).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))
    return f"{mantissa}{times}10{raised}"
