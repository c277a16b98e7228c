// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import MixedModelErrors

/// A fitted model whose rows can be taken apart into the observations that they stand for.
package protocol ObservationSeparable: Resimulatable {
  /// The same model of the table with each row repeated as often as its frequency weight says: the
  /// same estimates of as many rows as observations. Observations of one row can then have different
  /// responses.
  /// - Throws: ``MixedModelError`` if there are more observations than arrays should hold.
  /// - Complexity: time and memory as a problem of so many rows.
  func withSeparateObservations() throws(MixedModelError) -> Self
}

extension Resimulatable {
  /// The model as responses are simulated from it: with a row for each observation.
  package var separated: Self {
    get throws(MixedModelError) {
      guard let separable = self as? any ObservationSeparable else { return self }
      return try separable.withSeparateObservations() as? Self ?? self
    }
  }
}

extension LinearMixedModel: ObservationSeparable {
  package func withSeparateObservations() throws(MixedModelError) -> LinearMixedModel {
    guard let rows = try problem.rows.separated(frequencyWeights: design.frequencyWeights) else {
      return self
    }
    return try LinearMixedModel(
      LinearProblem(design, rows), criterion: criterion, theta: theta, certificate: certificate,
      fitReport: fitReport)
  }
}

extension GeneralizedLinearMixedModel: ObservationSeparable {
  package func withSeparateObservations() throws(MixedModelError) -> GeneralizedLinearMixedModel {
    guard let rows = try problem.rows.separated(frequencyWeights: design.frequencyWeights) else {
      return self
    }
    let repeated = problem.rows.repeatedIndices
    return GeneralizedLinearMixedModel(
      self,
      problem: GeneralizedProblem(
        design: design, rows: rows,
        weights: problem.weights.map { weights in repeated.map { weights[$0] } }, family: family,
        link: link, joinsRows: !criterion.isPseudoLikelihood),
      linearPredictor: repeated.map { linearPredictor[$0] })
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
  fileprivate var repeatedIndices: [Int] {
    guard let frequencies else { return Array(0..<rowCount) }
    return frequencies.enumerated().flatMap { row, frequency in
      repeatElement(row, count: Int(frequency))
    }
  }

  /// The rows with each as often as it counts, `nil` if each counts once.
  fileprivate func separated(
    frequencyWeights: String?
  ) throws(MixedModelError) -> DesignRows? {
    guard frequencies != nil else { return nil }
    guard observationCount <= Self.largestCount else {
      throw .tooManyObservations(
        observationCount, frequencyWeights: frequencyWeights ?? "", limit: Self.largestCount)
    }
    let repeated = repeatedIndices
    return selected(
      repeated, response: repeated.map { response[$0] },
      weights: weights.map { weights in repeated.map { weights[$0] } }, frequencies: nil)
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
