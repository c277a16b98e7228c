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
  /// `[Z'g; B'g]` at the point evaluated last, if it is known.
  private var scoreProduct: [Double]?
  /// The last mode while its factorization is at hand.
  private var lastMode: Mode?
  private var inverseValues: [Double] = []

  /// A mode and what it is the mode of.
  private struct Mode {
    let factors: [Double]
    let t: Double
    let u: [Double]
    let gamma: [Double]
    let value: ModeValue
    /// The derivatives of the response that are at hand.
    var order: ResponseOrder
    /// Whether the factorization is that of the determinant.
    var hasFactor = true
  }

  /// The two parts of a Laplace approximation.
  struct ModeValue {
    let penalizedDeviance: Double
    let logDeterminant: Double
  }

  /// The square of the error of u, in standard deviations, that a search may leave. The determinant
  /// is of first order in the error.
  private static let squaredErrorTolerance = 1e-20
  /// Newton's method squares the error: a decrement below this is the last before the tolerance.
  private static let decrementTolerance = 1e-10
  /// The same for a step with the factorization of the last mode, which is not Newton's own.
  private static let chordTolerance = 1e-14
  /// A first decrement with the factorization of the last mode above this asks for a new one…
  private static let largestFirstChord = 1e-6
  /// …as does whatever comes after a decrement above this.
  private static let largestReusedDecrement = 1e-4
  /// Newton's method makes of an error e one of c e², and the next step with the same matrix 2c e times
  /// that: what it leaves, as a share and squared, is that of the step before times this.
  private static let chordContraction = 4.0
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
  ) -> ModeValue? {
    if let value = revisitMode(factors, t, order) { return value }
    if !movesFixedEffects { rows.setFixedPart(&fixedPart, gamma: gamma) }
    let start = (u, gamma)
    let isPredicted = predictMode(factors, t)
    if search(factors, t, isPredicted: isPredicted) { return factorizeAtMode(factors, t, order) }
    guard start.0.contains(where: { $0 != 0 }) else { return nil }
    // The last mode may lie where these parameters have no likelihood: start from no effects.
    (u, gamma) = ([Double](repeating: 0, count: u.count), start.1)
    return search(factors, t, isPredicted: false) ? factorizeAtMode(factors, t, order) : nil
  }

  /// Moves towards the mode until a step of Newton's gains less than a share of the deviance: the
  /// point to which that step leads.
  /// - Returns: whether the iteration came so far.
  mutating func approachMode(factors: [Double], t: Double, share: Double) -> Bool {
    if !movesFixedEffects { rows.setFixedPart(&fixedPart, gamma: gamma) }
    return search(factors, t, isPredicted: false, share: share)
  }

  /// The last mode, if it is wanted again.
  private mutating func revisitMode(
    _ factors: [Double], _ t: Double, _ order: ResponseOrder
  ) -> ModeValue? {
    guard var mode = lastMode, mode.hasFactor, mode.t == t, mode.factors == factors, mode.u == u,
      mode.gamma == gamma
    else { return nil }
    if order > mode.order {
      rows.response.evaluate(
        eta, t: t, ResponseRequest(order, information: information), into: &derivatives)
      mode.order = order
      lastMode = mode
    }
    return mode.value
  }

  /// Newton's iteration from the present point.
  ///
  /// A factorization serves several steps where its matrix changes so little that one or two of them
  /// get to the mode.
  /// - Parameter share: the share of the deviance that the last step may gain; zero for the mode.
  /// - Returns: whether it ended at a minimum of the penalized deviance.
  private mutating func search(
    _ factors: [Double], _ t: Double, isPredicted: Bool, share: Double = 0
  ) -> Bool {
    lastMode = nil
    var current = evaluate(u, gamma, factors, t, ResponseRequest(.newton))
    guard current < .infinity else { return false }
    // The decrement of the step before, if it was by the factorization at hand.
    var lastDecrement: Double?
    var hasFactor = isPredicted
    for _ in 0..<Self.largestIterationCount {
      let r = residual(factors)
      var step: [Double] = []
      var decrement = 0.0
      if hasFactor, lastDecrement ?? 0 < Self.largestReusedDecrement {
        let chord = solve(r)
        decrement = product(r, chord)
        switch chordVerdict(decrement, after: lastDecrement) {
        case .last:
          move(from: (u, gamma), chord, 1)
          return true
        case .useful: step = chord
        case .useless: break
        }
      }
      if step.isEmpty {
        guard factorizeForStep(factors) else { return false }
        hasFactor = true
        step = solve(r)
        decrement = product(r, step)
        guard decrement < .infinity else { return false }
        if decrement < max(Self.decrementTolerance, share * abs(current)) {
          move(from: (u, gamma), step, 1)
          return true
        }
      }
      lastDecrement = decrement

      let before = (u, gamma)
      var length = 1.0
      var next = Double.infinity
      for _ in 0..<Self.largestHalvingCount {
        move(from: before, step, length)
        next = evaluate(u, gamma, factors, t, ResponseRequest(.newton))
        if next <= current + Self.rounding * abs(current) { break }
        length /= 2
      }
      if length < 1 { hasFactor = false }
      if !(next <= current + Self.rounding * abs(current)) {
        (u, gamma) = before
        // No step lowers q: at rounding level this is the mode.
        return decrement < Self.roundingDecrement * max(1, abs(current))
      }
      current = next
    }
    return false
  }

  /// What a step with an older factorization is good for.
  private enum ChordVerdict {
    /// It ends at the mode.
    case last
    /// The one after it will.
    case useful
    /// A new factorization is worth its cost.
    case useless
  }

  /// - Parameter last: the decrement of the step before by the same factorization, if there was one.
  private func chordVerdict(_ decrement: Double, after last: Double?) -> ChordVerdict {
    guard decrement >= 0 else { return .useless }
    guard let last else {
      if decrement < Self.chordTolerance { return .last }
      return decrement < Self.largestFirstChord ? .useful : .useless
    }
    let contraction = Self.chordContraction * decrement / last
    if decrement * contraction < Self.squaredErrorTolerance { return .last }
    return decrement * contraction * contraction < Self.squaredErrorTolerance ? .useful : .useless
  }

  /// Moves u, and γ with it, along the tangent of the mode as a function of the parameters: the
  /// error that is left is of second order in the change.
  /// - Returns: whether there was a last mode, near enough.
  private mutating func predictMode(_ factors: [Double], _ t: Double) -> Bool {
    guard let last = lastMode else { return false }
    lastMode = nil
    guard last.u == u, !movesFixedEffects || last.gamma == gamma else { return false }
    // The change of eta with u held, and of the right-hand side of u's equations, in which what the
    // last search left of them counts, too.
    weights.fillWithZeros(count: rows.rowCount)
    if !movesFixedEffects {
      rows.addFixedPart(&weights, gamma: zip(gamma, last.gamma).map { $0 - $1 })
    }
    let difference = zip(factors, last.factors).map { $0 - $1 }
    if difference.contains(where: { $0 != 0 }) {
      rows.addRandomPart(&weights, rows.layout.scaled(u, by: difference))
    }
    negateProduct(&weights, derivatives.information)
    let slope = derivatives.scoreParameterSlope
    if !slope.isEmpty, t != last.t { addMultiple(t - last.t, of: slope, to: &weights) }
    var r = scaledProduct(rows.transposedProduct(weights), factors: last.factors)
    let direct = scaledProduct(modeScoreProduct(), factors: factors)
    for i in r.indices { r[i] += direct[i] }
    for i in u.indices { r[i] -= u[i] }
    let step = solve(r)
    guard u.indices.allSatisfy({ abs(step[$0]) < Self.largestPrediction }),
      step.allSatisfy(\.isFinite)
    else { return false }
    move(from: (u, gamma), step, 1)
    return true
  }

  /// The right-hand side of Newton's step at the point evaluated last, minus half the gradient.
  private mutating func residual(_ factors: [Double]) -> [Double] {
    var r = scaledProduct(modeScoreProduct(), factors: factors)
    for i in u.indices { r[i] -= u[i] }
    return r
  }

  /// `[Z'g; B'g]` at the point evaluated last.
  mutating func modeScoreProduct() -> [Double] {
    if let scoreProduct { return scoreProduct }
    let product = rows.transposedProduct(derivatives.score)
    scoreProduct = product
    return product
  }

  /// Everything at the mode, with the derivatives asked for.
  private mutating func factorizeAtMode(
    _ factors: [Double], _ t: Double, _ order: ResponseOrder
  ) -> ModeValue? {
    let order = max(order, .newton)
    let deviance = evaluate(
      u, gamma, factors, t, ResponseRequest(order, information: information))
    guard deviance < .infinity else { return nil }
    accumulate(information == .expected ? derivatives.expectedInformation : derivatives.information)
    guard cholesky.factorize(matrix, factors: factors) == nil else { return nil }
    let value = ModeValue(penalizedDeviance: deviance, logDeterminant: cholesky.logDeterminant)
    lastMode = Mode(factors: factors, t: t, u: u, gamma: gamma, value: value, order: order)
    return value
  }

  /// Factorizes with the observed information at the mode; the last factorization is replaced.
  mutating func factorizeObserved(_ factors: [Double]) -> Bool {
    lastMode?.hasFactor = false
    accumulate(derivatives.information)
    guard cholesky.factorize(matrix, factors: factors) == nil else {
      lastMode = nil
      return false
    }
    return true
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

  /// Calls `body` with the selected inverse of the system just factorized, and the system.
  mutating func withSelectedInverse<Result>(
    _ body: (SelectedInverse, BlockedMatrix) -> Result
  ) -> Result {
    let matrix = matrix
    return cholesky.withSelectedInverse(borderRows: 0, in: &inverseValues) { body($0, matrix) }
  }

  /// Factorizes with the information at the point evaluated last.
  private mutating func factorizeForStep(_ factors: [Double]) -> Bool {
    accumulate(derivatives.information)
    if cholesky.factorize(matrix, factors: factors) == nil { return true }
    // Away from the mode the Hessian need not be positive definite; without its negative part the
    // step still descends.
    for i in weights.indices { weights[i] = max(0, derivatives.information[i]) }
    accumulate(weights)
    return cholesky.factorize(matrix, factors: factors) == nil
  }

  private mutating func move(
    from start: (u: [Double], gamma: [Double]), _ step: [Double], _ length: Double
  ) {
    for i in u.indices { u[i] = start.u[i] + length * step[i] }
    guard movesFixedEffects else { return }
    for j in gamma.indices { gamma[j] = start.gamma[j] + length * step[u.count + j] }
  }

  private mutating func setLinearPredictor(_ u: [Double], _ gamma: [Double], _ factors: [Double]) {
    if movesFixedEffects {
      rows.setFixedPart(&eta, gamma: gamma)
    } else {
      eta.replaceContents(with: fixedPart)
    }
    rows.addRandomPart(&eta, rows.layout.scaled(u, by: factors))
  }

  /// The penalized deviance at a point, positive infinity where it has none.
  private mutating func evaluate(
    _ u: [Double], _ gamma: [Double], _ factors: [Double], _ t: Double, _ request: ResponseRequest
  ) -> Double {
    scoreProduct = nil
    setLinearPredictor(u, gamma, factors)
    rows.response.evaluate(eta, t: t, request, into: &derivatives)
    let value = -2 * derivatives.value + u.reduce(0) { $0 + $1 * $1 }
    return value.isNaN ? .infinity : value
  }

  private mutating func accumulate(_ weights: [Double]) {
    let accumulator = movesFixedEffects ? rows.joint : rows.random
    accumulator.accumulate(weights: weights, into: &matrix.values)
  }
}
