// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import BlockMatrices
import DenseMatrices

/// The rows of a generalized model, ready for reweighting: `eta = o + B gamma + Z b`.
struct GeneralizedRows: Sendable {
  private(set) var response: ResponseModel
  /// The fixed effects in well-conditioned coordinates gamma; see ``FixedEffectsBasis``.
  let basis: FixedEffectsBasis
  let offset: [Double]?
  /// For each row, the index in the data of a row that it stands for.
  let tableRows: [Int]
  /// In what units the covariates of each term's random effects are held.
  private(set) var effectUnits: [EffectUnits]
  /// Cross-products of the random effects bordered by B.
  private(set) var joint: CrossProductAccumulator
  /// Cross-products of the random effects alone.
  private(set) var random: CrossProductAccumulator

  var rowCount: Int { response.rowCount }
  var rank: Int { basis.rank }
  var terms: [DesignRows.Term] { random.terms }
  var layout: BlockLayout { random.layout }

  init(_ rows: DesignRows, response: ResponseModel) {
    self.response = response
    let n = rows.rowCount
    let columns = EstimableColumns(
      of: rows.fixedEffects, weights: nil, companion: [Double](repeating: 0, count: n),
      leastPivot: Self.leastPivot)
    let rank = columns.rank
    var fixed = [Double](repeating: 0, count: rank * n)
    for row in 0..<n {
      for j in 0..<rank { fixed[row * rank + j] = columns.values[row * (rank + 1) + j] }
    }
    basis = FixedEffectsBasis(
      columnCount: rows.fixedEffects.columnCount, estimable: columns.estimable,
      nearlyDetermined: columns.nearlyDetermined, transform: columns.transform,
      logDeterminant: columns.logDeterminant,
      gamma: [Double](repeating: 0, count: rank), responseScale: 1)
    offset = rows.offset
    tableRows = rows.tableRows
    effectUnits = rows.terms.map { $0.effectUnits(within: .generalized) }
    joint = CrossProductAccumulator(
      terms: zip(rows.terms, effectUnits).map { $0.held(in: $1, rootWeights: nil) },
      border: fixed, borderCount: rank)
    random = joint.withoutBorder
  }

  /// Standard errors come from differences of the gradient in the coordinates of the fixed effects,
  /// which lose the digits that nearly collinear ones do: those of covariates far from zero, say,
  /// where no column is constant but several span the constant.
  private static let leastPivot = 1e-2

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

  /// The weighted sums of squares of the random effects' covariates, one per effect of each term.
  /// - Complexity: one pass over the rows.
  var effectSquares: [[Double]] {
    let weights = response.totalWeights
    return terms.map { term in
      let k = term.dimension
      var sums = [Double](repeating: 0, count: k)
      term.withRows { _, z in
        for row in 0..<rowCount {
          for j in 0..<k { sums[j] += (weights?[row] ?? 1) * z[row * k + j] * z[row * k + j] }
        }
      }
      return sums
    }
  }

  /// The same rows with the effects of each term in another order.
  func reordered(to order: EffectOrder) -> GeneralizedRows {
    var rows = self
    rows.effectUnits = zip(effectUnits, order.effects).map { $0.reordered(to: $1) }
    rows.joint = CrossProductAccumulator(
      terms: zip(terms, order.effects).map { $0.reordered(to: $1) }, border: joint.border,
      borderCount: rank)
    rows.random = rows.joint.withoutBorder
    return rows
  }

  /// The same rows with another response.
  func replacingResponse(_ response: ResponseModel) -> GeneralizedRows {
    var rows = self
    rows.response = response
    return rows
  }

  /// `o + B gamma`, overwriting `eta`.
  func setFixedPart(_ eta: inout [Double], gamma: [Double]) {
    if let offset { eta.replaceContents(with: offset) } else { eta.fillWithZeros(count: rowCount) }
    addFixedPart(&eta, gamma: gamma)
  }

