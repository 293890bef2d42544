// The operations of the interpreter. The Python side reads the names from the module, so the order is free.
#pragma once

namespace glassnet {

enum Opcode : int {
  op_add,
  op_subtract,
  op_multiply,
  op_divide,
  op_negate,
  op_exp,
  op_expm1,
  op_log,
  op_log1p,
  op_tanh,
  op_erf,
  op_sqrt,
  op_abs,
  op_sin,
  op_cos,
  op_max,
  op_min,
  op_power,
  op_where_less,
  op_where_less_equal,
  op_where_greater,
  op_where_greater_equal,
  op_count
};

// As the formula language writes them.
constexpr const char* opcode_names[op_count] = {
    "+",    "-",   "*",   "/",   "neg", "exp", "expm1", "log",    "log1p",   "tanh",   "erf",
    "sqrt", "abs", "sin", "cos", "max", "min", "power", "where<", "where<=", "where>", "where>="};

}  // namespace glassnet
