// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DenseMatrices
import MixedModelErrors
import MixedModelFitting

/// Satterthwaite's degrees of freedom, for linear mixed models fitted by maximum likelihood or REML.
///
/// The estimated variance `f = l'Vl` of a combination is referred to a multiple of a chi-squared
/// variable with the same mean and variance. The variance of f follows from the exact derivatives of V
/// and the observed information on the variance parameters; parameters on their bound count as known. A
/// hypothesis of several combinations is rotated until their estimates are uncorrelated, and the
/// degrees of freedom are those of the F distribution with the mean of their squared t statistics.
///
/// Source: Satterthwaite (1946); Fai & Cornelius, "Approximate F-tests of multiple degree of freedom
/// hypotheses in generalized least squares analyses of unbalanced split-plot experiments", J. Stat.
/// Comput. Simul. 54 (1996), 363-378; definitions as in lmerTest 3.1 (Kuznetsova, Brockhoff &
/// Christensen 2017).
public struct SatterthwaiteDegreesOfFreedom: DegreesOfFreedomMethod {
  public init() {}

  public var testDescription: String? { "Satterthwaite's method" }

  /// - Throws: ``MixedModelError`` if the model is not a linear one with its data.
  /// - Complexity: four evaluations of the criterion's gradient per covariance parameter, and p
  ///   solutions with its factor.
  public func reference(
    for model: some MixedModel
  ) throws(MixedModelError) -> any TestReference {
    guard let linear = model as? LinearMixedModel else {
      throw .smallSampleMethodNeedsLinearModel("satterthwaite", model)
    }
    guard let parameterCovariance = try linear.variancesOfCovarianceParameters() else {
      throw .noInformationOnVariances("satterthwaite")
    }
    let sensitivity = try CovarianceSensitivity(linear)
    return SatterthwaiteReference(
      model: linear,
      uncertainty: CovarianceUncertainty(
        covariance: linear.fixedEffects.covariance,
        derivatives: linear.thetaChanges.map(sensitivity.derivative(along:))
          + [linear.fixedEffects.covariance],
        parameterCovariance: parameterCovariance))
  }
}

extension DegreesOfFreedomMethod where Self == SatterthwaiteDegreesOfFreedom {
  /// Satterthwaite's approximation.
  public static var satterthwaite: SatterthwaiteDegreesOfFreedom { SatterthwaiteDegreesOfFreedom() }
}

private struct SatterthwaiteReference: JointTestReference {
  let model: LinearMixedModel
  let uncertainty: CovarianceUncertainty

  var covariance: Matrix { uncertainty.covariance }

  func degreesOfFreedom(of combination: [Double]) -> Double {
    uncertainty.degreesOfFreedom(of: combination)
  }

  func denominator(of combinations: Matrix) -> FDenominator {
    Self.denominator(uncertainty.of(combinations))
  }

  func predictionUncertainty() throws(MixedModelError) -> PredictionUncertainty {
    PredictionUncertainty(
      sensitivity: try JointSensitivity(model, changes: model.thetaChanges),
      parameterCovariance: uncertainty.parameterCovariance)
  }

  func jointDenominator(_ uncertainty: CovarianceUncertainty) -> FDenominator {
    Self.denominator(uncertainty)
  }

  /// - Parameter combinations: the covariance matrix of the combinations of a hypothesis.
  private static func denominator(_ combinations: CovarianceUncertainty) -> FDenominator {
    guard let eigen = SymmetricEigen(combinations.covariance) else {
      return FDenominator(degreesOfFreedom: .nan)
    }
    return FDenominator(
      degreesOfFreedom: combined(
        eigen.values.indices.map {
          combinations.degreesOfFreedom(of: Array(eigen.vectors.column($0)))
        }))
  }

  /// Degrees of freedom this close count as equal.
  private static let tolerance = 1e-8

  /// The degrees of freedom of F from those of the independent t statistics whose squares it averages,
  /// by the mean of F: `E = Σ ν/(ν - 2)`, `2E / (E - r)`.
  static func combined(_ degrees: [Double]) -> Double {
    guard let least = degrees.min(), let largest = degrees.max() else { return .infinity }
    if largest == least || largest - least < tolerance {
      return degrees.reduce(0, +) / Double(degrees.count)
    }
    guard least > 2 else { return 2 }
    // E - r without cancellation: ν/(ν - 2) - 1 = 2/(ν - 2).
    let excess = degrees.reduce(0) { $0 + 2 / ($1 - 2) }
    return 2 * (excess + Double(degrees.count)) / excess
  }
}
