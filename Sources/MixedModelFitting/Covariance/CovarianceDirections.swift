// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import BlockMatrices
import DenseMatrices

/// The changes of one term's covariance matrix that its structures allow, and what each does to the
/// covariance of the rows.
///
/// A term adds `Z Σ Z'` to that covariance, level by level, so that a change N of Σ matters by
/// `Σ_g ‖Z_g N Z_g'‖² = Σ_g tr(A_g N A_g N)` with `A_g = Z_g' W Z_g`. This quadratic form is found
/// in coordinates of the effects in which `Σ_g A_g` is the identity, as far as a structure is the
/// same in all coordinates: squares of squares of covariates far from zero would otherwise be all
/// alike.
struct CovarianceDirections {
  /// One change of the covariance matrix: its entries that are not zero, in both triangles.
  typealias Direction = [(row: Int, column: Int, value: Double)]

  /// The effects whose covariate is zero in every row.
  let zeroCovariates: [Int]
  /// The roots of the effects' sums of squares, one where that is zero.
  let scales: [Double]
  /// k × k: effects times their ``scales`` are this times the coordinates.
  let basis: Matrix
  /// k × k, the inverse.
  let inverseBasis: Matrix
  /// The changes in these coordinates, of unit norm and orthogonal, those of effects with a zero
  /// covariate left out.
  let directions: [Direction]

  private let matrix: BlockedMatrix
  private let term: Int

  /// Below this share of the largest, an eigenvalue of the covariates' correlations is zero.
  private static let collinearity = 1e-12

  /// - Parameter matrix: cross-products of the random effects, of which the blocks of the term at
  ///   the given levels are read.
  init?(
    _ matrix: BlockedMatrix, covariance: RelativeCovarianceFactor, term: Int,
    levels: StrideTo<Int>
  ) {
    self.matrix = matrix
    self.term = term
    let k = matrix.layout.terms[term].dimension
    var sum = Matrix(rowCount: k, columnCount: k)
    for level in levels {
      let start = matrix.layout.diagonalStart[term] + level * k * k
      for j in 0..<k {
        for i in 0..<k { sum[i, j] += matrix.values[start + i + j * k] }
      }
    }
    zeroCovariates = (0..<k).filter { sum[$0, $0] == 0 }
    let scales = (0..<k).map { sum[$0, $0] > 0 ? sum[$0, $0].squareRoot() : 1 }
    self.scales = scales

    var basis = Matrix.identity(k)
    var inverse = Matrix.identity(k)
    var directions: [Direction] = []
    for piece in covariance.pieces where piece.term == term {
      let live = piece.rows.filter { sum[$0, $0] > 0 }
      let size = piece.rows.count
      guard piece.parameters.count == size * (size + 1) / 2 else {
        directions += Self.directions(of: piece, scales: scales, live: live)
        continue
      }
      // Every symmetric matrix is allowed, in any coordinates.
      var correlations = Matrix(rowCount: live.count, columnCount: live.count)
      for (j, column) in live.enumerated() {
        for (i, row) in live.enumerated() {
          correlations[i, j] = sum[row, column] / (scales[row] * scales[column])
        }
      }
      guard let eigen = SymmetricEigen(correlations) else { return nil }
      for (j, column) in live.enumerated() {
        let isZero = eigen.values[j] < Self.collinearity * (eigen.values.last ?? 0)
        let root = isZero ? 1 : eigen.values[j].squareRoot()
        for (i, row) in live.enumerated() {
          basis[row, column] = eigen.vectors[i, j] / root
          inverse[column, row] = eigen.vectors[i, j] * root
        }
      }
      for (place, column) in live.enumerated() {
        directions.append([(column, column, 1)])
        for row in live[(place + 1)...] {
          directions.append([(row, column, 0.5.squareRoot()), (column, row, 0.5.squareRoot())])
        }
      }
    }
    self.basis = basis
    inverseBasis = inverse
    self.directions = directions
  }

  /// The changes that a structure of its own allows about the identity, in scaled effects.
  private static func directions(
    of piece: RelativeCovarianceFactor.PieceView, scales: [Double], live: [Int]
  ) -> [Direction] {
    let size = piece.rows.count
    let identity = piece.structure.identityParameters(dimension: size)
    return piece.structure.derivatives(at: identity[...], dimension: size).compactMap { block in
      var entries: Direction = []
      for column in live {
        for row in live {
          let (i, j) = (row - piece.rows.lowerBound, column - piece.rows.lowerBound)
          let value = (block[i, j] + block[j, i]) * scales[row] * scales[column]
          if value != 0 { entries.append((row, column, value)) }
        }
      }
      let norm = entries.reduce(0) { $0 + $1.value * $1.value }.squareRoot()
      return norm > 0 ? entries.map { ($0.row, $0.column, $0.value / norm) } : nil
    }
  }

  /// The quadratic form over the directions, and the inner product of what each does to the rows
  /// with the residual covariance, `Σ_g tr(A_g N)`.
  /// - Complexity: O(m² + k³) per level for m directions of up to two entries.
  func form(levels: StrideTo<Int>) -> (form: Matrix, residual: [Double]) {
    let k = scales.count
    let count = directions.count
    var form = Matrix(rowCount: count, columnCount: count)
    var residual = [Double](repeating: 0, count: count)
    var scaled = basis
    for j in 0..<k {
      for i in 0..<k { scaled[i, j] /= scales[i] }
    }
    scaled = scaled.transposed
    for level in levels {
      let start = matrix.layout.diagonalStart[term] + level * k * k
      let a = Matrix(
        rowCount: k, columnCount: k, values: Array(matrix.values[start..<start + k * k]))
      let b = a.congruent(scaled)
      for (column, right) in directions.enumerated() {
        for entry in right { residual[column] += b[entry.row, entry.column] * entry.value }
        for row in column..<count {
          var sum = 0.0
          for x in directions[row] {
            for y in right {
              sum += x.value * y.value * b[x.column, y.row] * b[y.column, x.row]
            }
          }
          form[row, column] += sum
        }
      }
    }
    return (form, residual)
  }

  /// The change with these coefficients, in coordinates.
  func change(_ coefficients: some Sequence<Double>) -> Matrix {
    var result = Matrix(rowCount: scales.count, columnCount: scales.count)
    for (coefficient, direction) in zip(coefficients, directions) {
      for entry in direction { result[entry.row, entry.column] += coefficient * entry.value }
    }
    return result
  }
}

extension Matrix {
  /// `M A M'` for this symmetric A.
  func congruent(_ m: Matrix) -> Matrix { m.times(m.times(self).transposed) }

  private func times(_ other: Matrix) -> Matrix {
    var result = Matrix(rowCount: rowCount, columnCount: other.columnCount)
    for j in 0..<other.columnCount {
      for l in 0..<columnCount where other[l, j] != 0 {
        for i in 0..<rowCount { result[i, j] += self[i, l] * other[l, j] }
      }
    }
    return result
  }
}
