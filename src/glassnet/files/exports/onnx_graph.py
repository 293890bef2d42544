"""A graph of ONNX nodes under construction, and formulas as nodes.

ONNX has no ``expm1`` and ``log1p``, and runtimes compute ``erf`` in single precision only; these three are composed
here from operations that every runtime has in double precision.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from glassnet.errors import MissingDependency
from glassnet.formulas import Expression
from glassnet.formulas.language.syntax import Call, Name, Node, Number, Operation

OPSET = 17
ML_OPSET = 3
_FUNCTIONS = {
    "exp": "Exp", "log": "Log", "tanh": "Tanh", "sqrt": "Sqrt", "abs": "Abs", "sin": "Sin", "cos": "Cos",
    "max": "Max", "min": "Min", "power": "Pow", "where": "Where",
}  # fmt: skip
_OPERATORS = {
    "+": "Add", "-": "Sub", "*": "Mul", "/": "Div", "<": "Less", "<=": "LessOrEqual", ">": "Greater",
    ">=": "GreaterOrEqual", "neg": "Neg",
}  # fmt: skip
# Kahan's compensated forms near zero, the plain ones elsewhere
_COMPOSED = {
    "expm1": Expression(
        "where(abs(x) > 0.5, exp(x) - 1, where(abs(exp(x) - 1) > 0, (exp(x) - 1) * x / log(exp(x)), x))"
    ),
    "log1p": Expression("where(abs(x) > 0.5, log(1 + x), where(abs(1 + x - 1) > 0, log(1 + x) * x / (1 + x - 1), x))"),
}
# erf(x) / x in powers of x**2 for |x| < 1: 2 / sqrt(pi) * (-1)**k / (k! * (2 k + 1))
_ERF_SMALL = (
    1.1283791670955126, -0.37612638903183754, 0.11283791670955126, -0.026866170645131252, 0.005223977625442188,
    -0.0008548327023450853, 0.00012055332981789664, -1.492565035840625e-05, 1.6462114365889248e-06,
    -1.6365844691234924e-07, 1.4807192815879218e-08, -1.2290555301717928e-09, 9.422759064650411e-11,
    -6.7113668551641105e-12, 4.4632242632864775e-13, -2.7835162072109215e-14, 1.6342614095367152e-15,
    -9.063970842808673e-17,
)  # fmt: skip
# log(erfc(x) * exp(x**2) / t) in powers of 2 t - 1 with t = 2 / (2 + x), interpolated at 26 Chebyshev nodes
_ERF_LARGE = (
    -0.6717940840566922, 0.6726432239776567, 0.047343306841863754, -0.046895610231160824, -0.00987268936410846,
    0.00882493855611383, 0.0017589335075480397, -0.0023458124784660516, -0.00014624628859718252,
    0.0006736785371369921, -9.373894209180262e-05, -0.00017430116360991256, 7.141808767204543e-05,
    3.1737328155349395e-05, -3.023780825572967e-05, 1.6080205095439494e-07, 8.662494482986981e-06,
    -2.994294118363313e-06, -1.4094127307024207e-06, 1.3137199073509803e-06, -4.1484920834124593e-08,
    -3.086559820402206e-07, 7.746001345360312e-08, 3.675878538183882e-08, -1.2776506237493277e-08,
    -1.1141466421901909e-09,
)  # fmt: skip


def onnx_package() -> Any:
    """The onnx package; `MissingDependency` holds the command that installs it."""
    try:
        import onnx
    except ImportError:
        raise MissingDependency(
            "Writing ONNX files needs onnx, which is not installed. Run: pip install 'glassnet[onnx]'"
        ) from None
    return onnx


class OnnxGraph:
    """Nodes and constants in the order in which they were added; values are known by their names."""

    def __init__(self, precision: type[np.float32] | type[np.float64]) -> None:
        self.precision = precision
        self.onnx = onnx_package()
        self.nodes: list[Any] = []
        self.constants: list[Any] = []
        self._known: dict[Any, str] = {}

    @property
    def element(self) -> int:
        """The ONNX element type of the precision."""
        return int(self.onnx.helper.np_dtype_to_tensor_dtype(np.dtype(self.precision)))

    def add(self, operation: str, *inputs: str, domain: str = "", **attributes: Any) -> str:
        """One node with one result; returns the result's name."""
        key = (operation, inputs, domain, repr(attributes))
        if key not in self._known:
            name = f"/{operation}_{len(self.nodes)}"
            node = self.onnx.helper.make_node(operation, list(inputs), [name], name, domain=domain, **attributes)
            self.nodes.append(node)
            self._known[key] = name
        return self._known[key]

    def constant(self, value: Any, dtype: Any = None) -> str:
        """An array as an initializer, in the graph's precision unless `dtype` says otherwise."""
        array = np.ascontiguousarray(value, dtype=self.precision if dtype is None else dtype).reshape(np.shape(value))
        text = array.dtype.kind in "OU"
        key = ("constant", array.dtype.str, array.shape, tuple(array.ravel()) if text else array.tobytes())
        if key not in self._known:
            name = f"/constant_{len(self.constants)}"
            helper = self.onnx.helper
            if text:
                entries = [str(entry).encode("utf-8") for entry in array.ravel()]
                tensor = helper.make_tensor(name, self.onnx.TensorProto.STRING, array.shape, entries)
            else:
                tensor = self.onnx.numpy_helper.from_array(array, name)
            self.constants.append(tensor)
            self._known[key] = name
        return self._known[key]

    def formula(self, expression: Expression, values: Mapping[str, str | float]) -> str:
        """A formula as nodes; `values` gives each name a value's name or a number."""
        return self._node(expression.tree, values)

    def _node(self, node: Node, values: Mapping[str, str | float]) -> str:
        """One node of the formula's tree."""
        if isinstance(node, Number):
            return self.constant(node.value)
        if isinstance(node, Name):
            value = values[node.name]
            return value if isinstance(value, str) else self.constant(value)
        if isinstance(node, Call):
            return self._call(node, [self._node(argument, values) for argument in node.arguments])
        assert isinstance(node, Operation)
        if node.left is None:
            return self.add("Neg", self._node(node.right, values))
        left = self._node(node.left, values)
        if node.operator == "**":
            assert isinstance(node.right, Number)
            product = left
            for _ in range(int(node.right.value) - 1):
                product = self.add("Mul", product, left)
            return product
        return self.add(_OPERATORS[node.operator], left, self._node(node.right, values))

    def _call(self, node: Call, arguments: Sequence[str]) -> str:
        """A function of the formula language."""
        if node.function in _COMPOSED:
            return self.formula(_COMPOSED[node.function], {"x": arguments[0]})
        if node.function == "erf":
            return self.add("Erf", *arguments) if self.precision is np.float32 else self._erf(arguments[0])
        return self.add(_FUNCTIONS[node.function], *arguments)

    def _erf(self, x: str) -> str:
        """The error function to 16 digits: a power series below 1, ``1 - t exp(-x**2 + polynomial)`` above."""
        size = self.add("Abs", x)
        square = self.add("Mul", size, size)
        one, two = self.constant(1.0), self.constant(2.0)
        small = self.add("Mul", x, self._polynomial(_ERF_SMALL, self.add("Min", square, one)))
        t = self.add("Div", two, self.add("Add", two, size))
        inside = self._polynomial(_ERF_LARGE, self.add("Sub", self.add("Mul", two, t), one))
        tail = self.add("Mul", t, self.add("Exp", self.add("Sub", inside, square)))
        large = self.add("Mul", self.add("Sign", x), self.add("Sub", one, tail))
        return self.add("Where", self.add("Less", size, one), small, large)

    def _polynomial(self, coefficients: Sequence[float], x: str) -> str:
        """Horner's rule; coefficients from the constant upwards."""
        result = self.constant(coefficients[-1])
        for coefficient in reversed(coefficients[:-1]):
            result = self.add("Add", self.add("Mul", result, x), self.constant(coefficient))
        return result
