// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import BlockMatrices
import DenseMatrices

/// The rows of a generalized model, ready for reweighting: `eta = o + B gamma + Z b`.
struct GeneralizedRows: Sendable {
  private(set) var response: ResponseModel
  /// The fixed effects in well-conditioned coordinates gamma; see ``FixedEffectsBasis``.
  let basis: FixedEffectsBasis
  /// B row by row: `rank × n`, column-major.
  let fixed: [Double]
  let offset: [Double]?
  /// For each row, the index in the data of a row that it stands for.
  let tableRows: [Int]
  /// Cross-products of the random effects bordered by B.
  let joint: CrossProductAccumulator
  /// Cross-products of the random effects alone.
  let random: CrossProductAccumulator

  var rowCount: Int { response.rowCount }
  var rank: Int { basis.rank }
  var terms: [DesignRows.Term] { random.terms }
  var layout: BlockLayout { random.layout }

  init(_ rows: DesignRows, response: ResponseModel) {
    self.response = response
    let n = rows.rowCount
    let columns = EstimableColumns(
      of: rows.fixedEffects, weights: nil, companion: [Double](repeating: 0, count: n))
    let rank = columns.rank
    var fixed = [Double](repeating: 0, count: rank * n)
    for row in 0..<n {
      for j in 0..<rank { fixed[row * rank + j] = columns.values[row * (rank + 1) + j] }
    }
    self.fixed = fixed
    basis = FixedEffectsBasis(
      columnCount: rows.fixedEffects.columnCount, estimable: columns.estimable,
      transform: columns.transform, logDeterminant: columns.logDeterminant,
      gamma: [Double](repeating: 0, count: rank), responseScale: 1)
    offset = rows.offset
    tableRows = rows.tableRows
    joint = CrossProductAccumulator(terms: rows.terms, border: fixed, borderCount: rank)
    random = joint.withoutBorder
  }

  /// What the covariates of the random effects leave open in their covariance matrices.
  /// - Complexity: one pass over the rows.
  func identification(of covariance: RelativeCovarianceFactor) -> [TermIdentification?] {
    covariance.identification(randomEffectsProducts)
  }

  /// Cross-products of the random effects' covariates.
  /// - Complexity: one pass over the rows.
  var randomEffectsProducts: BlockedMatrix {
    var matrix = BlockedMatrix(
      layout: layout, values: [Double](repeating: 0, count: layout.valueCount))
    random.accumulate(weights: response.totalWeights, into: &matrix.values)
    return matrix
  }

  /// The same rows with another response.
  func replacingResponse(_ response: ResponseModel) -> GeneralizedRows {
    var rows = self
    rows.response = response
    return rows
  }

  /// `o + B gamma`, overwriting `eta`.
  func setFixedPart(_ eta: inout [Double], gamma: [Double]) {
    let rank = rank
    for row in 0..<rowCount {
      var sum = offset?[row] ?? 0
      for j in 0..<rank { sum += fixed[row * rank + j] * gamma[j] }
      eta[row] = sum
    }
  }

  /// `eta += B gamma`.
  func addFixedPart(_ eta: inout [Double], gamma: [Double]) {
    let rank = rank
    for row in 0..<rowCount {
      for j in 0..<rank { eta[row] += fixed[row * rank + j] * gamma[j] }
    }
  }

  /// `eta += Z b`.
  func addRandomPart(_ eta: inout [Double], _ b: [Double]) {
    for (index, term) in terms.enumerated() {
      let start = layout.terms[index].start
      let k = term.dimension
      eta.withUnsafeMutableBufferPointer { eta in
        b.withUnsafeBufferPointer { b in
          term.values.withUnsafeBufferPointer { z in
            for (row, code) in term.levelCodes.enumerated() {
              let first = start + Int(code) * k
              for j in 0..<k { eta[row] += z[row * k + j] * b[first + j] }
            }
          }
        }
      }
    }
  }

  /// `Z'x` over the random effects, then `B'x`.
  func transposedProduct(_ x: [Double]) -> [Double] {
    let rank = rank
    var result = [Double](repeating: 0, count: layout.randomCount + rank)
    result.withUnsafeMutableBufferPointer { result in
      x.withUnsafeBufferPointer { x in
        for (index, term) in terms.enumerated() {
          let start = layout.terms[index].start
          let k = term.dimension
          term.values.withUnsafeBufferPointer { z in
            for (row, code) in term.levelCodes.enumerated() {
              let first = start + Int(code) * k
              for j in 0..<k { result[first + j] += z[row * k + j] * x[row] }
            }
          }
        }
        let border = layout.randomCount
        fixed.withUnsafeBufferPointer { fixed in
          for row in 0..<x.count {
            for j in 0..<rank { result[border + j] += fixed[row * rank + j] * x[row] }
          }
        }
      }
    }
    return result
  }
}
