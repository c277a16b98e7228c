// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DenseMatrices
import MixedModelErrors
import MixedModelFitting
import StatisticalFunctions

/// The outcome of a Wald test of a ``LinearHypothesis``.
public struct LinearHypothesisTest: Sendable, Hashable {
  /// F; or, where the denominator has infinitely many degrees of freedom, chi-squared.
  public let statistic: Double
  /// The number of independent equations.
  public let numeratorDegreesOfFreedom: Int
  /// `nil` for a chi-squared statistic.
  public let denominatorDegreesOfFreedom: Double?
  /// The probability of a statistic of this size or more if the hypothesis is true.
  public let pValue: Double

  /// Whether the statistic is chi-squared; otherwise it is F.
  public var isChiSquared: Bool { denominatorDegreesOfFreedom == nil }
}

extension MixedModel {
  /// The Wald test of a hypothesis on the coefficients: F with the degrees of freedom of the rule, or
  /// chi-squared by default.
  ///
  /// Equations that others imply are left out. R: `lmerTest::contestMD`, `pbkrtest::KRmodcomp`.
  /// MATLAB: `coefTest`. To test several hypotheses, ask for ``inference(degreesOfFreedom:)`` once.
  /// - Throws: ``MixedModelError`` if the hypothesis does not fit the model or contradicts itself, or
  ///   if the rule does not apply.
  public func test(
    _ hypothesis: LinearHypothesis, degreesOfFreedom: some DegreesOfFreedomMethod = .infinite
  ) throws(MixedModelError) -> LinearHypothesisTest {
    try inference(degreesOfFreedom: degreesOfFreedom).test(hypothesis)
  }
}

extension FixedEffectsInference {
  /// The Wald test of a hypothesis.
  ///
  /// With random effects in it, `V` is the covariance matrix of `(β̂ - β, b̂ - b)`, the conditional mean
  /// squared error of prediction, and the degrees of freedom are infinite, residual or Satterthwaite's.
  /// - Throws: ``MixedModelError`` if the hypothesis does not fit the model or contradicts itself; if
  ///   there are random effects in it and the rule is for fixed effects only.
  public func test(
    _ hypothesis: LinearHypothesis
  ) throws(MixedModelError) -> LinearHypothesisTest {
    try hypothesis.check(model)
    let joint = try hypothesis.randomEffects.map { random throws(MixedModelError) in
      try jointCovariance(hypothesis.fixedEffects, random)
    }
    let equations = try IndependentEquations(
      hypothesis.discrepancies(model),
      covariance: joint ?? hypothesis.fixedEffects.congruence(covariance))
    let count = equations.rows.count
    let denominator =
      if let constant = reference.constantDegreesOfFreedom {
        FDenominator(degreesOfFreedom: constant)
      } else if let joint, let random = hypothesis.randomEffects {
        try jointDenominator(hypothesis.fixedEffects, random, joint, rows: equations.rows)
      } else {
        reference.denominator(of: hypothesis.fixedEffects.rows(equations.rows))
      }
    let f = denominator.scale * equations.waldStatistic / Double(count)
    let distribution = FisherF(
      numeratorDegreesOfFreedom: Double(count),
      denominatorDegreesOfFreedom: denominator.degreesOfFreedom)
    let isChiSquared = denominator.degreesOfFreedom == .infinity
    return LinearHypothesisTest(
      statistic: isChiSquared ? f * Double(count) : f, numeratorDegreesOfFreedom: count,
      denominatorDegreesOfFreedom: isChiSquared ? nil : denominator.degreesOfFreedom,
      pValue: distribution.survival(f))
  }
}

/// The equations of a hypothesis that no earlier ones imply, and the Wald statistic of these.
struct IndependentEquations {
  /// Their numbers.
  private(set) var rows: [Int] = []
  /// `d' V⁻¹ d` for the discrepancies d of these equations and their covariance matrix V.
  private(set) var waldStatistic = 0.0

  /// The square of the share of a standard deviation, beyond what earlier equations explain, from
  /// which an equation counts as one of its own.
  private static let independence = 1e-12
  /// A discrepancy that earlier equations leave unexplained, as a share of the standard deviation or
  /// of the discrepancy itself, from which an implied equation contradicts them.
  private static let contradiction = 1e-5

  /// - Throws: an error if equations contradict each other, or if none says anything.
  init(_ discrepancies: [Double], covariance: Matrix) throws(MixedModelError) {
    // The Cholesky factor row by row, of which implied equations get none: L⁻¹d on the way.
    var factor: [[Double]] = []
    var solved: [Double] = []
    for (row, discrepancy) in discrepancies.enumerated() {
      var entries: [Double] = []
      for (place, earlier) in rows.enumerated() {
        var entry = covariance[row, earlier]
        for l in 0..<place { entry -= entries[l] * factor[place][l] }
        entries.append(entry / factor[place][place])
      }
      let explained = zip(entries, solved).reduce(0) { $0 + $1.0 * $1.1 }
      let pivot = covariance[row, row] - entries.reduce(0) { $0 + $1 * $1 }
      let rest = discrepancy - explained
      if pivot > Self.independence * covariance[row, row] {
        let root = pivot.squareRoot()
        factor.append(entries + [root])
        solved.append(rest / root)
        rows.append(row)
      } else {
        let scale = max(covariance[row, row], 0).squareRoot() + abs(discrepancy)
        guard abs(rest) <= Self.contradiction * scale else {
          throw .contradictoryHypothesis(equation: row)
        }
      }
    }
    guard !rows.isEmpty else { throw .emptyHypothesis() }
    waldStatistic = solved.reduce(0) { $0 + $1 * $1 }
  }
}

extension Matrix {
  /// The given rows.
  fileprivate func rows(_ rows: [Int]) -> Matrix {
    var result = Matrix(rowCount: rows.count, columnCount: columnCount)
    for j in 0..<columnCount {
      for (i, row) in rows.enumerated() { result[i, j] = self[row, j] }
    }
    return result
  }
}