  /// `eta += B gamma`.
  func addFixedPart(_ eta: inout [Double], gamma: [Double]) {
    eta.withUnsafeMutableBufferPointer { eta in
      gamma.withUnsafeBufferPointer { gamma in
        joint.border.withUnsafeBufferPointer { border in
          guard let eta = eta.baseAddress, let gamma = gamma.baseAddress,
            let border = border.baseAddress
          else { return }
          withConstant(rank) { count in
            var x = border
            for row in 0..<rowCount {
              var sum = 0.0
              for j in 0..<count { sum += x[j] * gamma[j] }
              eta[row] += sum
              x += count
            }
          }
        }
      }
    }
  }

  /// `eta += Z b`.
  func addRandomPart(_ eta: inout [Double], _ b: [Double]) {
    eta.withUnsafeMutableBufferPointer { eta in
      b.withUnsafeBufferPointer { b in
        guard let eta = eta.baseAddress, let b = b.baseAddress else { return }
        for (index, term) in terms.enumerated() {
          let b = b + layout.terms[index].start
          let k = term.dimension
          term.withRows { codes, z in
            if random.isIntercept(index) {
              for row in 0..<rowCount { eta[row] += b[Int(codes[row])] }
            } else if k == 1 {
              for row in 0..<rowCount { eta[row] += z[row] * b[Int(codes[row])] }
            } else {
              for row in 0..<rowCount {
                let effects = b + Int(codes[row]) * k
                for j in 0..<k { eta[row] += z[row * k + j] * effects[j] }
              }
            }
          }
        }
      }
    }
  }

  /// `Z'x` over the random effects, then `B'x`.
  func transposedProduct(_ x: [Double]) -> [Double] {
    var result = [Double](repeating: 0, count: layout.randomCount + rank)
    result.withUnsafeMutableBufferPointer { result in
      x.withUnsafeBufferPointer { x in
        guard let result = result.baseAddress, let x = x.baseAddress else { return }
        for (index, term) in terms.enumerated() {
          addTransposedProduct(index, term, x, to: result + layout.terms[index].start)
        }
        setFixedProduct(x, result + layout.randomCount)
      }
    }
    return result
  }

  /// `result = B'x`.
  private func setFixedProduct(
    _ x: UnsafePointer<Double>, _ result: UnsafeMutablePointer<Double>
  ) {
    joint.border.withUnsafeBufferPointer { border in
      guard let border = border.baseAddress else { return }
      withConstant(rank) { count in
        // Sums of their own, which are then kept in registers.
        withUnsafeTemporaryAllocation(of: Double.self, capacity: count) { sums in
          sums.initialize(repeating: 0)
          guard let sums = sums.baseAddress else { return }
          var row = border
          for i in 0..<rowCount {
            let factor = x[i]
            for j in 0..<count { sums[j] += factor * row[j] }
            row += count
          }
          result.update(from: sums, count: count)
        }
      }
    }
  }

  private func addTransposedProduct(
    _ index: Int, _ term: DesignRows.Term, _ x: UnsafePointer<Double>,
    to sums: UnsafeMutablePointer<Double>
  ) {
    let k = term.dimension
    term.withRows { codes, z in
      if random.isIntercept(index) {
        if let runs = random.runs(index) { return runs.add(x, to: sums) }
        for row in 0..<rowCount { sums[Int(codes[row])] += x[row] }
      } else if k == 1 {
        for row in 0..<rowCount { sums[Int(codes[row])] += z[row] * x[row] }
      } else {
        for row in 0..<rowCount {
          let sum = sums + Int(codes[row]) * k
          for j in 0..<k { sum[j] += z[row * k + j] * x[row] }
        }
      }
    }
  }

  /// `B'WB` for one weight per row: `rank × rank`, column-major and symmetric.
  func fixedCrossProducts(weights: [Double]) -> [Double] {
    var products = [Double](repeating: 0, count: rank * rank)
    joint.accumulateCorner(weights: weights, into: &products)
    return products
  }
}

extension DesignRows.Term {
  /// The term with its effects in another order.
  fileprivate func reordered(to effects: [Int]) -> DesignRows.Term {
    let rows = stride(from: 0, to: values.count, by: max(1, dimension))
    return DesignRows.Term(
      levelCodes: levelCodes, levelCount: levelCount, dimension: dimension,
      values: rows.flatMap { row in effects.map { values[row + $0] } })
  }
}
