// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DenseMatrices
import MixedModelErrors
import MixedModelFitting

/// What a small-sample rule makes of a linear model where predictions are asked for.
protocol PredictionReference: TestReference {
  /// What the degrees of freedom of predictions rest on.
  /// - Complexity: a factorization and p solutions with its factor.
  func predictionUncertainty() throws(MixedModelError) -> PredictionUncertainty
}

/// What a small-sample rule makes of a linear model that is defined for combinations with random effects
/// in them, too.
protocol JointTestReference: PredictionReference {
  /// The reference distribution of the Wald statistic of combinations with random effects in them.
  func jointDenominator(_ combinations: CovarianceUncertainty) -> FDenominator
}

extension FixedEffectsInference {
  /// The covariance matrix of `H (β̂ - β) + K (b̂ - b)`.
  func jointCovariance(_ fixed: Matrix, _ random: Matrix) throws(MixedModelError) -> Matrix {
    guard coversRandomEffects else { throw .methodForFixedEffectsOnly("the hypothesis has") }
    guard let joint = model as? any JointlyEstimated else { throw .randomContrastNeedsFactor() }
    return try joint.jointFactor().covariance(fixedEffects: fixed, randomEffects: random)
  }

  /// The reference distribution of some of the equations of a hypothesis.
  /// - Parameter covariance: of all equations.
  func jointDenominator(
    _ fixed: Matrix, _ random: Matrix, _ covariance: Matrix, rows: [Int]
  ) throws(MixedModelError) -> FDenominator {
    guard let jointReference else { throw .methodForFixedEffectsOnly("the hypothesis has") }
    let uncertainty = try jointReference.predictionUncertainty()
    let slopes = uncertainty.sensitivity.slopes(fixedEffects: fixed, randomEffects: random)
    return jointReference.jointDenominator(
      CovarianceUncertainty(
        covariance: covariance, derivatives: slopes + [covariance],
        parameterCovariance: uncertainty.parameterCovariance
      ).of(rows))
  }

  /// Whether the rule is one for random effects, too: it has their errors' degrees of freedom, or one
  /// number for all and the model's own covariance matrix.
  var coversRandomEffects: Bool {
    jointReference != nil
      || reference.constantDegreesOfFreedom != nil
        && reference.covariance == model.fixedEffectsCovariance
  }

  /// The rule, if it has the degrees of freedom of errors of random effects.
  var jointReference: (any JointTestReference)? { reference as? any JointTestReference }
}
