// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DataTables
import DenseMatrices
import MixedModelErrors
import ModelFormulas

/// A fitted model without its rows: what a file of `mixedmodels fit --save` holds.
///
///     try SavedModel(model, data: table, source: "sleepstudy.csv").write(to: "model.json")
///
///     let saved = try SavedModel(contentsOf: "model.json")
///     print(saved)                                   // the summary of the fit
///     let model = try saved.restored(from: table)    // the model itself, without fitting it again
///
/// It holds the estimates, the conditional modes with their covariances, the design with all that it
/// has learnt, and for each column a digest by which the rows of the fit are known again; but no
/// data. As it stands it serves everything that needs no rows.
///
/// The file is JSON of a stated version, which later releases read, too.
public struct SavedModel: Sendable {
  /// What was fitted, and how.
  public enum Fit: Sendable, Hashable {
    case linear(Criterion)
    case generalized(GeneralizedCriterion, LaplaceInformation, FixedEffectsCovarianceKind)
  }

  /// Where the rows of the fit came from, as it was named when the model was saved; `nil` if it was
  /// not.
  public let source: String?
  public let fit: Fit
  public let design: ModelDesign
  public let family: any Family
  public let link: any Link
  public let theta: [Double]
  /// The residual standard deviation of a linear model.
  public let sigma: Double?
  /// The dispersion of a generalized model, one for families without.
  public let dispersion: Double?
  public let sizeParameter: Double?
  public let objective: Double
  /// The Monte Carlo error of the objective; `nil` if the log-determinant is exact.
  public let stochasticError: StochasticError?
  public let deviance: Double
  public let fixedEffects: FixedEffects
  public let certificate: Certificate
  /// The record of the optimization without its steps.
  public let fitReport: FitReport
  public let randomEffects: RandomEffects
  public let termFactors: [Matrix]

  /// The digest of each of the design's columns, in their order.
  let columnDigests: [ColumnDigest]
  /// What the notes of the fit tell that cannot be told without its rows.
  let findings: Findings

  struct Findings: Sendable {
    /// What the data leave open in the covariance matrices, one entry per term.
    let identification: [TermIdentification.Finding?]
    let coincidingEffects: [CoincidingEffects]
    /// The effects that the fixed effects determine: an entry per term, or none.
    let spannedEffects: [[Int]]
    /// The columns of the fixed effects that were left out for want of digits.
    let nearlyDeterminedColumns: [Int]
    let residualVarianceVanishes: Bool
    let jointCovarianceFailed: Bool
  }

  /// A linear model to be saved.
  /// - Parameters:
  ///   - data: the table that the model was fitted to.
  ///   - source: where that is from, for example a file, by which it can be found again.
  /// - Throws: ``MixedModelError`` if the model was not fitted to these data.
  public init(
    _ model: LinearMixedModel, data: DataTable, source: String? = nil
  ) throws(MixedModelError) {
    self.source = source
    fit = .linear(model.criterion)
    design = model.design
    stochasticError = model.stochasticError
    family = model.family
    link = model.link
    theta = model.theta
    sigma = model.sigma
    dispersion = nil
    sizeParameter = nil
    objective = model.objective
    deviance = model.deviance
    fixedEffects = model.fixedEffects
    certificate = model.certificate
    fitReport = model.fitReport.withoutSteps
    termFactors = model.termFactors
    randomEffects =
      model.stochasticError == nil
      ? try model.randomEffects.withValues(model.termFactors)
      : model.randomEffects.withoutCovariances(model.termFactors)
    columnDigests = try model.design.columnDigests(of: data, fittedTo: model.problem.rows)
    findings = Findings(
      identification: model.identificationFindings, coincidingEffects: model.coincidingEffects,
      spannedEffects: model.spannedEffects,
      nearlyDeterminedColumns: model.problem.crossProducts.basis.nearlyDetermined,
      residualVarianceVanishes: model.residualVarianceVanishes, jointCovarianceFailed: false)
  }

