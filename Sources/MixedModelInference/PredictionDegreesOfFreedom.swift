// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DataTables
import DenseMatrices
import MixedModelErrors
import MixedModelFitting

extension LinearMixedModel {
  /// The predictions for the rows of a table with standard errors and an interval for each, from
  /// Student's t distribution with degrees of freedom of their own.
  ///
  ///     try model.predict(new, interval: .confidence(0.95), degreesOfFreedom: .satterthwaite)
  ///
  /// Satterthwaite's are those of the estimated variance f of each row: `2 f² / (g'Wg)`, with g its
  /// derivatives in the variance parameters and W their asymptotic covariance matrix. For a confidence
  /// interval f is the mean squared error of the mean; without random effects they are those of a
  /// combination of the coefficients. For a prediction interval f is the variance of the observation,
  /// the residual one included, where MATLAB takes the degrees of freedom of the mean.
  ///
  /// Kenward and Roger's are for predictions without random effects of models fitted by REML: the
  /// variance of the mean then has their adjusted covariance matrix in it, as in emmeans. So it is
  /// with a cluster-robust covariance matrix.
  ///
  /// MATLAB: `predict` with 'DFMethod' and 'Simultaneous'. R: `emmeans` of the same rows for
  /// predictions without random effects.
  /// - Parameters:
  ///   - degreesOfFreedom: the rule; see ``DegreesOfFreedomMethod``.
  ///   - coverage: whether each interval holds with the probability of its level, or all together:
  ///     then `√(r F)` stands for the quantile of t, r being the number of fixed effects, and of random
  ///     effects where they take part.
  /// - Throws: ``MixedModelError`` as with a number for the degrees of freedom, and if the rule does
  ///   not apply.
  /// - Complexity: that of standard errors; and for each distinct set of levels, in the part of the data
  ///   that has the most of them and shares no row with other parts, Σ k solutions with the factor at
  ///   most. With one grouping factor or nested ones that is linear in the data.
  public func predict(
    _ data: DataTable, conditioningOn selection: RandomEffectsSelection = .all,
    scale: PredictionScale = .response, newLevels: NewLevels = .error,
    otherEffects: OtherEffects = .zero, interval: PredictionInterval,
    degreesOfFreedom method: some DegreesOfFreedomMethod, coverage: IntervalCoverage = .pointwise
  ) throws(MixedModelError) -> Predictions {
    let inference = try inference(degreesOfFreedom: method)
    guard inference.coversRandomEffects || selection.isEmpty else {
      throw .methodForFixedEffectsOnly("the predictions condition on")
    }
    let own = fixedEffectsCovariance
    let difference = zip(inference.covariance.values, own.values).map { $0 - $1 }
    let request = IntervalRequest(
      selection: selection, scale: scale, newLevels: newLevels, otherEffects: otherEffects,
      interval: interval, degreesOfFreedom: try intervalDegreesOfFreedom(inference.reference),
      coverage: coverage,
      adjustment: inference.covariance == own
        ? nil
        : Matrix(rowCount: own.rowCount, columnCount: own.columnCount, values: difference))
    return try request.predictions(data, by: self)
  }

  private func intervalDegreesOfFreedom(
    _ reference: any TestReference
  ) throws(MixedModelError) -> IntervalDegreesOfFreedom {
    if let constant = reference.constantDegreesOfFreedom { return .constant(constant) }
    guard let reference = reference as? any PredictionReference else {
      throw .methodWithoutPredictions()
    }
    return .estimated(try reference.predictionUncertainty())
  }
}

extension RandomEffectsSelection {
  /// Whether no random effects take part.
  fileprivate var isEmpty: Bool { self == .none || self == .groupingFactors([]) }
}
