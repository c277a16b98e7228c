// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import ModelFormulas
import RealModule

extension FormulaFunction {
  /// The function of each value, or `nil` if it is not one that works value by value.
  func elementwise(_ x: [Double]) -> [Double]? {
    switch self {
    case .log: x.map { Double.log($0) }
    case .log2: x.map { Double.log2($0) }
    case .log10: x.map { Double.log10($0) }
    case .log1p: x.map { Double.log(onePlus: $0) }
    case .exp: x.map { Double.exp($0) }
    case .expm1: x.map { Double.expMinusOne($0) }
    case .sqrt: x.map { $0.squareRoot() }
    case .abs: x.map { $0.magnitude }
    case .abs2: x.map { $0 * $0 }
    case .identity: x
    case .center, .scale, .poly, .offset, .fullDummy, .successesAndFailures: nil
    }
  }
}

/// An operation inside `I(...)` or on the response side.
enum ArithmeticOperator: String {
  case add = "+"
  case subtract = "-"
  case multiply = "*"
  case divide = "/"
  case power = "^"

  func callAsFunction(_ left: Double, _ right: Double) -> Double {
    switch self {
    case .add: left + right
    case .subtract: left - right
    case .multiply: left * right
    case .divide: left / right
    case .power: raised(left, to: right)
    }
  }
}

/// `base ^ exponent` for any base where the exponent is a whole number; R's `^`.
private func raised(_ base: Double, to exponent: Double) -> Double {
  if exponent == 2 { return base * base }
  // Whole numbers beyond 2^53 have no odd members, and no power of them is finite but of ±1.
  if exponent == exponent.rounded(), abs(exponent) < 0x1p53 {
    return Double.pow(base, Int(exponent))
  }
  return Double.pow(base, exponent)
}

/// What a transformation learnt from the rows a model was fitted to, so that it does the same to
/// other rows.
package enum LearntConstants: Sendable, Hashable {
  /// `center(x)` is x less the mean.
  case center(mean: Double)
  /// `scale(x)` is x less the mean, divided by the standard deviation (n - 1 in the denominator).
  case scale(mean: Double, standardDeviation: Double)
  /// `poly(x, d)`.
  case polynomials(OrthogonalPolynomials)
}

extension LearntConstants {
  /// The mean of `values`, in two passes so that a large mean costs no digits.
  /// - Parameter frequencies: how often each value counts; `nil` for once.
  static func mean(of values: [Double], frequencies: [Double]?) -> Double {
    let count = max(frequencies?.reduce(0, +) ?? Double(values.count), 1)
    let first = frequentSum(values, frequencies) { $0 } / count
    return first + frequentSum(values, frequencies) { $0 - first } / count
  }

  static func standardDeviation(
    of values: [Double], mean: Double, frequencies: [Double]?
  ) -> Double {
    let count = frequencies?.reduce(0, +) ?? Double(values.count)
    let sumOfSquares = frequentSum(values, frequencies) { ($0 - mean) * ($0 - mean) }
    return (sumOfSquares / max(count - 1, 1)).squareRoot()
  }

  private static func frequentSum(
    _ values: [Double], _ frequencies: [Double]?, _ part: (Double) -> Double
  ) -> Double {
    guard let frequencies else { return values.reduce(0) { $0 + part($1) } }
    return zip(values, frequencies).reduce(0) { $0 + $1.1 * part($1.0) }
  }
}
