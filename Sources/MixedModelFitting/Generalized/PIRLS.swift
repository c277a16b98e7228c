// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import BlockMatrices
import DenseMatrices

/// Penalized iteratively reweighted least squares: the conditional modes of a generalized model.
///
/// At fixed term factors it minimizes the penalized deviance `q(u) = -2 ℓ(o + Bγ + ZΛu) + u'u`,
/// over u or over u and γ together, by Newton's method: each step is one solve with the factor of
/// the reweighted cross-products, the same factor as a linear model's. A step that does not lower q
/// is halved, so that the iteration cannot cycle; where negative weights, which some families have,
/// leave the Hessian indefinite, they count as zero for the step.
struct PIRLS: Sendable {
  let rows: GeneralizedRows
  /// Whether γ moves with u.
  let movesFixedEffects: Bool
  /// The information that enters the determinant at the mode.
  let information: InformationKind

  private(set) var matrix: BlockedMatrix
  private(set) var cholesky: BlockedCholesky
  private(set) var derivatives = ResponseDerivatives()
  /// The spherical random effects at the last mode found, and the start of the next search.
  var u: [Double]
  var gamma: [Double]
  private var eta: [Double]
  private var fixedPart: [Double]
  private var weights: [Double]
  /// The factors and t of the last mode while its factorization is at hand.
  private var lastMode: (factors: [Double], gamma: [Double], t: Double)?
  /// The last mode while the selected inverse is in the place of its factorization.
  private var usedUpMode: (factors: [Double], gamma: [Double], t: Double)?

  /// The decrement, in units of the deviance, below which one last full step squares the error of u
  /// to the rounding level. The determinant is of first order in that error.
  private static let decrementTolerance = 1e-10
  /// The same for a step with the factorization of the last mode, which is not Newton's own.
  private static let chordTolerance = 1e-14
  /// A tangent that moves a random effect by more standard deviations than this is not followed.
  private static let largestPrediction = 3.0
  private static let largestIterationCount = 100
  /// Steps shorter than 2⁻³⁰ of Newton's are rounding.
  private static let largestHalvingCount = 30
  /// Where no step lowers the penalized deviance, a decrement below this share of it is rounding.
  private static let roundingDecrement = 1e-10
  /// A rise of the penalized deviance below this share of it is rounding.
  private static let rounding = 1e-13

  init(
    _ rows: GeneralizedRows, layout: CholeskyLayout, movesFixedEffects: Bool,
    information: InformationKind
  ) {
    self.rows = rows
    self.movesFixedEffects = movesFixedEffects
    self.information = information
    let accumulator = movesFixedEffects ? rows.joint : rows.random
    matrix = BlockedMatrix(
      layout: accumulator.layout,
      values: [Double](repeating: 0, count: accumulator.layout.valueCount))
    cholesky = BlockedCholesky(layout: layout)
    u = [Double](repeating: 0, count: rows.layout.randomCount)
    gamma = [Double](repeating: 0, count: rows.rank)
    eta = [Double](repeating: 0, count: rows.rowCount)
    fixedPart = eta
    weights = eta
  }

  /// The linear predictors at the last mode.
  var linearPredictor: [Double] { eta }

  /// Finds the mode for the given factors and leaves everything evaluated and factorized there.
  ///
  /// - Parameters:
  ///   - factors: the terms' factors.
  ///   - t: the logarithm of the dispersion or size.
  ///   - order: the derivatives wanted at the mode.
  /// - Returns: the penalized deviance and the log-determinant at the mode, or `nil` if no mode was
  ///   found or the information is not positive definite there.
  mutating func findMode(
    factors: [Double], t: Double, order: ResponseOrder
  ) -> (penalizedDeviance: Double, logDeterminant: Double)? {
    if !movesFixedEffects { rows.setFixedPart(&fixedPart, gamma: gamma) }
    let start = (u, gamma)
    let isPredicted = predictMode(factors, t)
    if search(factors, t, isPredicted: isPredicted) { return factorizeAtMode(factors, t, order) }
    guard start.0.contains(where: { $0 != 0 }) else { return nil }
    // The last mode may lie where these parameters have no likelihood: start from no effects.
    (u, gamma) = ([Double](repeating: 0, count: u.count), start.1)
    return search(factors, t, isPredicted: false) ? factorizeAtMode(factors, t, order) : nil
  }