  /// A generalized model to be saved.
  /// - Parameters:
  ///   - data: the table that the model was fitted to.
  ///   - source: where that is from, for example a file, by which it can be found again.
  ///   - vocabulary: the names of its family and link, where they are not built in.
  /// - Throws: ``MixedModelError`` if the model was not fitted to these data, or its family or link
  ///   has no name in the vocabulary.
  public init(
    _ model: GeneralizedLinearMixedModel, data: DataTable, source: String? = nil,
    vocabulary: ModelVocabulary = .builtIn
  ) throws(MixedModelError) {
    try vocabulary.check(model.family, model.link)
    self.source = source
    fit = .generalized(model.criterion, model.information, model.covarianceKind)
    design = model.design
    stochasticError = nil
    family = model.family
    link = model.link
    theta = model.theta
    sigma = nil
    dispersion = model.dispersion
    sizeParameter = model.sizeParameter
    objective = model.objective
    deviance = model.deviance
    fixedEffects = model.fixedEffects
    certificate = model.certificate
    fitReport = model.fitReport.withoutSteps
    termFactors = model.termFactors
    randomEffects = try model.randomEffects.withValues(model.termFactors)
    columnDigests = try model.design.columnDigests(of: data, fittedTo: model.problem.rows)
    findings = Findings(
      identification: model.identificationFindings, coincidingEffects: model.coincidingEffects,
      spannedEffects: [], nearlyDeterminedColumns: model.problem.numbers.basis.nearlyDetermined,
      residualVarianceVanishes: false,
      jointCovarianceFailed: model.jointCovarianceFailed)
  }

  /// A model of known parts, which must fit each other.
  init(
    source: String?, fit: Fit, design: ModelDesign, family: any Family, link: any Link,
    theta: [Double], sigma: Double?, dispersion: Double?, sizeParameter: Double?,
    objective: Double, stochasticError: StochasticError?, deviance: Double,
    fixedEffects: FixedEffects, certificate: Certificate,
    fitReport: FitReport, randomEffects: RandomEffects, termFactors: [Matrix],
    columnDigests: [ColumnDigest], findings: Findings
  ) {
    self.source = source
    self.fit = fit
    self.design = design
    self.family = family
    self.link = link
    self.theta = theta
    self.sigma = sigma
    self.dispersion = dispersion
    self.sizeParameter = sizeParameter
    self.objective = objective
    self.stochasticError = stochasticError
    self.deviance = deviance
    self.fixedEffects = fixedEffects
    self.certificate = certificate
    self.fitReport = fitReport
    self.randomEffects = randomEffects
    self.termFactors = termFactors
    self.columnDigests = columnDigests
    self.findings = findings
  }
}

extension FitReport {
  fileprivate var withoutSteps: FitReport {
    FitReport(
      optimizerName: optimizerName, backend: backend, options: options, evaluations: evaluations,
      gradientEvaluations: gradientEvaluations, initialParameters: initialParameters,
      initialObjective: initialObjective, finalParameters: finalParameters,
      finalObjective: finalObjective, termination: termination, steps: [])
  }
}

extension RandomEffects {
  /// The same with their covariances computed, so that they need the rows no more.
  fileprivate func withValues(_ termFactors: [Matrix]) throws(MixedModelError) -> RandomEffects {
    let values = try conditionalCovariances().map(\.values)
    return of(CovarianceSource(factors: termFactors) { terms in terms.map { values[$0] } })
  }

  /// The same without the model that could compute their covariances, for which it has no factor.
  fileprivate func withoutCovariances(_ termFactors: [Matrix]) -> RandomEffects {
    of(.unavailable(factors: termFactors))
  }

  private func of(_ source: CovarianceSource) -> RandomEffects {
    RandomEffects(
      groups: groups.map { group in
        Group(
          groupingFactor: group.groupingFactor, levels: group.levels, names: group.names,
          conditionalModes: group.conditionalModes,
          sphericalRandomEffects: group.sphericalRandomEffects, position: group.position,
          source: source)
      })
  }
}
