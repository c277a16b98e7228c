// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DenseMatrices
import MixedModelErrors
import ModelFormulas
import ModelOptimization

/// What is wrong with the content of a saved model.
enum SavedModelFault: Error {
  /// A member whose value does not fit the others.
  case member(String)
}

extension SavedModel {
  /// The model that a file tells of.
  /// - Throws: ``SavedModelFault`` where the members do not fit each other, and
  ///   ``MixedModelError`` where the formula, the family or the link is not one.
  init(_ record: SavedModelRecord, vocabulary: ModelVocabulary) throws {
    let family = try vocabulary.family(
      named: record.fit.family, size: record.fit.knownSize.value)
    let stochasticError = try record.estimates.stochasticError()
    let design = try record.design.design(
      of: try Formula(record.formula), data: record.data,
      acceptsTwoLevelResponse: family.acceptsTwoLevelResponse,
      logDeterminant: stochasticError.map { .stochastic(probes: $0.probeCount, seed: $0.seed) }
        ?? .exact)
    let estimates = record.estimates
    let theta = estimates.theta
    let covariance = RelativeCovarianceFactor(design.randomEffects)
    guard theta.count == covariance.parameterCount, theta.allSatisfy(\.isFinite) else {
      throw SavedModelFault.member("estimates.theta")
    }
    let fit = try record.fit.fit()
    try estimates.checkScale(of: fit, family: family)
    let factors = design.randomEffects.indices.map { covariance.factor(theta, term: $0) }
    self.init(
      source: record.data.source.value, fit: fit, design: design, family: family,
      link: try vocabulary.link(named: record.fit.link), theta: theta,
      sigma: estimates.sigma.value, dispersion: estimates.dispersion.value,
      sizeParameter: estimates.sizeParameter.value, objective: estimates.objective,
      stochasticError: stochasticError,
      deviance: estimates.deviance, fixedEffects: try estimates.fixedEffects.effects(of: design),
      certificate: record.certificate.certificate, fitReport: try record.optimization.report(),
      randomEffects: try estimates.randomEffects(of: design, termFactors: factors),
      termFactors: factors, columnDigests: try record.data.digests(of: design),
      findings: Findings(
        identification: try record.fit.findings(of: design),
        coincidingEffects: try record.fit.coincidingEffects(of: design),
        spannedEffects: try record.fit.spannedEffects(of: design),
        nearlyDeterminedColumns: try record.fit.nearlyDeterminedColumns(of: design),
        residualVarianceVanishes: record.fit.residualVarianceVanishes,
        jointCovarianceFailed: record.fit.jointCovarianceFailed))
  }
}

extension SavedModelRecord.FitRecord {
  fileprivate func findings(of design: ModelDesign) throws -> [TermIdentification.Finding?] {
    guard identification.count == design.randomEffects.count else {
      throw SavedModelFault.member("fit.identification")
    }
    return try zip(identification, design.randomEffects).map { entry, term in
      guard let record = entry.value else { return nil }
      let effects = record.zeroCovariates + record.openEffects
      guard effects.allSatisfy(term.effectNames.indices.contains) else {
        throw SavedModelFault.member("fit.identification")
      }
      return TermIdentification.Finding(
        zeroCovariates: record.zeroCovariates, openEffects: record.openEffects,
        opensVariances: record.opensVariances,
        absorbsResidualVariance: record.absorbsResidualVariance)
    }
  }

  fileprivate func coincidingEffects(of design: ModelDesign) throws -> [CoincidingEffects] {
    let findings = coincidingEffects ?? []
    for finding in findings {
      guard finding.terms.count == 2, finding.effects.count == 2,
        finding.effects[0].count == finding.effects[1].count,
        zip(finding.terms, finding.effects).allSatisfy({ term, effects in
          design.randomEffects.indices.contains(term)
            && effects.allSatisfy(design.randomEffects[term].effectNames.indices.contains)
        })
      else { throw SavedModelFault.member("fit.coincidingEffects") }
    }
    return findings
  }

