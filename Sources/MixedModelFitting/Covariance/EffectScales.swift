// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DenseMatrices

/// A problem that holds covariates of random effects in other units than the data, where their
/// magnitude would endanger the arithmetic. Theta follows them.
///
/// The scales are powers of two, so that nothing is rounded on the way in or out.
package protocol ScaledProblem {
  var covariance: RelativeCovarianceFactor { get }
  /// The factors by which the covariates were divided, one per effect of each term.
  var effectScales: [[Double]] { get }
}

extension ScaledProblem {
  /// Theta for the covariates of the data, from theta as the problem holds it.
  package func userParameters(_ theta: [Double]) -> [Double] { rescaled(theta, dividing: true) }

  /// Theta as the problem holds it, from theta for the covariates of the data.
  package func internalParameters(_ theta: [Double]) -> [Double] {
    rescaled(theta, dividing: false)
  }

  private func rescaled(_ theta: [Double], dividing: Bool) -> [Double] {
    guard effectScales.contains(where: { $0.contains { $0 != 1 } }) else { return theta }
    let directions = covariance.derivatives(at: theta)
    return zip(theta, directions).map { value, direction in
      let row = (0..<direction.block.rowCount).first { row in
        (0...row).contains { direction.block[row, $0] != 0 }
      }
      let scale = effectScales[direction.term][direction.offset + (row ?? 0)]
      return dividing ? value / scale : value * scale
    }
  }

  /// The covariance factors of all terms for the covariates of the data.
  /// - Parameter theta: as the problem holds it.
  func termFactors(_ theta: [Double]) -> [Matrix] {
    effectScales.enumerated().map { term, scales in
      var lambda = covariance.factor(theta, term: term)
      // An effect held per unit of a scaled covariate is so much smaller per unit of the covariate.
      for i in scales.indices where scales[i] != 1 {
        for j in 0...i { lambda[i, j] /= scales[i] }
      }
      return lambda
    }
  }
}

extension DesignRows.Term {
  /// Powers of two that bring the covariates into a safe range; mostly ones.
  func effectScales(safe: ClosedRange<Double>) -> [Double] {
    (0..<dimension).map { effect in
      var largest = 0.0
      for place in stride(from: effect, to: values.count, by: dimension) {
        largest = max(largest, abs(values[place]))
      }
      return safeScale(largest, safe: safe)
    }
  }

  /// The term with its covariates divided by the scales and multiplied by the roots of the weights.
  func scaled(by scales: [Double], rootWeights: [Double]?) -> DesignRows.Term {
    guard rootWeights != nil || scales.contains(where: { $0 != 1 }) else { return self }
    var values = values
    for row in 0..<levelCodes.count {
      let weight = rootWeights?[row] ?? 1
      for j in 0..<dimension { values[row * dimension + j] *= weight / scales[j] }
    }
    return DesignRows.Term(
      levelCodes: levelCodes, levelCount: levelCount, dimension: dimension, values: values)
  }
}

/// One, or the power of two nearest to a magnitude outside the safe range.
func safeScale(_ magnitude: Double, safe: ClosedRange<Double>) -> Double {
  guard magnitude > 0, !safe.contains(magnitude) else { return 1 }
  return Double(sign: .plus, exponent: magnitude.exponent, significand: 1)
}
