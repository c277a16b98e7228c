// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DenseMatrices
import MixedModelErrors
import MixedModelFitting

/// Kenward and Roger's adjusted covariance matrix and degrees of freedom, for linear mixed models fitted
/// by REML.
///
/// The covariance matrix of the fixed effects is enlarged by what the estimation of the variances
/// adds, and the Wald statistic of a hypothesis is scaled and referred to the F distribution that has
/// its approximate mean and variance. For balanced designs with exact F tests it reproduces them.
/// Variances estimated as zero count as estimated, as in pbkrtest.
///
/// Source: Kenward & Roger, "Small sample inference for fixed effects from restricted maximum
/// likelihood", Biometrics 53 (1997), 983-997; definitions as in pbkrtest 0.5 (Halekoh & Højsgaard, "A
/// Kenward-Roger approximation and parametric bootstrap methods for tests in linear mixed models",
/// J. Stat. Softw. 59(9), 2014).
public struct KenwardRogerDegreesOfFreedom: DegreesOfFreedomMethod {
  public init() {}

  public var testDescription: String? { "Kenward-Roger's method" }

  /// - Throws: ``MixedModelError`` if the model is not a linear one with its data, or was not fitted
  ///   by REML.
  /// - Complexity: four evaluations of the gradient of REML's log-determinants per covariance parameter
  ///   (twelve where a covariance matrix is singular), and `p m` solutions with the factor; no matrix
  ///   larger than the factor.
  public func reference(
    for model: some MixedModel
  ) throws(MixedModelError) -> any TestReference {
    guard let linear = model as? LinearMixedModel else {
      throw .smallSampleMethodNeedsLinearModel("kenward-roger", model)
    }
    guard linear.criterion == .restrictedMaximumLikelihood else {
      throw .kenwardRogerNeedsRestrictedFit()
    }
    guard let adjustment = try KenwardRogerAdjustment(linear) else {
      throw .noInformationOnVariances("kenward-roger")
    }
    let unadjusted = linear.fixedEffects.covariance
    var covariance = unadjusted
    for j in 0..<covariance.columnCount {
      for i in 0..<covariance.rowCount { covariance[i, j] += adjustment.adjustment[i, j] }
    }
    return KenwardRogerReference(
      model: linear, covariance: covariance,
      uncertainty: CovarianceUncertainty(
        covariance: unadjusted, derivatives: adjustment.derivatives,
        parameterCovariance: adjustment.parameterCovariance))
  }
}

extension DegreesOfFreedomMethod where Self == KenwardRogerDegreesOfFreedom {
  /// Kenward and Roger's approximation.
  public static var kenwardRoger: KenwardRogerDegreesOfFreedom { KenwardRogerDegreesOfFreedom() }
}

private struct KenwardRogerReference: PredictionReference {
  let model: LinearMixedModel
  /// Adjusted.
  let covariance: Matrix
  /// Of the covariance matrix without adjustment.
  let uncertainty: CovarianceUncertainty

  func predictionUncertainty() throws(MixedModelError) -> PredictionUncertainty {
    PredictionUncertainty(
      sensitivity: try JointSensitivity(model, changes: model.linearChanges),
      parameterCovariance: uncertainty.parameterCovariance)
  }

  /// For one combination A₁ = A₂, and what follows from both reduces to `2 / A₂`.
  func degreesOfFreedom(of combination: [Double]) -> Double {
    uncertainty.degreesOfFreedom(of: combination)
  }

  func denominator(of combinations: Matrix) -> FDenominator {
    guard let (a1, a2) = moments(of: combinations) else {
      return FDenominator(degreesOfFreedom: .nan)
    }
    let q = Double(combinations.rowCount)
    guard a2 > 0 else { return FDenominator(degreesOfFreedom: .infinity) }
    let b = (a1 + 6 * a2) / (2 * q)
    let g = ((q + 1) * a1 - (q + 4) * a2) / ((q + 2) * a2)
    let divisor = 3 * q + 2 * (1 - g)
    let v0 = 1 + g / divisor * b
    let v1 = 1 - (q - g) / divisor * b
    let v2 = 1 - (q + 2 - g) / divisor * b
    let ratio = Self.quotient(1 - a2 / q, v1)
    let rho = ratio * ratio * (abs(v0) < Self.leastV0 ? 0 : v0) / (q * v2)
    let degrees = 4 + (q + 2) / (q * rho - 1)
    let scale =
      abs(degrees - 2) < Self.nearTwo ? 1 : degrees * (1 - a2 / q) / (degrees - 2)
    return FDenominator(degreesOfFreedom: degrees, scale: scale)
  }

  // The limits that pbkrtest sets: a quotient of two numbers below the first is one, `V0` below the
  // second is zero, and F has no mean to match with two degrees of freedom.
  private static let leastDivisor = 1e-14
  private static let leastV0 = 1e-10
  private static let nearTwo = 1e-2

  private static func quotient(_ x: Double, _ y: Double) -> Double {
    abs(x) < leastDivisor && abs(y) < leastDivisor ? 1 : x / y
  }

  /// A₁ and A₂ of the paper: with `M_a = R⁻¹ L V_a L' R⁻ᵀ` for the derivatives V_a of the covariance
  /// matrix and `RR' = L V L'`, `Σ W_ab tr(M_a) tr(M_b)` and `Σ W_ab tr(M_a M_b)`.
  private func moments(of combinations: Matrix) -> (a1: Double, a2: Double)? {
    guard let root = combinations.congruence(uncertainty.covariance).lowerCholeskyFactor else {
      return nil
    }
    let reduced = uncertainty.derivatives.map {
      root.inverseCongruence(combinations.congruence($0))
    }
    let traces = reduced.map { matrix in
      (0..<matrix.rowCount).reduce(0) { $0 + matrix[$1, $1] }
    }
    var a1 = 0.0
    var a2 = 0.0
    for (b, right) in reduced.enumerated() {
      for (a, left) in reduced.enumerated() {
        let weight = uncertainty.parameterCovariance[a, b]
        a1 += weight * traces[a] * traces[b]
        a2 += weight * left.innerProduct(right)
      }
    }
    return (a1, a2)
  }
}