  fileprivate func spannedEffects(of design: ModelDesign) throws -> [[Int]] {
    guard let spannedEffects else { return [] }
    guard spannedEffects.count == design.randomEffects.count,
      zip(spannedEffects, design.randomEffects).allSatisfy({ effects, term in
        effects.allSatisfy(term.effectNames.indices.contains)
      })
    else { throw SavedModelFault.member("fit.spannedEffects") }
    return spannedEffects
  }

  fileprivate func nearlyDeterminedColumns(of design: ModelDesign) throws -> [Int] {
    let columns = nearlyDeterminedColumns ?? []
    guard columns.allSatisfy(design.fixedEffectNames.indices.contains) else {
      throw SavedModelFault.member("fit.nearlyDeterminedColumns")
    }
    return columns
  }

  fileprivate func fit() throws -> SavedModel.Fit {
    if isLinear {
      guard let criterion = Criterion(rawValue: criterion), quadraturePoints.value == nil,
        information.value == nil, covariance.value == nil
      else { throw SavedModelFault.member("fit.criterion") }
      return .linear(criterion)
    }
    guard let information = information.value.flatMap(LaplaceInformation.init) else {
      throw SavedModelFault.member("fit.information")
    }
    guard let kind = covariance.value.flatMap(FixedEffectsCovarianceKind.init) else {
      throw SavedModelFault.member("fit.covariance")
    }
    return .generalized(try generalizedCriterion(), information, kind)
  }

  private func generalizedCriterion() throws -> GeneralizedCriterion {
    switch (criterion, quadraturePoints.value) {
    case ("Laplace", nil): return .laplace
    case ("fast", nil): return .profiledLaplace
    case ("MPL", nil): return .pseudoLikelihood
    case ("REMPL", nil): return .restrictedPseudoLikelihood
    case ("Laplace", 1): return .quadrature(points: 1)
    case ("AGQ", let points?) where points > 1: return .quadrature(points: points)
    case ("fast", let points?) where points > 0: return .profiledQuadrature(points: points)
    default: throw SavedModelFault.member("fit.criterion")
    }
  }
}

extension SavedModelRecord.DataRecord {
  fileprivate func digests(of design: ModelDesign) throws -> [ColumnDigest] {
    guard columns.map(\.name) == design.columnNames else {
      throw SavedModelFault.member("data.columns")
    }
    return try columns.map { column in
      guard column.kind == design.kind(ofColumn: column.name), column.digest.utf8.count == 16,
        let value = UInt64(column.digest, radix: 16)
      else { throw SavedModelFault.member("data.columns") }
      return ColumnDigest(kind: column.kind, value: value)
    }
  }
}

extension SavedModelRecord.EstimatesRecord.FixedEffectsRecord {
  fileprivate func effects(of design: ModelDesign) throws -> FixedEffects {
    guard names == design.fixedEffectNames else {
      throw SavedModelFault.member("estimates.fixedEffects.names")
    }
    guard estimable.allSatisfy(names.indices.contains),
      zip(estimable, estimable.dropFirst()).allSatisfy({ $0 < $1 })
    else { throw SavedModelFault.member("estimates.fixedEffects.estimable") }
    guard estimates.count == estimable.count else {
      throw SavedModelFault.member("estimates.fixedEffects.estimates")
    }
    guard covariance.count == estimable.count, let covariance = Matrix(rows: covariance),
      covariance.columnCount == estimable.count
    else { throw SavedModelFault.member("estimates.fixedEffects.covariance") }
    return FixedEffects(
      allNames: names, estimable: estimable, estimates: estimates, covariance: covariance)
  }
}

extension SavedModelRecord.EstimatesRecord {
  /// Whether there are the parameters beside the mean that the model has, and no others.
  fileprivate func checkScale(of fit: SavedModel.Fit, family: any Family) throws {
    let isLinear = if case .linear = fit { true } else { false }
    guard (sigma.value != nil) == isLinear else {
      throw SavedModelFault.member("estimates.sigma")
    }
    guard (dispersion.value != nil) == !isLinear else {
      throw SavedModelFault.member("estimates.dispersion")
    }
    let knownSize = (family as? NegativeBinomial)?.size
    guard (sizeParameter.value != nil) == (family.dispersion == .size || knownSize != nil),
      knownSize == nil || knownSize == sizeParameter.value
    else { throw SavedModelFault.member("estimates.sizeParameter") }
  }

