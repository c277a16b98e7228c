// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import MixedModelErrors

/// A fitted model of which a row may stand for several observations. These have responses of their
/// own, so that a simulated response is more than one value for each row.
package protocol FrequencyWeighted: Resimulatable {
  /// Whether the means of the rows, and how the observations scatter about them, say all that the
  /// likelihood sees of the responses.
  var refitsFromMeans: Bool { get }

  /// The same model, with the same estimates, as it is fitted to simulated responses: one value for
  /// each row, which is the mean of the row's observations or, in a model of as many rows as
  /// observations, the response of one.
  /// - Throws: ``MixedModelError`` if more rows are needed than arrays should hold.
  /// - Complexity: where rows are repeated, time and memory as a problem of so many rows.
  func forRefits() throws(MixedModelError) -> Self
}

extension Resimulatable {
  /// What responses are drawn from, and the model that is fitted to them.
  package func resimulation() throws(MixedModelError) -> (
    responses: ResponseDistribution, model: Self
  ) {
    guard let weighted = self as? any FrequencyWeighted else {
      return (responseDistribution(randomEffects: .new), self)
    }
    let model = try weighted.forRefits() as? Self ?? self
    let source = weighted.refitsFromMeans ? self : model
    return (source.responseDistribution(randomEffects: .new), model)
  }
}

extension LinearMixedModel: FrequencyWeighted {
  package var refitsFromMeans: Bool { true }

  package func forRefits() -> LinearMixedModel { self }
}

extension GeneralizedLinearMixedModel: FrequencyWeighted {
  package var refitsFromMeans: Bool {
    // The pseudo-data of observations scatter more than their means; and proportions of 0 and 1 have
    // no weights.
    family.hasSufficientSums && !criterion.isPseudoLikelihood
      && !(family.name == Binomial(isBernoulli: true).name && problem.weights != nil)
  }

  package func forRefits() throws(MixedModelError) -> GeneralizedLinearMixedModel {
    guard let frequencies = problem.rows.frequencies else { return self }
    let selection: [Int]
    var weights = problem.weights
    if refitsFromMeans {
      selection = Array(0..<problem.rows.rowCount)
      weights = product(weights, frequencies)
    } else {
      selection = try problem.rows.repeatedRows(frequencyWeights: design.frequencyWeights ?? "")
      weights = weights.map { weights in selection.map { weights[$0] } }
    }
    let rows = problem.rows.selected(
      selection, response: selection.map { problem.rows.response[$0] }, weights: weights,
      frequencies: nil)
    return GeneralizedLinearMixedModel(
      self,
      problem: GeneralizedProblem(
        design: design, rows: rows, weights: weights,
        // Means of zeros and ones are proportions.
        family: refitsFromMeans && family is Binomial ? Binomial() : family, link: link,
        joinsRows: !criterion.isPseudoLikelihood),
      linearPredictor: selection.map { linearPredictor[$0] })
  }

  /// The same estimates of a problem that has them, too.
  private init(
    _ model: GeneralizedLinearMixedModel, problem: GeneralizedProblem, linearPredictor: [Double]
  ) {
    self.problem = problem
    criterion = model.criterion
    information = model.information
    covarianceKind = model.covarianceKind
    jointCovarianceFailed = model.jointCovarianceFailed
    theta = model.theta
    internalTheta = model.internalTheta
    objective = model.objective
    dispersion = model.dispersion
    sizeParameter = model.sizeParameter
    fixedEffects = model.fixedEffects
    certificate = model.certificate
    fitReport = model.fitReport
    sphericalRandomEffects = model.sphericalRandomEffects
    self.linearPredictor = linearPredictor
  }
}

extension DesignRows {
  /// More rows than this are not made of fewer.
  private static let largestCount = 50_000_000

  /// The index of each row, as often as the row counts.
  fileprivate func repeatedRows(frequencyWeights: String) throws(MixedModelError) -> [Int] {
    guard observationCount <= Self.largestCount else {
      throw .tooManyObservations(
        observationCount, frequencyWeights: frequencyWeights, limit: Self.largestCount)
    }
    return (0..<rowCount).flatMap { row in
      repeatElement(row, count: Int(frequencies?[row] ?? 1))
    }
  }
}

extension MixedModelError {
  fileprivate static func tooManyObservations(
    _ count: Int, frequencyWeights name: String, limit: Int
  ) -> MixedModelError {
    MixedModelError(
      .data, .column(name),
      problem: "The rows stand for \(count) observations, as the frequency weights \"\(name)\" "
        + "say, and simulated responses need a row for each of them: \(limit) at most.",
      remedy: "Divide the frequencies by a common factor, or use Wald or profile intervals.")
  }
}
