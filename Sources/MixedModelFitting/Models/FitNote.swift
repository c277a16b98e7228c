// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import ModelOptimization

/// Something in a fit that deserves attention but is no failure.
///
/// The `description` is what a user reads: one or more full sentences.
public enum FitNote: Sendable, Hashable {
  /// How a part of the formula was understood.
  case formulaReading(String)
  /// Rows left out because a column of the model has no value there.
  case rowsOmitted(Int, of: Int)
  /// Rows left out because their frequency weight is zero.
  case rowsOfFrequencyZero(Int, of: Int)
  /// Fixed-effects columns left out because earlier ones determine them.
  case columnsDropped([String])
  /// Columns left out that differ from what earlier ones determine, but by too little to be told from
  /// rounding.
  case columnsNearlyDetermined([String])
  /// The log-determinant is stochastic, and so is the objective.
  case stochasticLogDeterminant(StochasticError)
  /// A stochastic log-determinant was asked for where the exact one costs no more.
  case exactLogDeterminant
  /// The covariances of a term can take up any residual variance: sigma and theta are not
  /// identified.
  case residualVarianceNotIdentified(groupingFactor: String, effectCount: Int, rowCount: Int)
  /// The covariates of these effects are zero in every row, so that nothing is known of their
  /// variances.
  case covariatesZero([String], groupingFactor: String)
  /// These effects are combinations of the fixed effects, so that REML knows nothing of their
  /// variances.
  case effectsAmongFixedEffects([String], groupingFactor: String)
  /// The variances of these effects are not identified separately.
  case variancesNotIdentified([String], groupingFactor: String)
  /// The covariances of these effects are not identified, their variances are.
  case covariancesNotIdentified([String], groupingFactor: String)
  /// The variances of effects by one factor and of effects by another with the same groups are not
  /// identified separately.
  case effectsCoincide([String], groupingFactors: [String])
  /// The residual variance vanishes beside that of the random effects: the likelihood has no
  /// maximum.
  case residualVarianceVanishes
  /// The Hessian over all parameters is not positive definite, so that standard errors are given
  /// the covariance parameters.
  case noJointStandardErrors
  /// The optimizer ended without meeting its criterion.
  case notConverged(Termination, evaluations: Int)
  /// The derivatives at the end of the optimization are not finite.
  case derivativesNotFinite
  /// One more Newton step predicts a lower objective.
  case objectiveNotMinimized(predictedFall: Double)
  /// The objective curves downwards in some direction of theta.
  case saddle(leastCurvature: Double)
  /// At a singular covariance matrix, added variance would lower the objective.
  case varianceAtBoundary(groupingFactor: String)
  /// The covariance matrix of a grouping factor's effects is singular.
  case singularCovariance(groupingFactor: String, zeroVariances: [String])
}

