"""The logistic curve through a curve's points; the page's script fits by the same rules, and the tests hold it to them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from .curves import ExplorerError, store
from .selection import select, state

FEWEST = 4
"""A fit of two parameters to fewer different sizes than this would be a drawing, not a fit."""
BEYOND = 1.0
"""How far beyond the points a fit may place its midpoint, interval included: a factor of ten, and on the axis of dates a year."""
EXACT = 1e-12
"""Sums of squares closer than this differ by rounding: scores have four digits or fewer."""


@dataclass(frozen=True)
class Fit:
    """``score = floor + (1 - floor) / (1 + exp(-steepness * (u - midpoint)))``, u being log10 of x, or x itself where the axis is dates.

    Free: `midpoint` and `steepness`; held: the floor (chance, else 0) and the ceiling 1. Intervals are 95 %, from the curvature of
    the sum of squares (delta method) and Student's t with n - 2 degrees of freedom. `b` and `covariance` are those of the
    logit's constant and slope in standardized u (`center`, `spread`), from which `band` is computed.
    """

    midpoint: float
    midpoint_interval: tuple[float, float]
    steepness: float
    steepness_interval: tuple[float, float]
    floor: float
    points: int
    b: tuple[float, float]
    covariance: tuple[tuple[float, float], tuple[float, float]]
    center: float
    spread: float
    t: float

    def band(self, u: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """The curve and its 95 % interval at `u`."""
        z = (np.asarray(u, float) - self.center) / self.spread
        (vaa, vab), (_, vbb) = self.covariance
        eta, half = (
            self.b[0] + self.b[1] * z,
            self.t * np.sqrt(np.maximum(0, vaa + 2 * z * vab + z * z * vbb)),
        )
        return tuple(
            self.floor + (1 - self.floor) / (1 + np.exp(-e)) for e in (eta, eta - half, eta + half)
        )


def fit_logistic(u: Sequence[float], y: Sequence[float], floor: float = 0.0) -> Fit | str:
    """Least-squares logistic curve through scores `y` (fractions) at `u`; or the first of these reasons why there is none:

    - "few": fewer than `FEWEST` different u.
    - "room": the floor is the ceiling or above it (the chance of an error rate is 1).
    - "flat": the average of the scores, the curve of no steepness, describes them as well.
    - "falls": the scores fall, and the curve is one of a rise.
    - "steep": the points leave the steepness open: a jump, the curve of endless steepness, describes them as well, or its interval reaches zero.
    - "far": the interval of the midpoint reaches more than `BEYOND` beyond the points.

    "As well" means that the sum of squares lies within the 95 % bound around that of the best curve: it exceeds it by no more than t² s²,
    which is the F test of one parameter. Raises `ExplorerError` for points that are no pairs of finite numbers.
    """
    from scipy.optimize import least_squares
    from scipy.stats import t as student

    try:
        u, y, floor = np.asarray(u, float), np.asarray(y, float), float(floor)
    except (TypeError, ValueError):
        raise ExplorerError("a fit needs numbers for places, scores and floor") from None
    if (
        u.ndim != 1
        or u.shape != y.shape
        or not (np.isfinite(u).all() and np.isfinite(y).all() and math.isfinite(floor))
    ):
        raise ExplorerError(
            "a fit needs as many scores as places, all of them finite numbers, and a floor"
        )
    if len(np.unique(u)) < FEWEST:
        return "few"
    if not floor < 1:
        return "room"
    center, spread = u.mean(), u.std()
    z = (u - center) / spread
    share = np.clip((y - floor) / (1 - floor), 0.01, 0.99)
    slope, constant = np.polyfit(z, np.log(share / (1 - share)), 1)

    def sigma(b):
        return 1 / (1 + np.exp(-np.clip(b[0] + b[1] * z, -700, 700)))

    def jacobian(b):
        s = sigma(b)
        d = (1 - floor) * s * (1 - s)
        return np.column_stack([d, d * z])

    found = least_squares(
        lambda b: floor + (1 - floor) * sigma(b) - y,
        [constant, slope],
        jacobian,
        method="lm",
        xtol=1e-15,
        ftol=1e-15,
        gtol=1e-15,
        max_nfev=2000,
    )
    b, squares, degrees = found.x, float(found.fun @ found.fun), len(u) - 2
    t = float(student.ppf(0.975, degrees))
    bound = squares + t * t * squares / degrees + EXACT
    if np.square(y - y.mean()).sum() <= bound:
        return "flat"
    if b[1] < 0:
        return "falls"
    if _jump(u, y, floor) <= bound:
        return "steep"
    J = jacobian(b)
    A = J.T @ J
    with np.errstate(divide="ignore", invalid="ignore"):
        cov = (
            squares
            / degrees
            * np.array([[A[1, 1], -A[0, 1]], [-A[0, 1], A[0, 0]]])
            / (A[0, 0] * A[1, 1] - A[0, 1] ** 2)
        )
    midpoint, steepness, half_s = (
        center - spread * b[0] / b[1],
        b[1] / spread,
        t * np.sqrt(cov[1, 1]) / spread,
    )
    if not steepness - half_s > 0:
        return "steep"
    gradient = np.array([-spread / b[1], spread * b[0] / b[1] ** 2])
    half_m = t * np.sqrt(gradient @ cov @ gradient)
    if not (midpoint - half_m >= u.min() - BEYOND and midpoint + half_m <= u.max() + BEYOND):
        return "far"
    return Fit(
        float(midpoint),
        (float(midpoint - half_m), float(midpoint + half_m)),
        float(steepness),
        (float(steepness - half_s), float(steepness + half_s)),
        floor,
        len(u),
        tuple(map(float, b)),
        tuple(map(tuple, cov.tolist())),
        float(center),
        float(spread),
        t,
    )


def _jump(u: np.ndarray, y: np.ndarray, floor: float) -> float:
    """The squares left by the best jump from the floor to 1, which may stand between two points or at one, where it leaves the level open."""
    left = []
    for at in np.unique(u):
        here = y[u == at]
        level = min(1.0, max(floor, here.mean()))
        left.append(
            np.square(y[u < at] - floor).sum()
            + np.square(here - level).sum()
            + np.square(y[u > at] - 1).sum()
        )
    return float(min(left))


def fits(**given: Any) -> dict[int, Fit | str]:
    """Fits of the curves drawn in a state, by slot. Besides `fit_logistic`'s reasons: "unit" (scores that are no fractions), "task"
    (against another task's score)."""
    chosen, rows = state(**given), select(**given)
    rows = rows[rows["kind"] == "published"]
    out: dict[int, Fit | str] = {}
    for slot, part in rows.groupby("slot"):
        if part["unit"].iloc[0] != "fraction" or chosen["x"] == "task":
            out[int(slot)] = "unit" if part["unit"].iloc[0] != "fraction" else "task"
            continue
        s = store()
        chance = s.curves["chance"][s.known[chosen["curves"][int(slot)]][0]]
        part = part[(part["x"] > 0)]  # before training a model has seen no token
        u = (
            part["x"].to_numpy(float)
            if chosen["x"] == "date"
            else np.log10(part["x"].to_numpy(float))
        )
        out[int(slot)] = fit_logistic(u, part["value"], 0.0 if pd.isna(chance) else float(chance))
    return out
