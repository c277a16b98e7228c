// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import ModelOptimization

/// Whether a fit converged, with the reasons if it did not (`checkConv` in mixedlm and lme4).
public struct ConvergenceCheck: Sendable, Hashable {
  /// Whether the optimizer met its criterion and the result passes as a minimum.
  public let isConverged: Bool
  /// What speaks against it, and what to do, in full sentences.
  public let messages: [String]
}

extension MixedModel {
  /// Whether the optimizer met its criterion and the result passes as a minimum.
  ///
  /// Where it is `false`, ``notes`` say why.
  public var hasConverged: Bool { fitReport.termination.isSuccess && certificate.isMinimum }

  /// Whether the fit converged, with the reasons if it did not.
  ///
  /// R: `checkConv`.
  public func checkConvergence() -> ConvergenceCheck {
    ConvergenceCheck(isConverged: hasConverged, messages: convergenceNotes.map(\.description))
  }

  /// How the formula was read, and what was left out.
  var designNotes: [FitNote] {
    var notes = design.notes.map(FitNote.formulaReading)
    let counts = design.rowCounts
    let incomplete = counts.dropped - counts.zeroFrequency
    if incomplete > 0 {
      notes.append(.rowsOmitted(incomplete, of: counts.used + counts.dropped))
    }
    if counts.zeroFrequency > 0 {
      notes.append(.rowsOfFrequencyZero(counts.zeroFrequency, of: counts.used + counts.dropped))
    }
    let aliased = fixedEffects.aliasedNames
    if !aliased.isEmpty { notes.append(.columnsDropped(aliased)) }
    return notes
  }

  /// Columns of the fixed effects that were left out for want of digits.
  func precisionNotes(_ columns: [Int]) -> [FitNote] {
    columns.isEmpty
      ? [] : [.columnsNearlyDetermined(columns.map { fixedEffects.allNames[$0] })]
  }

  /// What the data leave open in the covariance matrices, one entry per term.
  func identificationNotes(_ findings: [TermIdentification.Finding?]) -> [FitNote] {
    zip(design.randomEffects, findings).flatMap { term, open -> [FitNote] in
      guard let open else { return [] }
      let groupingFactor = term.groupingFactor
      var notes: [FitNote] = []
      if open.absorbsResidualVariance {
        notes.append(
          .residualVarianceNotIdentified(
            groupingFactor: groupingFactor, effectCount: term.effectCount,
            rowCount: observationCount))
      }
      if !open.zeroCovariates.isEmpty {
        let names = open.zeroCovariates.map { term.effectNames[$0] }
        notes.append(.covariatesZero(names, groupingFactor: groupingFactor))
      }
      if !open.openEffects.isEmpty {
        let names = open.openEffects.map { term.effectNames[$0] }
        notes.append(
          open.opensVariances
            ? .variancesNotIdentified(names, groupingFactor: groupingFactor)
            : .covariancesNotIdentified(names, groupingFactor: groupingFactor))
      }
      return notes
    }
  }

  /// The effects of different grouping factors that the data cannot tell apart.
  func coincidenceNotes(_ findings: [CoincidingEffects]) -> [FitNote] {
    findings.map { finding in
      let terms = finding.terms.map { design.randomEffects[$0] }
      let pairs = zip(finding.effects[0], finding.effects[1]).map { first, second in
        let names = [terms[0].effectNames[first], terms[1].effectNames[second]]
        return names[0] == names[1] ? names[0] : names.joined(separator: " and ")
      }
      return .effectsCoincide(pairs, groupingFactors: terms.map(\.groupingFactor))
    }
  }

  /// The effects that the fixed effects determine, one entry per term.
  func spanNotes(_ effects: [[Int]]) -> [FitNote] {
    zip(design.randomEffects, effects).compactMap { term, effects in
      effects.isEmpty
        ? nil
        : .effectsAmongFixedEffects(
          effects.map { term.effectNames[$0] }, groupingFactor: term.groupingFactor)
    }
  }

