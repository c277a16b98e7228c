// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

/// What can stand for one column in a formula: a variable, a number, or a call.
///
/// Arithmetic inside `I(...)` and on the response side is a call named by its operator:
/// `I(x^2)` is `call("I", [call("^", [variable("x"), number(2)])])`.
public indirect enum Expression: Sendable, Hashable {
  case variable(String)
  case number(Double)
  case call(String, [Expression])
}

extension Expression {
  /// The variables that occur, each once, in order of appearance.
  package var variables: [String] {
    switch self {
    case .variable(let name): [name]
    case .number: []
    case .call(_, let arguments):
      arguments.reduce(into: []) { names, argument in
        for name in argument.variables where !names.contains(name) { names.append(name) }
      }
    }
  }
}
