"""Figures of the chapter on emergence."""

from .benchmarks import *  # noqa: F403
from .lenses import *  # noqa: F403
from .live import *  # noqa: F403
from .miniature import *  # noqa: F403
from .mirage import *  # noqa: F403
from .numbers import numbers
from .wei import *  # noqa: F403

FIGURES = [
    "few_shot_panels",
    "augmented_prompting_panels",
    "ladder",
    "gpt3_arithmetic",
    "metric_lens",
    "four_lenses",
    "error_vs_cross_entropy",
    "mirage_arithmetic",
    "mmlu_by_flops",
    "open_models",
    "pythia_training",
    "bigbench_classes",
    "multi_step_dial",
    "vision_mirage",
    "palm_bigbench_lite",
    "few_shot_vs_sota",
    "own_seeds",
    "own_learning",
    "live_addition",
]
__all__ = [*FIGURES, "numbers"]
