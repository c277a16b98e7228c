// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

/// The fit of a generalized model without its random effects, by Newton's method: where the search for
/// the model itself starts, and where separation shows.
struct MarginalFit {
  /// The fixed effects in coordinates of the basis, and the linear predictors there.
  private(set) var gamma: [Double]
  private(set) var linearPredictor: [Double]
  private let rows: GeneralizedRows
  private var derivatives = ResponseDerivatives()

  /// A decrement, in units of the deviance, below which one last full step squares the error to the
  /// rounding level.
  private static let decrementTolerance = 1e-10
  private static let largestIterationCount = 100
  /// Steps shorter than 2⁻³⁰ of Newton's are rounding.
  private static let largestHalvingCount = 30
  /// Where no step lowers the deviance, a decrement below this share of it is rounding.
  private static let roundingDecrement = 1e-10
  /// A rise of the deviance below this share of it is rounding.
  private static let rounding = 1e-13

  init(_ rows: GeneralizedRows) {
    self.rows = rows
    gamma = [Double](repeating: 0, count: rows.rank)
    linearPredictor = [Double](repeating: 0, count: rows.rowCount)
  }

  /// Minimizes the deviance from the least-squares fit to given linear predictors, at unit dispersion
  /// or size.
  /// - Returns: whether that led to a minimum.
  mutating func minimize(from eta: [Double]) -> Bool {
    gamma = rows.leastSquares(eta)
    var current = evaluate()
    guard current < .infinity else { return false }
    for _ in 0..<Self.largestIterationCount {
      let score = Array(rows.transposedProduct(derivatives.score).suffix(rows.rank))
      guard let step = step(score) else { return false }
      let decrement = product(score, step)
      guard decrement < .infinity else { return false }
      let before = gamma
      if decrement < Self.decrementTolerance {
        addMultiple(1, of: step, to: &gamma)
        return evaluate() < .infinity
      }
      var length = 1.0
      var next = Double.infinity
      for _ in 0..<Self.largestHalvingCount {
        gamma = before
        addMultiple(length, of: step, to: &gamma)
        next = evaluate()
        if next <= current + Self.rounding * abs(current) { break }
        length /= 2
      }
      if !(next <= current + Self.rounding * abs(current)) {
        gamma = before
        return evaluate() < .infinity && decrement < Self.roundingDecrement * max(1, abs(current))
      }
      current = next
    }
    return false
  }

  /// Newton's step, or, where the information is not positive definite, that without its negative
  /// part; `nil` if this is not either.
  private func step(_ score: [Double]) -> [Double]? {
    let information = derivatives.information
    return rows.solution(rows.fixedCrossProducts(weights: information), score)
      ?? rows.solution(
        rows.fixedCrossProducts(weights: information.map { max(0, $0) }), score)
  }

  private mutating func evaluate() -> Double {
    rows.setFixedPart(&linearPredictor, gamma: gamma)
    rows.response.evaluate(linearPredictor, ResponseRequest(.newton), into: &derivatives)
    let value = -2 * derivatives.value
    return value.isNaN ? .infinity : value
  }
}
