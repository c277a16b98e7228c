// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import BlockMatrices
import DenseMatrices
import MixedModelErrors
import RealModule

/// The penalized least-squares system at the estimates with its rows: what the deletion of rows and
/// sums over clusters of rows are computed from.
///
/// A row is `r = √w [Λ'z; x]` with its residual `e = √w (y - fitted)`, in coordinates of the
/// fixed-effects basis; w is the prior weight in a linear model and the expected information in a
/// generalized one, whose y is the working response. The system is `LL' = Σ rr' + [I 0; 0 0]`, and
/// its solution makes `Σ e r` equal to the spherical random effects, and zero in the fixed effects.
package struct DeletionSystem: Sendable {
  package let rows: DesignRows
  /// The fixed-effects coordinates are T⁻¹ of the coefficients.
  package let basis: FixedEffectsBasis
  /// The residuals e, in the units of the response.
  package let residuals: [Double]
  /// What `σ²` is: one in a generalized model.
  package let variance: Double
  let cholesky: BlockedCholesky
  let weighted: WeightedModelRows

  package var rank: Int { basis.rank }

  /// The border of L, whose product with its transpose is `B'V⁻¹B`.
  package var fixedFactor: Matrix {
    var factor = Matrix(rowCount: rank, columnCount: rank)
    for j in 0..<rank {
      for i in j..<rank { factor[i, j] = cholesky.borderEntry(i, j) }
    }
    return factor
  }

  /// `T L_BB⁻ᵀ`: a change of the fixed effects from what the last rows of `L⁻¹` make of a deletion.
  package func coefficientChange(_ border: [Double]) -> [Double] {
    var x = border
    for i in (0..<rank).reversed() {
      for j in i + 1..<max(i + 1, rank) { x[i] -= cholesky.borderEntry(j, i) * x[j] }
      x[i] /= cholesky.borderEntry(i, i)
    }
    return (0..<rank).map { i in (i..<rank).reduce(0) { $0 + basis.transform[i, $1] * x[$1] } }
  }

  /// `L⁻¹ r` of each row: its squared length, which is the row's leverage, and its last entries.
  /// - Complexity: that of a solution per row in the part of the factor that it reaches.
  package func rowSolutions() -> (leverages: [Double], border: [Double]) {
    let solutions = cholesky.rowSolutions(
      levelCodes: rows.terms.map(\.levelCodes), effects: weighted.effects, border: weighted.fixed,
      borderRows: rank, rowCount: rows.rowCount)
    var leverages = solutions.randomSquares
    for row in leverages.indices {
      for place in row * rank..<(row + 1) * rank {
        leverages[row] += solutions.border[place] * solutions.border[place]
      }
    }
    return (leverages, solutions.border)
  }

  /// `L⁻¹ F'` for rows F of few nonzero columns.
  /// - Returns: for each random effect and fixed effect, the entries of all rows side by side.
  package func solution(of block: ReducedRows) -> [Double] {
    let count = block.matrix.rowCount
    let layout = cholesky.layout.matrix
    var right = [Double](
      repeating: 0, count: (layout.randomCount + layout.borderCount) * count)
    for (place, column) in block.columns.enumerated() {
      for row in 0..<count { right[column * count + row] = block.matrix[row, place] }
    }
    cholesky.solveForward(&right, count: count, borderRowsSkipped: layout.borderCount - rank)
    return Array(right[..<((layout.randomCount + rank) * count)])
  }

  /// The sum of `e x` over rows, in coordinates of the basis: what they contribute to `B'V⁻¹(y - Xβ)`.
  package func score(of selection: [Int]) -> [Double] {
    var sum = [Double](repeating: 0, count: rank)
    for row in selection {
      for j in 0..<rank { sum[j] += residuals[row] * weighted.fixed[row * rank + j] }
    }
    return sum
  }

  /// Some of the rows in the nonzero columns that they have.
  package func reduced(_ selection: [Int]) -> ReducedRows {
    let shapes = cholesky.layout.matrix.terms
    var places: [Int: Int] = [:]
    for (term, shape) in zip(rows.terms, shapes) {
      for row in selection {
        let first = shape.start + Int(term.levelCodes[row]) * shape.dimension
        for j in 0..<shape.dimension where places[first + j] == nil {
          places[first + j] = places.count
        }
      }
    }
    let randomCount = cholesky.layout.matrix.randomCount
    var columns = [Int](repeating: 0, count: places.count)
    for (column, place) in places { columns[place] = column }
    let effectCount = columns.count
    columns += (0..<rank).map { randomCount + $0 }
    var matrix = Matrix(rowCount: selection.count, columnCount: columns.count)
    for (position, row) in selection.enumerated() {
      for (index, shape) in shapes.enumerated() {
        let k = shape.dimension
        let first = shape.start + Int(rows.terms[index].levelCodes[row]) * k
        for j in 0..<k {
          matrix[position, places[first + j] ?? 0] = weighted.effects[index][row * k + j]
        }
      }
      for j in 0..<rank { matrix[position, effectCount + j] = weighted.fixed[row * rank + j] }
    }
    return ReducedRows(
      matrix, residuals: selection.map { residuals[$0] }, columns: columns,
      effectCount: effectCount)
  }
}

// MARK: - Of fitted models

/// A model that has its rows, so that some of them can be left out.
package protocol RowBased: MixedModel {
  var designRows: DesignRows { get }
  /// - Complexity: a factorization and a pass over the rows.
  func deletionSystem() throws(MixedModelError) -> DeletionSystem
}

extension LinearMixedModel: RowBased {
  package var designRows: DesignRows { problem.rows }

  package func deletionSystem() throws(MixedModelError) -> DeletionSystem {
    var leastSquares = PenalizedLeastSquares(problem.crossProducts, layout: try problem.layout)
    guard leastSquares.factorize(problem.covariance.factors(internalTheta)) == nil else {
      throw .undefinedCriterion(at: theta)
    }
    var residuals = residuals()
    if let weights = problem.rows.weights {
      for row in residuals.indices { residuals[row] *= weights[row].squareRoot() }
    }
    return DeletionSystem(
      rows: problem.rows, basis: problem.crossProducts.basis, residuals: residuals,
      variance: dispersion, cholesky: leastSquares.cholesky, weighted: WeightedModelRows(self))
  }
}

extension GeneralizedLinearMixedModel: RowBased {
  package var designRows: DesignRows { problem.rows }

  package func deletionSystem() throws(MixedModelError) -> DeletionSystem {
    guard let cholesky = jointCholesky(.expected) else { throw .noMode() }
    var derivatives = ResponseDerivatives()
    problem.response.evaluate(
      linearPredictor, t: logParameter, ResponseRequest(.newton, information: .expected),
      into: &derivatives)
    let ratio = criterion.isPseudoLikelihood && family.dispersion == .pearson ? 1 / dispersion : 1
    let information = derivatives.expectedInformation.map { $0 * ratio }
    let basis = problem.numbers.basis
    // A row without information has a score of zero, too.
    let residuals = zip(derivatives.score, information).map {
      $1 > 0 ? $0 * ratio / $1.squareRoot() : 0
    }
    return DeletionSystem(
      rows: problem.rows, basis: basis, residuals: residuals, variance: 1, cholesky: cholesky,
      weighted: WeightedModelRows(
        problem.rows, weights: information,
        factors: problem.covariance.termFactors(internalTheta), effectUnits: problem.effectUnits,
        basis: basis))
  }
}
