"""Saving of fitted estimators: the model file, and exports for other languages and runtimes."""

from __future__ import annotations

import os
from abc import abstractmethod
from pathlib import Path

from glassnet.files import ModelFile, export_c, export_onnx, export_python, write_model


class Portable:
    """Mixin of all estimators; they differ in what they put into the model file."""

    @abstractmethod
    def _model_file(self) -> ModelFile:
        """Everything that a file must hold to answer as this estimator does."""

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the model to a file that holds no code; `glassnet.load` reads it back, to the same bits.

        Parameters
        ----------
        path : str or path

        Returns
        -------
        Path

        Raises
        ------
        FileError
            When the system refuses; an older file of the name stays as it was.
        """
        return write_model(path, self._model_file())

    def export_onnx(self, path: str | os.PathLike[str], *, precision: str | None = None) -> Path:
        """Write the model as an ONNX file, preprocessing inside, for ONNX Runtime in any language.

        There is one input of shape (rows, 1) per column: numbers as floats (NaN: missing), dates as days since
        1970-01-01, yes/no and categories as strings ("": missing); estimators of a plain matrix have one input ``X``.
        The outputs are ``prediction``, or ``label`` and ``probabilities``.

        Parameters
        ----------
        path : str or path
        precision : {"float64", "float32"}, optional
            In which the graph computes: double unless some layers look at images. "float32" runs in more places and
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
        """Write the model as one C99 header that allocates nothing and tests itself.

        Parameters
        ----------
        path : str or path
        name : str, optional
            What every identifier begins with; made from the file's name when it is not given.

        Returns
        -------
        Path
        """
        return export_c(self._model_file(), path, name=name)

    def export_python(self, path: str | os.PathLike[str]) -> Path:
        """Write the model as a page of Python that needs NumPy only: for reading, and for papers.

        Parameters
        ----------
        path : str or path

        Returns
        -------
        Path
        """
        return export_python(self._model_file(), path)
