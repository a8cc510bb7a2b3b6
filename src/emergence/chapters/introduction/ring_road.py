"""Cars on a ring road: the simulation of Nagel & Schreckenberg (1992)."""

from __future__ import annotations

from functools import cache

import numpy as np

CELLS, STEPS, SLOWDOWN, LIMIT = 60, 60, 0.3, 5


def drive(
    cells: int, cars: int, steps: int, slowdown: float, seed: int, limit: int = LIMIT
) -> tuple[np.ndarray, np.ndarray]:
    """Nagel & Schreckenberg (1992), section 2: cars on a ring road, all stepping at once.

    Each step every car speeds up by one cell per step to at most `limit`, brakes so as not to reach the car ahead, slows
    by one with probability `slowdown`, and moves. The cars start evenly spaced and at rest. Returns positions and speeds,
    both of shape (steps, cars), in cells and cells per step.
    """
    if not 0 < cars <= cells:
        raise ValueError(
            f"cars={cars} is out of range; a ring of {cells} cells holds 1 to {cells} cars"
        )
    rng = np.random.default_rng(seed)
    position, speed = np.arange(cars) * cells // cars, np.zeros(cars, int)
    positions, speeds = np.empty((steps, cars), int), np.empty((steps, cars), int)
    for t in range(steps):
        # A car alone on the ring has itself ahead.
        gap = (np.roll(position, -1) - position - 1) % cells
        speed = np.minimum(np.minimum(speed + 1, limit), gap)
        speed = np.where(rng.random(cars) < slowdown, np.maximum(speed - 1, 0), speed)
        position = (position + speed) % cells
        positions[t], speeds[t] = position, speed
    return positions, speeds


@cache
def averages(
    density: float, cells: int = 1000, steps: int = 1500, settle: int = 500
) -> tuple[float, float]:
    """Share of cars standing still and mean speed (cells per step) on a long ring, after `settle` steps; fixed seed."""
    _, speed = drive(cells, round(cells * density), steps, SLOWDOWN, seed=0)
    return float((speed[settle:] == 0).mean()), float(speed[settle:].mean())
