// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import BlockMatrices
import DenseMatrices
import StatisticalFunctions

/// Penalized least squares without a Cholesky factor: what ``PenalizedLeastSquares`` finds from the
/// factor, found from Krylov spaces of the Schur complement, of which nothing is stored.
///
/// Modes, coefficients and the residual sum of squares are those of the exact solution to near rounding;
/// the log-determinant is an estimate from fixed probes.
struct StochasticLeastSquares: Sendable {
  let crossProducts: CrossProducts
  let probeCount: Int
  let seed: UInt64
  private(set) var schur: SchurComplement
  /// `(Λ'Z'ZΛ + I)⁻¹ Λ'Z'[B y]`: for each random effect the values of all columns side by side.
  private var borderSolutions: [Double] = []
  /// Whether the last evaluation ended because a Krylov space would have been too large.
  private(set) var needsMoreSteps = false

  init(_ crossProducts: CrossProducts, probeCount: Int, seed: UInt64) {
    self.crossProducts = crossProducts
    self.probeCount = probeCount
    self.seed = seed
    schur = SchurComplement(crossProducts.matrix)
  }

  private var layout: BlockLayout { crossProducts.layout }

  /// The signs of one probe over the tail: those of a numbered stream, 64 at a time.
  private func probe(_ number: Int) -> [Double] {
    var stream = RandomStream(seed: seed, stream: UInt64(number))
    var bits: UInt64 = 0
    return (0..<schur.order).map { place in
      if place % 64 == 0 { bits = stream.next() }
      defer { bits >>= 1 }
      return bits & 1 == 0 ? 1 : -1
    }
  }

  /// Solves for the given term factors.
  /// - Returns: the solution with the derivatives of its log-determinant by all entries of the factors
  ///   if they are asked for; `nil` where the system is not positive definite, or see
  ///   ``needsMoreSteps``.
  /// - Complexity: sweeps over the distinct cells: one per step of a Krylov space, for each eight of the
  ///   columns and probes.
  mutating func solve(
    _ factors: [Double], differentiated: Bool
  ) -> (solution: LeastSquaresSolution, adjoint: [Double])? {
    needsMoreSteps = false
    guard schur.factorize(factors) else { return nil }
    let border = layout.borderCount
    var u = Array(crossProducts.matrix.values[layout.borderStart..<layout.cornerStart])
    layout.scaleTransposed(&u, count: border, by: factors)
    let sides = u
    let threads = LinearAlgebraThreads.count
    guard let steps = schur.solve(&u, count: border, threads: threads),
      let determinant = schur.stochasticLogDeterminant(
        probeCount: probeCount, probe: probe, differentiated: differentiated, threads: threads)
    else {
      needsMoreSteps = true
      return nil
    }
    borderSolutions = u
    guard let factor = borderFactor(sides, u) else { return nil }
    let solution = solution(
      factors, factor, determinant.values, krylovStepCount: max(steps, determinant.stepCount))
    return (solution, determinant.adjoint)
  }

  /// The lower Cholesky factor of `[B y]'V⁻¹[B y]`.
  private func borderFactor(_ sides: [Double], _ u: [Double]) -> Matrix? {
    let border = layout.borderCount
    var corner = Matrix(
      rowCount: border, columnCount: border,
      values: Array(crossProducts.matrix.values[layout.cornerStart..<layout.valueCount]))
    let products = Matrix(
      rowCount: border, columnCount: border,
      values: sides.columnProducts(with: u, count: border, border))
    for j in 0..<border {
      for i in j..<border { corner[i, j] -= products[i, j] }
    }
    return corner.lowerCholeskyFactor
  }

  private func solution(
    _ factors: [Double], _ factor: Matrix, _ probeValues: [Double],
    krylovStepCount: Int
  ) -> LeastSquaresSolution {
    let rank = crossProducts.rank
    let border = layout.borderCount
    // L'w = 0 above its last entry, which is one.
    var w = [Double](repeating: 0, count: border)
    w[rank] = 1
    for i in (0..<rank).reversed() {
      var sum = 0.0
      for j in i + 1...rank { sum -= factor[j, i] * w[j] }
      w[i] = sum / factor[i, i]
    }
    var lastRow = [Double](repeating: 0, count: layout.randomCount)
    for row in lastRow.indices {
      for j in 0..<border { lastRow[row] -= borderSolutions[row * border + j] * w[j] }
    }
    return LeastSquaresSolution(
      factors: factors, lastRow: lastRow + w,
      penalizedResidualSumOfSquares: factor[rank, rank] * factor[rank, rank],
      probeValues: probeValues, krylovStepCount: krylovStepCount,
      fixedEffectsFactor: factor.block(0..<rank))
  }
}

// MARK: - Derivatives