  /// What speaks against a minimum.
  var convergenceNotes: [FitNote] {
    var notes: [FitNote] = []
    if !fitReport.termination.isSuccess {
      notes.append(.notConverged(fitReport.termination, evaluations: fitReport.evaluations))
    }
    guard !certificate.isMinimum else { return notes }
    // What nobody has looked for does not speak against anything.
    if fitReport.termination == .timeLimit, certificate.gradientNorm.isNaN { return notes }
    guard certificate.gradientNorm.isFinite, certificate.leastCurvature.isFinite else {
      return notes + [.derivativesNotFinite]
    }
    let fall = certificate.gradientNorm * certificate.gradientNorm / 2
    if !(fall < Certificate.decrementTolerance) {
      notes.append(.objectiveNotMinimized(predictedFall: fall))
    }
    if !(certificate.leastCurvature > -Certificate.curvatureTolerance) {
      notes.append(.saddle(leastCurvature: certificate.leastCurvature))
    }
    for condition in certificate.boundaryConditions
    where !(condition.leastSlope > -Certificate.slopeTolerance) {
      notes.append(.varianceAtBoundary(groupingFactor: condition.groupingFactor))
    }
    return notes
  }

  /// The covariance matrices that are singular.
  var singularityNotes: [FitNote] {
    singularGroupingFactors().compactMap { groupingFactor in
      guard let group = varianceComponents[groupingFactor] else { return nil }
      let zero = zip(group.names, group.standardDeviations).filter { $0.1 == 0 }.map { $0.0 }
      return .singularCovariance(groupingFactor: groupingFactor, zeroVariances: zero)
    }
  }
}

extension LinearMixedModel {
  /// What deserves attention in the fit: how the formula was read, what was left out, then what
  /// limits the estimates. Empty for a regular fit.
  ///
  /// R: `warnings`, `model@optinfo$conv`.
  public var notes: [FitNote] {
    let vanishing: [FitNote] = residualVarianceVanishes ? [.residualVarianceVanishes] : []
    return designNotes + precisionNotes(problem.crossProducts.basis.nearlyDetermined)
      + determinantNotes + identificationNotes(identificationFindings)
      + coincidenceNotes(coincidingEffects) + spanNotes(spannedEffects) + vanishing
      + convergenceNotes + singularityNotes
  }

  private var determinantNotes: [FitNote] {
    if let stochasticError { return [.stochasticLogDeterminant(stochasticError)] }
    return design.logDeterminant == .exact ? [] : [.exactLogDeterminant]
  }

  /// What the data leave open in the covariance matrices, one entry per term.
  var identificationFindings: [TermIdentification.Finding?] {
    let crossProducts = problem.crossProducts
    return problem.covariance.identification(
      crossProducts.matrix, rowCount: crossProducts.observationCount
    ).map { $0?.finding }
  }

  var coincidingEffects: [CoincidingEffects] {
    CoincidingEffects.all(in: problem.crossProducts.matrix)
  }

  /// The effects that the fixed effects determine, where that matters; one entry per term.
  var spannedEffects: [[Int]] {
    criterion == .restrictedMaximumLikelihood ? problem.crossProducts.spannedEffects : []
  }

  /// Whether some random effect varies beyond this many residual standard deviations: as far as an
  /// optimizer gets where the likelihood grows without bound.
  var residualVarianceVanishes: Bool { internalTheta.contains { abs($0) > 1e5 } }
}

extension GeneralizedLinearMixedModel {
  /// What deserves attention in the fit: how the formula was read, what was left out, then what
  /// limits the estimates. Empty for a regular fit.
  ///
  /// R: `warnings`, `model@optinfo$conv`.
  public var notes: [FitNote] {
    designNotes + precisionNotes(problem.numbers.basis.nearlyDetermined)
      + identificationNotes(identificationFindings)
      + coincidenceNotes(coincidingEffects) + convergenceNotes
      + (jointCovarianceFailed ? [.noJointStandardErrors] : []) + singularityNotes
  }

  /// What the data leave open in the covariance matrices, one entry per term.
  var identificationFindings: [TermIdentification.Finding?] {
    problem.numbers.identification(of: problem.covariance).map { $0?.finding }
  }

  var coincidingEffects: [CoincidingEffects] {
    CoincidingEffects.all(in: problem.numbers.randomEffectsProducts)
  }
}
