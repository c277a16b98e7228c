// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import BlockMatrices
import DenseMatrices

/// A direction in which the relative covariance matrix of one term can move.
package struct CovarianceChange: Sendable {
  package let term: Int
  /// dΣ, symmetric, `k × k` for all effects of the term.
  package let matrix: Matrix

  /// - Parameter block: dΣ for the effects from `offset` on.
  fileprivate init(term: Int, dimension: Int, offset: Int, block: Matrix) {
    self.term = term
    var matrix = Matrix(rowCount: dimension, columnCount: dimension)
    for j in 0..<block.columnCount {
      for i in 0..<block.rowCount { matrix[offset + i, offset + j] = block[i, j] }
    }
    self.matrix = matrix
  }

  package init(term: Int, matrix: Matrix) {
    self.term = term
    self.matrix = matrix
  }

}

extension LinearMixedModel {
  /// The scale on which the covariance matrix of each term acts: the estimate plus the covariance
  /// matrix with which one level's data alone would estimate the effects, both relative to the
  /// residual variance.
  ///
  /// The criterion changes little when Σ moves by a small share of this, singular or not.
  var naturalScales: [Matrix] {
    problem.crossProducts.meanBlocks.enumerated().map { term, block in
      let lambda = problem.covariance.factor(internalTheta, term: term)
      let own = block.pseudoInverse(flatness: Self.collinearity)
      var scale = lambda.timesTransposed(lambda)
      for j in 0..<scale.rowCount {
        for i in 0..<scale.rowCount { scale[i, j] += own?[i, j] ?? 0 }
        // Of an effect whose covariate is zero throughout.
        if scale[j, j] <= 0 { scale[j, j] = 1 }
      }
      return scale
    }
  }

  private static let collinearity = 1e-12

  /// How Σ moves with each entry of theta: `E λ' + λ E'`.
  package var thetaChanges: [CovarianceChange] {
    let covariance = problem.covariance
    return covariance.pieces.flatMap { piece in
      let theta = internalTheta[piece.parameters]
      return Self.tangents(piece.structure, at: theta, dimension: piece.rows.count).map {
        direction(in: piece, $0)
      }
    }
  }

  /// A basis of the directions in which Σ can move, each of length one on the natural scale.
  ///
  /// Where the covariance matrices of a structure form a linear space, as those of all built-in ones
  /// do, this is a basis of the space, also where an estimate is singular. Otherwise it is the space
  /// of the derivatives at the estimate: what Kenward and Roger call first order.
  package var linearChanges: [CovarianceChange] {
    let natural = naturalScales
    return problem.covariance.pieces.flatMap { piece -> [CovarianceChange] in
      let k = piece.rows.count
      let theta = internalTheta[piece.parameters]
      guard let root = natural[piece.term].block(piece.rows).lowerCholeskyFactor else { return [] }
      let blocks: [Matrix]
      if theta.count == k * (k + 1) / 2 {
        blocks = (0..<k).flatMap { j in
          (j..<k).map { i in
            var unit = Matrix(rowCount: k, columnCount: k)
            unit[i, j] = 1
            unit[j, i] = 1
            return root.congruence(unit)
          }
        }
      } else {
        let identity = piece.structure.identityParameters(dimension: k)
        let isLinear = Self.isLinear(piece.structure, identity, dimension: k)
        blocks = Self.tangents(
          piece.structure, at: isLinear ? identity[...] : theta, dimension: k)
      }
      return blocks.compactMap { block in
        let onNaturalScale = root.inverseCongruence(block)
        let length = onNaturalScale.innerProduct(onNaturalScale).squareRoot()
        guard length > 0 else { return nil }
        return direction(in: piece, block.scaled(by: 1 / length))
      }
    }
  }

  private func direction(
    in piece: RelativeCovarianceFactor.PieceView, _ block: Matrix
  ) -> CovarianceChange {
    CovarianceChange(
      term: piece.term, dimension: problem.crossProducts.layout.terms[piece.term].dimension,
      offset: piece.rows.lowerBound, block: block)
  }

  private static func tangents(
    _ structure: any CovarianceStructure, at theta: ArraySlice<Double>, dimension: Int
  ) -> [Matrix] {
    let lambda = structure.termFactor(theta, dimension: dimension)
    return structure.derivatives(at: theta, dimension: dimension).map { derivative in
      let half = derivative.timesTransposed(lambda)
      return Matrix(
        rowCount: dimension, columnCount: dimension,
        values: zip(half.values, half.transposed.values).map { $0 + $1 })
    }
  }

  /// Whether the covariance matrices of a structure form a linear space: whether its tangents away
  /// from the identity are combinations of those at the identity.
  private static func isLinear(
    _ structure: any CovarianceStructure, _ identity: [Double], dimension: Int
  ) -> Bool {
    var basis: [[Double]] = []
    func remainder(_ tangent: Matrix) -> (values: [Double], share: Double) {
      var values = tangent.values
      for unit in basis {
        let product = zip(unit, values).reduce(0) { $0 + $1.0 * $1.1 }
        for i in values.indices { values[i] -= product * unit[i] }
      }
      let whole = tangent.innerProduct(tangent).squareRoot()
      let rest = values.reduce(0) { $0 + $1 * $1 }.squareRoot()
      return (values, whole > 0 ? rest / whole : 0)
    }
    for tangent in tangents(structure, at: identity[...], dimension: dimension) {
      let (values, share) = remainder(tangent)
      guard share > spanTolerance else { continue }
      let length = values.reduce(0) { $0 + $1 * $1 }.squareRoot()
      basis.append(values.map { $0 / length })
    }
    let count = Double(identity.count)
    let probe = identity.enumerated().map { $1 + 0.25 * Double($0 + 1) / count }
    return tangents(structure, at: probe[...], dimension: dimension).allSatisfy {
      remainder($0).share <= spanTolerance
    }
  }

  private static let spanTolerance = 1e-9
}

extension CrossProducts {
  /// For each term the mean over its levels of the diagonal blocks of Z'Z, k × k.
  var meanBlocks: [Matrix] {
    layout.terms.indices.map { term in
      let shape = layout.terms[term]
      let k = shape.dimension
      var sum = [Double](repeating: 0, count: k * k)
      for level in 0..<shape.levelCount {
        let block = layout.diagonalStart[term] + level * k * k
        for place in 0..<k * k { sum[place] += matrix.values[block + place] }
      }
      return Matrix(
        rowCount: k, columnCount: k, values: sum.map { $0 / Double(shape.levelCount) })
    }
  }
}