  /// Newton's iteration from the present point.
  /// - Returns: whether it ended at a minimum of the penalized deviance.
  private mutating func search(_ factors: [Double], _ t: Double, isPredicted: Bool) -> Bool {
    var current = evaluate(u, gamma, factors, t, ResponseRequest(.newton))
    guard current < .infinity else { return false }
    if isPredicted, chordStep(factors) { return true }
    for _ in 0..<Self.largestIterationCount {
      guard let (step, decrement) = newtonStep(factors), decrement < .infinity else {
        return false
      }
      let before = (u, gamma)
      if decrement < Self.decrementTolerance {
        move(from: before, step, 1)
        return true
      }
      var length = 1.0
      var next = Double.infinity
      for _ in 0..<Self.largestHalvingCount {
        move(from: before, step, length)
        next = evaluate(u, gamma, factors, t, ResponseRequest(.newton))
        if next <= current + Self.rounding * abs(current) { break }
        length /= 2
      }
      if !(next <= current + Self.rounding * abs(current)) {
        (u, gamma) = before
        // No step lowers q: at rounding level this is the mode.
        return decrement < Self.roundingDecrement * max(1, abs(current))
      }
      current = next
    }
    return false
  }

  /// Moves u, and γ with it, along the tangent of the mode as a function of the parameters: the
  /// error that is left is of second order in the change.
  /// - Returns: whether there was a last mode, near enough.
  private mutating func predictMode(_ factors: [Double], _ t: Double) -> Bool {
    guard let last = lastMode else { return false }
    lastMode = nil
    // The change of eta with u held, and of the right-hand side of u's equations.
    var change = [Double](repeating: 0, count: rows.rowCount)
    if !movesFixedEffects {
      rows.addFixedPart(&change, gamma: zip(gamma, last.gamma).map { $0 - $1 })
    }
    let difference = zip(factors, last.factors).map { $0 - $1 }
    rows.addRandomPart(&change, rows.layout.scaled(u, by: difference))
    let slope = derivatives.scoreParameterSlope
    let parameterChange = slope.isEmpty ? 0 : t - last.t
    for i in change.indices {
      change[i] *= -derivatives.information[i]
      if parameterChange != 0 { change[i] += parameterChange * slope[i] }
    }
    var r = scaledProduct(rows.transposedProduct(change), factors: last.factors)
    let direct = scaledProduct(rows.transposedProduct(derivatives.score), factors: difference)
    for i in u.indices { r[i] += direct[i] }
    let step = solve(r)
    guard u.indices.allSatisfy({ abs(step[$0]) < Self.largestPrediction }),
      step.allSatisfy(\.isFinite)
    else { return false }
    move(from: (u, gamma), step, 1)
    return true
  }

  /// One step with the factorization of the last mode, if that suffices.
  ///
  /// A predicted mode is mostly so near that the old matrix gives the rest of the way, and the new
  /// one needs to be factorized only once, at the mode.
  private mutating func chordStep(_ factors: [Double]) -> Bool {
    let r = residual(factors)
    let step = solve(r)
    let decrement = zip(r, step).reduce(0) { $0 + $1.0 * $1.1 }
    guard decrement >= 0, decrement < Self.chordTolerance else { return false }
    move(from: (u, gamma), step, 1)
    return true
  }

  /// The right-hand side of Newton's step at the point evaluated last, minus half the gradient.
  private func residual(_ factors: [Double]) -> [Double] {
    var r = scaledProduct(rows.transposedProduct(derivatives.score), factors: factors)
    for i in u.indices { r[i] -= u[i] }
    return r
  }