extension FitNote: CustomStringConvertible {
  public var description: String {
    switch self {
    case .formulaReading(let sentence):
      sentence
    case .rowsOmitted(let count, let total):
      "\(count) of \(total) rows \(count == 1 ? "is" : "are") left out because a column of the "
        + "model has no value there."
    case .rowsOfFrequencyZero(let count, let total):
      "\(count) of \(total) rows \(count == 1 ? "is" : "are") left out because the frequency "
        + "\(count == 1 ? "weight is" : "weights are") zero."
    case .columnsDropped(let names):
      names.count == 1
        ? "The fixed-effects column \(names[0]) is left out because earlier columns determine it."
        : "The fixed-effects columns \(names.joined(separator: ", ")) are left out because earlier "
          + "columns determine them."
    case .columnsNearlyDetermined(let names):
      "What earlier columns do not determine of \(names.joined(separator: ", ")) is below 1e-9 of "
        + "\(names.count == 1 ? "its" : "their") size, too little to be told from rounding. A column far "
        + "from zero, such as a date, counts when it is centered first: center(x)."
    case .stochasticLogDeterminant(let error):
      "The log-determinant is stochastic, from \(error.probeCount) probes with seed \(error.seed) in "
        + "\(error.stepCount) steps: "
        + "the objective, AIC and BIC have a Monte Carlo standard error of "
        + "\(error.standardError.compactText)."
    case .exactLogDeterminant:
      "No grouping factors are crossed, so that the log-determinant is exact: a stochastic one would "
        + "save nothing."
    case .residualVarianceNotIdentified(let groupingFactor, let effectCount, let rowCount):
      "The \(effectCount) random effects by \(groupingFactor) for \(rowCount) rows can take up any "
        + "residual variance: sigma and theta are not identified. The objective, the fixed effects "
        + "and their standard errors are."
    case .covariatesZero(let effects, let groupingFactor):
      effects.count == 1
        ? "The covariate \(effects[0]) of the random effects by \(groupingFactor) is zero in every "
          + "row: its variance is not identified and reported as zero."
        : "The covariates \(effects.joined(separator: ", ")) of the random effects by "
          + "\(groupingFactor) are zero in every row: their variances are not identified and "
          + "reported as zero."
    case .effectsAmongFixedEffects(let effects, let groupingFactor):
      "The fixed effects determine the random effects \(effects.joined(separator: ", ")) by "
        + "\(groupingFactor): REML knows nothing of their variances, and zero is reported."
    case .variancesNotIdentified(let effects, let groupingFactor):
      (effects.count == 1
        ? "The variance and covariances of the random effect \(effects[0]) by \(groupingFactor) are "
          + "not identified separately: "
        : "The variances and covariances of the random effects \(effects.joined(separator: ", ")) by "
          + "\(groupingFactor) are not identified separately: ")
        + "many values describe the data equally well, and one of them is reported. The objective, "
        + "the fixed effects and the fitted values do not depend on which."
    case .covariancesNotIdentified(let effects, let groupingFactor):
      "Covariances of the random effects \(effects.joined(separator: ", ")) by \(groupingFactor) are "
        + "not identified: many values describe the data equally well, and one of them is reported. "
        + "The objective, the variances and the fixed effects do not depend on which."
    case .effectsCoincide(let effects, let groupingFactors):
      "The grouping factors \(groupingFactors.joined(separator: " and ")) have the same groups of "
        + "rows, and the data cannot tell their random effects \(effects.joined(separator: ", ")) "
        + "apart: only sums of variances are identified, and one way to share them is reported. The "
        + "objective, the fixed effects and the fitted values do not depend on it."
    case .residualVarianceVanishes:
      "The random effects reproduce the response, and the residual variance goes to zero: the "
        + "likelihood has no maximum. There are too few rows for this model."
    case .noJointStandardErrors:
      "The Hessian over all parameters is not positive definite: the standard errors are "
        + "conditional, given the covariance parameters."
    case .notConverged(let termination, let evaluations):
      "The fit did not converge in \(evaluations) "
        + "\(evaluations == 1 ? "evaluation" : "evaluations"): \(termination). "
        + termination.remedy
    case .derivativesNotFinite:
      "The derivatives of the objective are not finite at the estimates, so that nothing tells "
        + "whether these are at a minimum. Scale the predictors, or simplify the model."
    case .objectiveNotMinimized(let fall):
      "The estimates are not at a minimum: one more Newton step predicts an objective lower by "
        + "\(fall.twoDigits)."
    case .saddle(let curvature):
      "The estimates are not at a minimum: the objective has a direction of curvature "
        + "\(curvature.twoDigits). Start from other parameters."
    case .varianceAtBoundary(let groupingFactor):
      "The estimates are not at a minimum: more variance of the random effects by "
        + "\(groupingFactor) would lower the objective. Start from other parameters."
    case .singularCovariance(let groupingFactor, let zeroVariances):
      "The fit is singular: "
        + (zeroVariances.isEmpty
          ? "the covariance matrix of the random effects by \(groupingFactor) has not full rank."
          : "the random effects by \(groupingFactor) have zero variance for "
            + "\(zeroVariances.joined(separator: ", ")).")
    }
  }
}

extension Termination {
  /// What a user can do about an end without success, as a sentence.
  fileprivate var remedy: String {
    switch self {
    case .evaluationLimit: "Allow more evaluations."
    case .timeLimit: "Allow more time."
    case .iterationLimit: "Fit by the Laplace approximation, or simplify the model."
    case .undefinedStart: "Start from other parameters."
    default: "Try another optimizer or other starting parameters, and center the predictors."
    }
  }
}

extension Double {
  /// The number to two significant digits, as text: `1.3e-05`.
  fileprivate var twoDigits: String {
    guard self != 0, isFinite else { return description }
    var unit = 1.0
    var exponent = 0
    let magnitude = abs(self)
    while magnitude / unit >= 10, exponent < 300 { (unit, exponent) = (unit * 10, exponent + 1) }
    while magnitude / unit < 1, exponent > -300 { (unit, exponent) = (unit / 10, exponent - 1) }
    let digits = (self / unit * 10).rounded() / 10
    return exponent == 0 ? "\(digits)" : "\(digits)e\(exponent)"
  }
}
