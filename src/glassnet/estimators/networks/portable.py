"""Saving fitted estimators: the model file, and exports for other languages and runtimes."""

from __future__ import annotations

import os
from abc import abstractmethod
from pathlib import Path

from glassnet.files import ModelFile, export_c, export_onnx, export_python, write_model


class Portable:
    """Mixin of all estimators, which differ in the contents of their model files."""

    @abstractmethod
    def _model_file(self) -> ModelFile:
        """The complete content of a file that predicts as this estimator does."""

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the model to a file without code; `glassnet.load` restores it, to the same bits.

        Parameters
        ----------
        path : str or path

        Returns
        -------
        Path

        Raises
        ------
        FileError
            When the file cannot be written; an existing file of that name stays unchanged.
        """
        return write_model(path, self._model_file())

    def export_onnx(self, path: str | os.PathLike[str], *, precision: str | None = None) -> Path:
        """Write the model as an ONNX file, including preprocessing, for ONNX Runtime in any language.

        There is one input of shape (rows, 1) per column: numbers as floats (NaN: missing), dates as days since
        1970-01-01, yes/no and categories as strings ("": missing); estimators of a plain matrix have one input ``X``.
        The outputs are ``prediction``, or ``label`` and ``probabilities``.

        Parameters
        ----------
        path : str or path
        precision : {"float64", "float32"}, optional
            The precision of the graph: double unless there are image layers. "float32" runs in more places and
            differs from `predict` in the sixth digit.

        Returns
        -------
        Path

        Raises
        ------
        MissingDependency
            When the package onnx is not installed.
        """
        return export_onnx(self._model_file(), path, precision=precision)

    def export_c(self, path: str | os.PathLike[str], *, name: str | None = None) -> Path:
        """Write the model as one C99 header that allocates no memory and tests itself.

        Parameters
        ----------
        path : str or path
        name : str, optional
            The prefix of every identifier; derived from the file's name if not given.

        Returns
        -------
        Path
        """
        return export_c(self._model_file(), path, name=name)

    def export_python(self, path: str | os.PathLike[str]) -> Path:
        """Write the model as a Python file that needs only NumPy, for reading and for papers.

        Parameters
        ----------
        path : str or path

        Returns
        -------
        Path
        """
        return export_python(self._model_file(), path)