extension StochasticLeastSquares {
  /// Adds the derivatives of `log|B'V⁻¹B| + weight * ρ²`, the first if asked for, to those of the
  /// log-determinant.
  ///
  /// Each is a sum of terms `x'(Λ'AΛ + I)x` over the random effects and the border, at x where they are
  /// stationary in x.
  func addDerivatives(
    at solution: LeastSquaresSolution, includesFixedEffects: Bool, residualWeight: Double,
    to adjoint: inout [Double]
  ) {
    addDerivative(of: solution.lastRow, weight: residualWeight, solution.factors, to: &adjoint)
    let rank = crossProducts.rank
    guard includesFixedEffects, rank > 0 else { return }
    // The columns of `(-U, I) L⁻ᵀ`, L the factor of B'V⁻¹B.
    let inverse = solution.fixedEffectsFactor.transposedInverse
    let border = layout.borderCount
    for c in 0..<rank {
      var x = [Double](repeating: 0, count: layout.randomCount + border)
      for row in 0..<layout.randomCount {
        for j in 0...c { x[row] -= borderSolutions[row * border + j] * inverse[j, c] }
      }
      for j in 0...c { x[layout.randomCount + j] = inverse[j, c] }
      addDerivative(of: x, weight: 1, solution.factors, to: &adjoint)
    }
  }

  private func addDerivative(
    of x: [Double], weight: Double, _ factors: [Double], to adjoint: inout [Double]
  ) {
    let z = crossProducts.matrix.multiplied(by: layout.scaled(x, by: factors), count: 1)
    layout.addLevelProducts(z, x, scale: 2 * weight, to: &adjoint)
  }

  /// The residual `Z'(y - Xβ̂ - ZΛû)` at a solution, going on over the border.
  func residualProducts(_ solution: LeastSquaresSolution) -> [Double] {
    crossProducts.matrix.multiplied(
      by: layout.scaled(solution.lastRow, by: solution.factors), count: 1)
  }

  /// `c'M⁻¹c` for the bordered system M of the random and the fixed effects at the factors that were
  /// solved for last, and several columns c side by side; `nil` if a Krylov space would be too large.
  func quadraticForms(
    _ columns: [Double], count: Int, fixedEffectsFactor: Matrix
  ) -> [Double]? {
    let rank = crossProducts.rank
    let border = layout.borderCount
    let randomPart = Array(columns[..<(layout.randomCount * count)])
    var solutions = randomPart
    guard schur.solve(&solutions, count: count, threads: LinearAlgebraThreads.count) != nil else {
      return nil
    }
    var forms = randomPart.columnProducts(with: solutions, count: count, count)
    // What the fixed effects see: L⁻¹ (c_B - U'c_Z).
    var rest = borderSolutions.columnProducts(with: randomPart, count: border, count).map { -$0 }
    for c in 0..<count {
      for i in 0..<rank {
        rest[i + c * border] += columns[(layout.randomCount + i) * count + c]
        for j in 0..<i { rest[i + c * border] -= fixedEffectsFactor[i, j] * rest[j + c * border] }
        rest[i + c * border] /= fixedEffectsFactor[i, i]
      }
    }
    for b in 0..<count {
      for a in 0..<count {
        for i in 0..<rank { forms[a + b * count] += rest[i + a * border] * rest[i + b * border] }
      }
    }
    return forms
  }
}

extension [Double] {
  /// The products of the columns of two matrices whose rows stand side by side:
  /// `count × otherCount`, column-major.
  fileprivate func columnProducts(
    with other: [Double], count: Int, _ otherCount: Int
  ) -> [Double] {
    var products = [Double](repeating: 0, count: count * otherCount)
    withUnsafeBufferPointer { left in
      other.withUnsafeBufferPointer { right in
        products.withUnsafeMutableBufferPointer { products in
          guard let left = left.baseAddress, let right = right.baseAddress,
            let products = products.baseAddress
          else { return }
          multiply(
            DenseFactor(left, leadingDimension: count),
            DenseFactor(right, leadingDimension: otherCount, isTransposed: true),
            rowCount: count, columnCount: otherCount, inner: self.count / count, into: products,
            leadingDimension: count, kept: 0)
        }
      }
    }
    return products
  }
}

extension Matrix {
  /// `L⁻ᵀ` of a lower-triangular matrix.
  fileprivate var transposedInverse: Matrix {
    var result = Matrix(rowCount: rowCount, columnCount: rowCount)
    // Column c of L⁻¹ is row c of the result.
    for c in 0..<rowCount {
      for i in c..<rowCount {
        var sum = i == c ? 1.0 : 0
        for j in c..<i { sum -= self[i, j] * result[c, j] }
        result[c, i] = sum / self[i, i]
      }
    }
    return result
  }
}
