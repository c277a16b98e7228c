// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DenseMatrices
import ModelOptimization

extension SavedModel: MixedModel {
  public var criterionName: String {
    switch fit {
    case .linear(let criterion): criterion.rawValue
    case .generalized(let criterion, _, _): criterion.name
    }
  }

  public var quadraturePointCount: Int? {
    guard case .generalized(let criterion, _, _) = fit else { return nil }
    return criterion.quadraturePointCount
  }

  public var residualStandardDeviation: Double? {
    guard let dispersion else { return sigma }
    switch family.dispersion {
    case .one, .size: return nil
    case .likelihood, .pearson: return dispersion.squareRoot()
    }
  }

  /// None: the file holds no rows.
  public var pearsonResiduals: [Double]? { nil }

  /// Sigma for a linear model, one for a generalized one.
  public var covarianceScale: Double { sigma ?? 1 }

  public var observationCount: Int { design.observationCount }

  public var parameterCount: Int {
    let hasParameter =
      switch fit {
      case .linear: true
      case .generalized: family.dispersion != .one
      }
    return rank + theta.count + (hasParameter ? 1 : 0)
  }

  public var informationCriteria: InformationCriteria? {
    if case .generalized(let criterion, _, _) = fit,
      criterion.isPseudoLikelihood || family.dispersion == .pearson
    {
      return nil
    }
    return InformationCriteria(
      objective: objective, parameterCount: parameterCount, observationCount: observationCount)
  }

  public var notes: [FitNote] {
    let vanishing: [FitNote] =
      findings.residualVarianceVanishes ? [.residualVarianceVanishes] : []
    let conditional: [FitNote] = findings.jointCovarianceFailed ? [.noJointStandardErrors] : []
    return designNotes + precisionNotes(findings.nearlyDeterminedColumns)
      + (stochasticError.map { [.stochasticLogDeterminant($0)] } ?? [])
      + identificationNotes(findings.identification)
      + coincidenceNotes(findings.coincidingEffects) + spanNotes(findings.spannedEffects)
      + vanishing + convergenceNotes + conditional
      + singularityNotes
  }

  public func summary(degreesOfFreedom: [Double]? = nil) -> ModelSummary {
    switch fit {
    case .linear(let criterion):
      ModelSummary(self, criterion: criterion, degreesOfFreedom: degreesOfFreedom)
    case .generalized(let criterion, _, let covarianceKind):
      ModelSummary(
        self, criterion: criterion, covarianceKind: covarianceKind,
        degreesOfFreedom: degreesOfFreedom)
    }
  }
}
