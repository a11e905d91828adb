"""The version of this package. It stands here and nowhere else."""

__version__ = "0.1.0"
