// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import BlockMatrices
import DenseMatrices

// From derivatives in the factors to derivatives in the covariance matrices, whose sign decides
// about singular optima and whose curvature completes the average information.

extension BlockLayout {
  /// For each term, the derivative G of the criterion with respect to the relative covariance
  /// matrix of its effects, from the derivative with respect to its factor: `λ̄ = 2 G λ`.
  func covarianceGradients(_ adjoint: [Double], factors: [Double]) -> [Matrix] {
    var gradients = terms.map { Matrix(rowCount: $0.dimension, columnCount: $0.dimension) }
    writeCovarianceGradients(adjoint, factors: factors, to: &gradients)
    return gradients
  }

  /// Overwrites a matrix for each term with ``covarianceGradients(_:factors:)``.
  func writeCovarianceGradients(
    _ adjoint: [Double], factors: [Double], to gradients: inout [Matrix]
  ) {
    for term in terms.indices {
      let k = terms[term].dimension
      let start = factorStart[term]
      // G λ = λ̄ / 2, solved from the last column of the lower-triangular λ to its first.
      for j in (0..<k).reversed() {
        for i in 0..<k {
          var sum = adjoint[start + i + j * k] / 2
          for l in j + 1..<max(j + 1, k) {
            sum -= gradients[term][i, l] * factors[start + l + j * k]
          }
          gradients[term][i, j] = sum / factors[start + j + j * k]
        }
      }
      for j in 0..<k {
        for i in 0..<j {
          let mean = (gradients[term][i, j] + gradients[term][j, i]) / 2
          gradients[term][i, j] = mean
          gradients[term][j, i] = mean
        }
      }
    }
  }

  /// Whether some factor has an exact zero on its diagonal, so that its covariance matrix is singular.
  func hasSingularFactor(_ factors: [Double]) -> Bool {
    terms.indices.contains { term in
      (0..<terms[term].dimension).contains {
        factors[factorStart[term] + $0 * (terms[term].dimension + 1)] == 0
      }
    }
  }

  /// Moves diagonal entries of the factors away from zero, so that the factors can be inverted.
  func floorDiagonals(_ factors: inout [Double], at floor: Double) {
    for (term, shape) in terms.enumerated() {
      for i in 0..<shape.dimension {
        let place = factorStart[term] + i * (shape.dimension + 1)
        if abs(factors[place]) < floor {
          factors[place] = factors[place] < 0 ? -floor : floor
        }
      }
    }
  }
}

extension RelativeCovarianceFactor {
  /// Adds `2 tr(G E_a E_b')`, G without its negative part, for the directions of each piece. It is
  /// the whole curvature where a variance is zero, and vanishes at an optimum inside.
  func addCurvature(
    _ gradients: [Matrix], _ directions: FactorDirections, to hessian: inout Matrix, at first: Int
  ) {
    for piece in pieces {
      let gradient = gradients[piece.term]
      let isWhole = piece.rows.count == gradient.rowCount
      let g = piece.structure.convexPart(isWhole ? gradient : gradient.block(piece.rows))
      let offset = piece.rows.lowerBound
      let entries = directions.entries(ofTerm: piece.term)
      // Pieces have no column in common.
      for a in entries where piece.rows.contains(a.column) {
        for b in entries where b.column == a.column {
          hessian[first + a.parameter, first + b.parameter] +=
            2 * g[a.row - offset, b.row - offset] * a.value * b.value
        }
      }
    }
  }
}
