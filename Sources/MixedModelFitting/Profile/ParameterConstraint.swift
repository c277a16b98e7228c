// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DenseMatrices
import RealModule

/// A parameter as people know it, as a function of the parameters of a criterion, with derivatives.
struct ParameterConstraint: Sendable {
  enum Form: Sendable {
    /// `offset + Σ weights[j] x[j]`
    case linear(weights: [Double], offset: Double)
    /// `unit exp(power x[place])`
    case exponential(place: Int, power: Double)
    /// The length of a row of a term's factor, in the given unit.
    case standardDeviation(term: Int, row: Int)
    /// The cosine of the angle between two rows.
    case correlation(term: Int, Int, Int)
  }

  let form: Form
  /// The unit of the value.
  var unit = 1.0
  let covariance: RelativeCovarianceFactor
  /// In what units the factors are held; the value is in those of the data.
  let effectUnits: [EffectUnits]
  /// Where theta begins among the parameters.
  let thetaStart: Int
  /// Where the logarithm of the standard deviation is to which the factors are relative, if they are.
  let logScale: Int?

  func value(at parameters: [Double]) -> Double {
    switch form {
    case .linear(let weights, let offset):
      return zip(weights, parameters).reduce(offset) { $0 + $1.0 * $1.1 }
    case .exponential(let place, let power): return unit * Double.exp(power * parameters[place])
    case .standardDeviation(let term, let row):
      return scale(parameters) * factor(parameters, term).rowNorm(row)
    case .correlation(let term, let i, let j):
      return factor(parameters, term).rowCorrelation(i, j) ?? 0
    }
  }

  /// One entry per parameter; zero where the parameter has no derivative, as a length that is zero.
  func gradient(at parameters: [Double]) -> [Double] {
    var gradient = [Double](repeating: 0, count: parameters.count)
    switch form {
    case .linear(let weights, _):
      for (place, weight) in weights.enumerated() { gradient[place] = weight }
    case .exponential(let place, let power):
      gradient[place] = power * unit * Double.exp(power * parameters[place])
    case .standardDeviation(let term, let row):
      let lambda = factor(parameters, term)
      let norm = lambda.rowNorm(row)
      guard norm > 0 else { return gradient }
      let scale = scale(parameters)
      pullback(parameters, term, into: &gradient) { i, j in
        i == row ? scale * lambda[row, j] / norm : 0
      }
      if let logScale { gradient[logScale] = scale * norm }
    case .correlation(let term, let first, let second):
      let lambda = factor(parameters, term)
      guard let correlation = lambda.rowCorrelation(first, second) else { return gradient }
      let lengths = (lambda.rowNorm(first), lambda.rowNorm(second))
      pullback(parameters, term, into: &gradient) { i, j in
        let units = (lambda[first, j] / lengths.0, lambda[second, j] / lengths.1)
        if i == first { return (units.1 - correlation * units.0) / lengths.0 }
        return i == second ? (units.0 - correlation * units.1) / lengths.1 : 0
      }
    }
    return gradient
  }

  /// The second derivatives, by central differences of the gradient.
  func hessian(at parameters: [Double]) -> Matrix {
    let count = parameters.count
    var hessian = Matrix(rowCount: count, columnCount: count)
    if case .linear = form { return hessian }
    let step = Self.relativeStep * length(parameters)
    var moved = parameters
    for j in 0..<count {
      moved[j] = parameters[j] + step
      let above = gradient(at: moved)
      moved[j] = parameters[j] - step
      let below = gradient(at: moved)
      moved[j] = parameters[j]
      for i in 0..<count {
        let half = (above[i] - below[i]) / (4 * step)
        hessian[i, j] += half
        hessian[j, i] += half
      }
    }
    return hessian
  }

  private static let relativeStep = 1e-5

  /// The length on which the gradient changes.
  private func length(_ parameters: [Double]) -> Double {
    var length = 1.0
    switch form {
    case .linear, .exponential: break
    case .standardDeviation(let term, let row):
      length = factor(parameters, term).rowNorm(row)
    case .correlation(let term, let i, let j):
      let rows = factor(parameters, term)
      length = min(rows.rowNorm(i), rows.rowNorm(j))
    }
    return length > 0 ? min(1, length) : 1
  }

  private func theta(_ parameters: [Double]) -> [Double] {
    Array(parameters[thetaStart..<thetaStart + covariance.parameterCount])
  }

  private func scale(_ parameters: [Double]) -> Double {
    unit * (logScale.map { Double.exp(parameters[$0]) } ?? 1)
  }

  /// A factor for the covariates of the data, which need not be a triangle.
  private func factor(_ parameters: [Double], _ term: Int) -> Matrix {
    var lambda = covariance.factor(theta(parameters), term: term)
    effectUnits[term].release(&lambda)
    return lambda
  }

  /// Derivatives in theta from those with respect to the entries of one term's factor.
  private func pullback(
    _ parameters: [Double], _ term: Int, into gradient: inout [Double],
    _ adjoint: (_ row: Int, _ column: Int) -> Double
  ) {
    for entry in covariance.directions(at: theta(parameters)).entries(ofTerm: term) {
      let derivative = effectUnits[term].heldDerivative(entry.row) { adjoint($0, entry.column) }
      gradient[thetaStart + entry.parameter] += derivative * entry.value
    }
  }
}

extension Matrix {
  private func rowProduct(_ i: Int, _ j: Int) -> Double {
    (0..<columnCount).reduce(0) { $0 + self[i, $1] * self[j, $1] }
  }

  fileprivate func rowNorm(_ i: Int) -> Double { rowProduct(i, i).squareRoot() }

  /// The cosine of the angle between two rows; `nil` where one is zero.
  fileprivate func rowCorrelation(_ i: Int, _ j: Int) -> Double? {
    let lengths = rowNorm(i) * rowNorm(j)
    guard lengths > 0 else { return nil }
    // Rounding could leave the range by a unit in the last place.
    return min(1, max(-1, rowProduct(i, j) / lengths))
  }
}
