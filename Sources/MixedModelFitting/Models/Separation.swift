// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DenseMatrices
import MixedModelErrors

// Where a combination of predictors tells rows of zeros (or ones) from all others, its coefficient
// has no finite estimate: Albert & Anderson, "On the existence of maximum likelihood estimates in
// logistic regression models", Biometrika 71 (1984), 1-10. Random effects do not change that.

extension GeneralizedProblem {
  /// A mean this near to a response at the end of the family's range is on its way to it: the
  /// search for finite coefficients ends later.
  static let boundaryTolerance = 1e-6
  /// The least standard error, in linear predictors over the range of its column, of a coefficient
  /// that diverges. The search ends with 1e4, whatever the number of rows.
  private static let divergingError = 300.0
  /// Such a coefficient moves the linear predictor by more than this.
  private static let divergingChange = 10.0

  /// Refuses a model of which some fixed effect has no finite estimate.
  /// - Parameter gamma: the fixed effects of the model without random effects, in coordinates of
  ///   the basis.
  /// - Throws: ``MixedModelError`` naming the columns that separate the response.
  func checkSeparation(_ gamma: [Double]) throws(MixedModelError) {
    let response = numbers.response
    let range = family.meanRange
    guard response.response.contains(where: { $0 == range.lowerBound || $0 == range.upperBound })
    else { return }
    var eta = [Double](repeating: 0, count: numbers.rowCount)
    numbers.setFixedPart(&eta, gamma: gamma)
    let nearCount = zip(response.response, eta).reduce(0) { count, row in
      let (y, eta) = row
      let isNear =
        (y == range.lowerBound || y == range.upperBound)
        && abs(y - link.mean(eta).value) < Self.boundaryTolerance
      return count + (isNear ? 1 : 0)
    }
    guard nearCount > 0 else { return }
    let columns = divergingColumns(gamma, eta: eta)
    let isComplete = nearCount == numbers.rowCount
    guard isComplete || !columns.isEmpty else { return }
    throw .separation(design.responseName, by: columns, isComplete: isComplete)
  }

  /// The names of the columns whose coefficients grow without end.
  private func divergingColumns(_ gamma: [Double], eta: [Double]) -> [String] {
    let basis = numbers.basis
    let coefficients = basis.coefficients(gamma)
    let covariance = numbers.marginalCovariance(eta).map { basis.covariance($0, scale: 1) }
    return basis.estimable.indices.filter { index in
      let values = rows.fixedEffects.column(basis.estimable[index])
      let range = (values.max() ?? 0) - (values.min() ?? 0)
      let variance = covariance?[index, index] ?? .infinity
      return range * abs(coefficients[index]) > Self.divergingChange
        && range * max(0, variance).squareRoot() > Self.divergingError
    }.map { design.fixedEffectNames[basis.estimable[$0]] }
  }
}

extension GeneralizedRows {
  /// The inverse of `B'WB` with the information at the given linear predictors; `nil` if it has
  /// none.
  fileprivate func marginalCovariance(_ eta: [Double]) -> Matrix? {
    var derivatives = ResponseDerivatives()
    response.evaluate(eta, ResponseRequest(.newton, information: .expected), into: &derivatives)
    let products = fixedCrossProducts(weights: derivatives.expectedInformation)
    let gram = Matrix(rowCount: rank, columnCount: rank, values: products)
    return gram.inverseOfPositiveDefinite
  }
}

extension MixedModelError {
  fileprivate static func separation(
    _ response: String, by columns: [String], isComplete: Bool
  ) -> MixedModelError {
    let names = columns.joined(separator: ", ")
    let rows = isComplete ? "every value" : "some values"
    return MixedModelError(
      .model, .column(response),
      problem: "The fixed effects predict \(rows) of \(response) exactly"
        + (columns.isEmpty ? "" : ": the coefficients of \(names) have no finite estimates")
        + (isComplete ? " (complete separation)." : " (quasi-complete separation)."),
      remedy: "Leave out what separates the response, or merge levels of it.")
  }
}
