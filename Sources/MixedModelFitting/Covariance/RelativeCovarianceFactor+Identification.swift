// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import BlockMatrices
import DenseMatrices

// From covariance matrices that are not identified to theta.

extension RelativeCovarianceFactor {
  /// What is not identified, one entry per term.
  /// - Parameters:
  ///   - matrix: cross-products of the random effects.
  ///   - rowCount: the number of rows of a linear model whose residual variance is unknown.
  func identification(_ matrix: BlockedMatrix, rowCount: Int? = nil) -> [TermIdentification?] {
    matrix.layout.terms.indices.map {
      TermIdentification(matrix, covariance: self, term: $0, rowCount: rowCount)
    }
  }

  /// The parameters that stand for all which the data cannot tell from theta, `nil` if theta is
  /// identified or they are not found.
  ///
  /// The residual variance is made as large as it can be, term by term.
  func identifiedParameters(
    _ theta: [Double], _ identification: [TermIdentification?]
  ) -> [Double]? {
    guard identification.contains(where: { $0 != nil }) else { return nil }
    // Relative to the residual variance before, which is one and grows.
    var variance = 1.0
    let covariances = identification.enumerated().map { index, term -> Matrix in
      let covariance = relativeCovariance(theta, term: index)
      guard let term else { return covariance }
      let (share, rest) = term.absorbed(term.least(covariance))
      variance += share
      return rest
    }
    return parameters(theta, covariances: covariances, dividedBy: variance)
  }

  /// The parameters with no variance of the given effects, an entry of `effects` per term.
  func parameters(_ theta: [Double], withoutVarianceOf effects: [[Int]]) -> [Double] {
    guard effects.contains(where: { !$0.isEmpty }) else { return theta }
    let covariances = effects.enumerated().map { term, effects in
      var covariance = relativeCovariance(theta, term: term)
      for effect in effects {
        for other in 0..<covariance.rowCount {
          (covariance[effect, other], covariance[other, effect]) = (0, 0)
        }
      }
      return covariance
    }
    return parameters(theta, covariances: covariances, dividedBy: 1) ?? theta
  }

  private func relativeCovariance(_ theta: [Double], term: Int) -> Matrix {
    let lambda = factor(theta, term: term)
    return Matrix.identity(lambda.rowCount).congruent(lambda)
  }

  /// The parameters of covariance matrices, one per term, over a number.
  private func parameters(
    _ theta: [Double], covariances: [Matrix], dividedBy variance: Double
  ) -> [Double]? {
    var result = theta
    for piece in pieces {
      var block = covariances[piece.term].block(piece.rows)
      for j in 0..<block.columnCount {
        for i in 0..<block.rowCount { block[i, j] /= variance }
      }
      guard let parameters = piece.structure.parameters(ofCovariance: block) else { return nil }
      result.replaceSubrange(piece.parameters, with: parameters)
    }
    return result
  }

  /// A direction of theta that changes the rows' covariance by less than this share of what others
  /// do is flat.
  private static let flatness = 1e-8

  /// An orthonormal basis, row by row, of the directions over some of theta that change the
  /// distribution of the response.
  func identifiedDirections(
    _ theta: [Double], _ identification: [TermIdentification?], over free: [Int]
  ) -> Matrix {
    var rows: [[Double]] = []
    let derivatives = derivatives(at: theta)
    for (index, term) in identification.enumerated() {
      let places = free.indices.filter { parameters(ofTerm: index).contains(free[$0]) }
      let units = places.map { place in free.indices.map { $0 == place ? 1.0 : 0 } }
      guard let term else {
        rows += units
        continue
      }
      let lambda = factor(theta, term: index)
      let effects = places.map { place in
        let change = derivatives[free[place]].change(of: lambda)
        return term.identifiedCoordinates(change).values
      }
      let lengths = effects.map { $0.reduce(0) { $0 + $1 * $1 }.squareRoot() }
      let bound = Self.flatness * (lengths.max() ?? 0)
      var form = Matrix(rowCount: places.count, columnCount: places.count)
      for j in places.indices {
        for i in j..<places.count where min(lengths[i], lengths[j]) > bound {
          form[i, j] =
            zip(effects[i], effects[j]).reduce(0) { $0 + $1.0 * $1.1 } / (lengths[i] * lengths[j])
        }
      }
      guard let eigen = SymmetricEigen(form) else {
        rows += units
        continue
      }
      for (number, value) in eigen.values.enumerated() where value > Self.flatness {
        var row = [Double](repeating: 0, count: free.count)
        for (i, place) in places.enumerated() { row[place] = eigen.vectors[i, number] }
        rows.append(row)
      }
    }
    return Matrix(
      rowCount: free.count, columnCount: rows.count, values: rows.flatMap { $0 }
    ).transposed
  }
}

extension RelativeCovarianceFactor.Derivative {
  /// The derivative of `λλ'` for a term's factor λ.
  fileprivate func change(of lambda: Matrix) -> Matrix {
    var result = Matrix(rowCount: lambda.rowCount, columnCount: lambda.rowCount)
    for entry in entries {
      for i in 0..<lambda.rowCount {
        let product = entry.value * lambda[i, entry.column]
        result[entry.row, i] += product
        result[i, entry.row] += product
      }
    }
    return result
  }
}
