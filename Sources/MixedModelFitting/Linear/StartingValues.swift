// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DenseMatrices
import ModelOptimization

extension LinearCriterion {
  /// Where an optimization without starting values in its options begins: Newton's method at moment
  /// estimates of the covariances, which are near the optimum; any other method at identity factors, as
  /// in the programs it is known from.
  ///
  /// Variances that the criterion knows nothing of start, and stay, at zero.
  func startingParameters(for optimizer: any Optimizer) -> [Double] {
    let start =
      (optimizer is TrustRegionNewton ? momentStart() : nil) ?? covariance.identityParameters
    guard criterion == .restrictedMaximumLikelihood else { return start }
    return covariance.parameters(
      start, withoutVarianceOf: crossProducts.spannedEffects)
  }

  /// An effect that varies by less than this many residual standard deviations is given this variation:
  /// moments may be negative, and at zero the criterion is stationary.
  private static var leastDeviation: Double { 0.05 }

  private func momentStart() -> [Double]? {
    guard let moments = MomentEstimates(crossProducts, residualVariance: fixedVariance) else {
      return nil
    }
    let meanSquares = crossProducts.effectMeanSquares
    var theta = covariance.identityParameters
    for piece in covariance.pieces {
      let units = piece.rows.map { effect in
        let square = meanSquares[piece.term][effect]
        return square > 0 ? square.squareRoot() : 1
      }
      let moment = moments.relativeCovariances[piece.term].block(piece.rows)
      let block = moment.floored(at: Self.leastDeviation * Self.leastDeviation, units: units)
      guard
        let parameters = block.flatMap({ block in
          piece.structure.parameters(ofCovariance: block)
            ?? piece.structure.parameters(ofCovariance: block.diagonalPart)
        })
      else { continue }
      theta.replaceSubrange(piece.parameters, with: parameters)
    }
    return theta
  }
}

extension Matrix {
  /// A covariance matrix of effects in the given units, its eigenvalues there no less than the
  /// floor; `nil` if they are not found.
  fileprivate func floored(at floor: Double, units: [Double]) -> Matrix? {
    var scaled = self
    for j in 0..<columnCount {
      for i in 0..<rowCount { scaled[i, j] *= units[i] * units[j] }
    }
    guard let eigen = SymmetricEigen(scaled) else { return nil }
    if let least = eigen.values.first, least >= floor { return self }
    var result = Matrix(rowCount: rowCount, columnCount: columnCount)
    for (index, value) in eigen.values.enumerated() {
      for j in 0..<columnCount {
        for i in 0..<rowCount {
          result[i, j] +=
            max(value, floor) * eigen.vectors[i, index] / units[i] * eigen.vectors[j, index]
            / units[j]
        }
      }
    }
    return result
  }

  fileprivate var diagonalPart: Matrix {
    var result = Matrix(rowCount: rowCount, columnCount: columnCount)
    for i in 0..<rowCount { result[i, i] = self[i, i] }
    return result
  }
}