  fileprivate func randomEffects(
    of design: ModelDesign, termFactors: [Matrix]
  ) throws -> RandomEffects {
    let terms = design.randomEffects
    guard randomEffects.map(\.groupingFactor) == terms.map(\.groupingFactor) else {
      throw SavedModelFault.member("estimates.randomEffects.groupingFactor")
    }
    var covariances: [[Double]] = []
    for (record, term) in zip(randomEffects, terms) {
      guard record.sphericalRandomEffects.count == term.effectCount else {
        throw SavedModelFault.member("estimates.randomEffects.sphericalRandomEffects")
      }
      guard stochasticLogDeterminant == nil else { continue }
      covariances.append(
        try record.covariances(dimension: term.dimension, levelCount: term.levels.count))
    }
    let known = covariances
    return RandomEffects(
      terms, spherical: randomEffects.flatMap(\.sphericalRandomEffects),
      source: stochasticLogDeterminant == nil
        ? CovarianceSource(factors: termFactors) { terms in terms.map { known[$0] } }
        : .unavailable(factors: termFactors))
  }

  fileprivate func stochasticError() throws -> StochasticError? {
    guard let record = stochasticLogDeterminant else { return nil }
    guard record.values.count == record.probes, record.values.allSatisfy(\.isFinite) else {
      throw SavedModelFault.member("estimates.stochasticLogDeterminant")
    }
    return StochasticError(
      probeCount: record.probes, seed: record.seed, stepCount: record.steps,
      probeValues: record.values)
  }
}

extension SavedModelRecord.EstimatesRecord.RandomEffectsRecord {
  /// The whole matrices, level after level.
  fileprivate func covariances(dimension k: Int, levelCount: Int) throws -> [Double] {
    guard let conditionalCovariances, conditionalCovariances.count == levelCount * k * (k + 1) / 2
    else {
      throw SavedModelFault.member("estimates.randomEffects.conditionalCovariances")
    }
    var values = [Double](repeating: 0, count: levelCount * k * k)
    var next = 0
    for start in stride(from: 0, to: values.count, by: k * k) {
      for j in 0..<k {
        for i in j..<k {
          values[start + i + j * k] = conditionalCovariances[next]
          values[start + j + i * k] = conditionalCovariances[next]
          next += 1
        }
      }
    }
    return values
  }
}

extension SavedModelRecord.CertificateRecord {
  fileprivate var certificate: Certificate {
    Certificate(
      gradientNorm: gradientNorm, leastCurvature: leastCurvature,
      curvatureIsExact: curvatureIsExact,
      boundaryConditions: boundaryConditions.map {
        Certificate.BoundaryCondition(
          groupingFactor: $0.groupingFactor, leastSlope: $0.leastSlope)
      })
  }
}

extension SavedModelRecord.OptimizationRecord {
  fileprivate func report() throws -> FitReport {
    guard let termination = Termination(rawValue: termination) else {
      throw SavedModelFault.member("optimization.termination")
    }
    return FitReport(
      optimizerName: optimizer, backend: backend,
      options: OptimizationOptions(
        ftolRelative: options.ftolRelative.value, ftolAbsolute: options.ftolAbsolute.value,
        xtolRelative: options.xtolRelative.value, xtolAbsolute: options.xtolAbsolute.value,
        initialStep: options.initialStep.value, maxEvaluations: options.maxEvaluations.value,
        maxTime: options.maxTime.value, start: options.start.value,
        lowerBounds: options.lowerBounds.value),
      evaluations: evaluations, gradientEvaluations: gradientEvaluations,
      initialParameters: initialParameters, initialObjective: initialObjective,
      finalParameters: finalParameters, finalObjective: finalObjective, termination: termination,
      steps: [])
  }
}