  /// Everything at the mode, with the derivatives asked for.
  private mutating func factorizeAtMode(
    _ factors: [Double], _ t: Double, _ order: ResponseOrder
  ) -> (penalizedDeviance: Double, logDeterminant: Double)? {
    let value = evaluate(
      u, gamma, factors, t, ResponseRequest(max(order, .newton), information: information))
    guard value < .infinity else { return nil }
    accumulate(information == .expected ? derivatives.expectedInformation : derivatives.information)
    guard cholesky.factorize(matrix, factors: factors) == nil else { return nil }
    lastMode = (factors, gamma, t)
    return (value, cholesky.logDeterminant)
  }

  /// Factorizes with the observed information at the mode; the last factorization is replaced.
  mutating func factorizeObserved(_ factors: [Double]) -> Bool {
    accumulate(derivatives.information)
    return cholesky.factorize(matrix, factors: factors) == nil
  }

  /// Puts back a factor that the selected inverse used up.
  mutating func restore(_ factor: BlockedCholesky?) {
    guard let factor else { return }
    cholesky = factor
    lastMode = usedUpMode
  }

  /// `M⁻¹ r` for the system just factorized; `r` has one value per random effect and, where the
  /// fixed effects move, per column of B.
  func solve(_ r: [Double]) -> [Double] {
    var x = r
    cholesky.solveForward(&x, count: 1, borderRowsSkipped: 0)
    cholesky.solveBackward(&x, borderRowsSkipped: 0)
    return x
  }

  /// The right-hand side `[Λ'Z'x; B'x]` of a step, cut to what moves.
  func scaledProduct(_ product: [Double], factors: [Double]) -> [Double] {
    var scaled = product
    rows.layout.scaleTransposed(&scaled, count: 1, by: factors)
    if !movesFixedEffects { scaled.removeLast(rows.rank) }
    return scaled
  }

  /// Calls `body` with the selected inverse of the system just factorized.
  mutating func withSelectedInverse<Result>(
    _ body: (SelectedInverse, BlockedMatrix) -> Result
  ) -> Result {
    let matrix = matrix
    let mode = lastMode
    lastMode = nil
    defer { usedUpMode = mode }
    return cholesky.withSelectedInverse(borderRows: 0) { body($0, matrix) }
  }

  /// Newton's step at the point evaluated last, and its decrement `r' M⁻¹ r`.
  private mutating func newtonStep(_ factors: [Double]) -> (step: [Double], decrement: Double)? {
    accumulate(derivatives.information)
    if cholesky.factorize(matrix, factors: factors) != nil {
      // Away from the mode the Hessian need not be positive definite; without its negative part
      // the step still descends.
      for i in weights.indices { weights[i] = max(0, derivatives.information[i]) }
      accumulate(weights)
      guard cholesky.factorize(matrix, factors: factors) == nil else { return nil }
    }
    let r = residual(factors)
    let step = solve(r)
    return (step, zip(r, step).reduce(0) { $0 + $1.0 * $1.1 })
  }

  private mutating func move(
    from start: (u: [Double], gamma: [Double]), _ step: [Double], _ length: Double
  ) {
    for i in u.indices { u[i] = start.u[i] + length * step[i] }
    guard movesFixedEffects else { return }
    for j in gamma.indices { gamma[j] = start.gamma[j] + length * step[u.count + j] }
  }

  /// The penalized deviance at a point, positive infinity where it has none.
  private mutating func evaluate(
    _ u: [Double], _ gamma: [Double], _ factors: [Double], _ t: Double, _ request: ResponseRequest
  ) -> Double {
    if movesFixedEffects {
      rows.setFixedPart(&eta, gamma: gamma)
    } else {
      eta = fixedPart
    }
    rows.addRandomPart(&eta, rows.layout.scaled(u, by: factors))
    rows.response.evaluate(eta, t: t, request, into: &derivatives)
    let value = -2 * derivatives.value + u.reduce(0) { $0 + $1 * $1 }
    return value.isNaN ? .infinity : value
  }

  private mutating func accumulate(_ weights: [Double]) {
    let accumulator = movesFixedEffects ? rows.joint : rows.random
    accumulator.accumulate(weights: weights, into: &matrix.values)
  }
}
