// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DataTables
import Foundation
import MixedModelErrors
import ModelFormulas
import ModelOptimization
import TestSupport
import Testing

@testable import MixedModelFitting

/// A generalized model does not depend on the unit of a random slope's covariate: what is in its
/// units follows, and nothing else changes.
@Suite("The unit of a covariate in generalized models")
struct CovariateUnitTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let family: any Family
    var link: (any Link)?
    let response: String

    var testDescription: String { family.name }

    func problem(unit: Double, structure: String = "us") throws -> GeneralizedProblem {
      try GeneralizedProblem(
        Formula("\(response) ~ 1 + x + \(structure)(1 + x | g)"), data: table(unit: unit),
        family: family, link: link)
    }
  }

  private static let cases = [
    Case(family: .bernoulli, response: "y01"),
    Case(family: .binomial, response: "successes / trials"),
    Case(family: .poisson, response: "count"),
    Case(family: .gamma, link: LogLink(), response: "positive"),
    Case(family: .negativeBinomial, response: "count"),
  ]
  private static let criteria: [GeneralizedCriterion] = [
    .laplace, .profiledLaplace, .quadrature(points: 3), .pseudoLikelihood,
    .restrictedPseudoLikelihood,
  ]
  private static let poisson = cases[2]

  /// 300 rows of 25 groups; x is below one in magnitude, and at least one half somewhere.
  private static let original: [String: [Double]] = {
    var random = SplitMix(seed: 21)
    let (groups, rows) = (25, 12)
    let (intercepts, slopes) = (random.normals(groups), random.normals(groups))
    var columns: [String: [Double]] = [:]
    for row in 0..<groups * rows {
      let g = row / rows
      let x = random.uniform()
      let eta =
        0.4 + 0.8 * x + 0.6 * intercepts[g] + (0.9 * slopes[g] + 0.3 * intercepts[g]) * x
      let noise = random.normal()
      let values = [
        "g": Double(g), "x": x, "y01": eta + noise > 0 ? 1 : 0, "trials": 6,
        "successes": (6 / (1 + exp(-eta - 0.7 * noise))).rounded(),
        "count": (exp(eta + 0.6 * noise)).rounded(), "positive": exp(eta + 0.4 * noise),
      ]
      for (name, value) in values { columns[name, default: []].append(value) }
    }
    return columns
  }()

  private static func table(unit: Double) throws -> DataTable {
    var columns = original
    columns["x"] = columns["x"]?.map { $0 * unit }
    let groups = columns.removeValue(forKey: "g") ?? []
    let factor = CategoricalColumn(groups.map { "g\(Int($0))" })
    return try DataTable(
      columns.sorted { $0.key < $1.key }.map { ($0.key, .numeric(NumericColumn($0.value))) }
        + [("g", .categorical(factor))])
  }

  private static func agree(_ a: Double, _ b: Double, _ tolerance: Double) -> Bool {
    abs(a - b) <= tolerance * abs(b)
  }

  @Test("Any unit: objective, theta, estimates and standard errors", arguments: cases, criteria)
  func anyUnit(_ item: Case, _ criterion: GeneralizedCriterion) throws {
    // Pseudo-likelihood has no estimate of the size.
    guard !criterion.isPseudoLikelihood || item.family.dispersion != .size else { return }
    let first = try item.problem(unit: 1).fit(criterion: criterion)
    #expect(first.hasConverged && !first.isSingular)
    for unit in criterion == .laplace ? [1e-8, 1e6, 1e9] : [1e9] {
      let second = try item.problem(unit: unit).fit(criterion: criterion)
      #expect(second.hasConverged)
      #expect(second.notes == first.notes)
      #expect(second.covarianceKind == first.covarianceKind)
      // The restricted criterion has the determinant of X'V⁻¹X, where the unit enters.
      let shift = criterion == .restrictedPseudoLikelihood ? 2 * log(unit) : 0
      #expect(abs(second.objective - first.objective - shift) < 1e-9 * abs(first.objective))
      // At a flat minimum parameters are known to the root of what the objective is.
      for (theta, (expected, power)) in zip(second.theta, zip(first.theta, [1, unit, unit])) {
        #expect(abs(theta * power - expected) < 5e-6 * (first.theta.max() ?? 0))
      }
      for (b, (a, power)) in zip(second.fixedEffects, zip(first.fixedEffects, [1, unit])) {
        #expect(abs(b.estimate * power - a.estimate) < 2e-6 * a.standardError)
        #expect(Self.agree(b.standardError * power, a.standardError, 2e-6))
      }
      let (a, b) = (first.varianceComponents[0], second.varianceComponents[0])
      #expect(Self.agree(b.standardDeviations[1] * unit, a.standardDeviations[1], 2e-6))
      #expect(Self.agree(b.correlations[1][0] ?? 2, a.correlations[1][0] ?? 3, 1e-4))
      #expect(Self.agree(second.dispersion, first.dispersion, 1e-6))
      if let size = first.sizeParameter {
        #expect(Self.agree(second.sizeParameter ?? 0, size, 1e-6))
      }
    }
  }

  /// Two units in which the covariate is held in the same: the first is the one of order one.
  private static func held(
    _ item: Case, structure: String = "us"
  ) throws -> (same: GeneralizedProblem, scaled: GeneralizedProblem, unit: Double) {
    let unit = 0x1p34
    let scaled = try item.problem(unit: unit, structure: structure)
    #expect(scaled.effectUnits[0].scales[0] == 1)
    let scale = scaled.effectUnits[0].scales[1]
    #expect(scale.significand == 1 && scale != 1)
    let same = try item.problem(unit: unit / scale, structure: structure)
    #expect(same.effectUnits[0].scales == [1, 1])
    #expect(same.numbers.terms[0].values == scaled.numbers.terms[0].values)
    return (same, scaled, scale)
  }

  @Test("A power of two: the same path, digit for digit", arguments: cases, criteria)
  func powerOfTwo(_ item: Case, _ criterion: GeneralizedCriterion) throws {
    guard !criterion.isPseudoLikelihood || item.family.dispersion != .size else { return }
    for structure in criterion == .laplace ? ["us", "diag"] : ["us"] {
      let (same, scaled, unit) = try Self.held(item, structure: structure)
      let (a, b) = (try same.fit(criterion: criterion), try scaled.fit(criterion: criterion))
      if criterion != .restrictedPseudoLikelihood { #expect(a.objective == b.objective) }
      let powers = structure == "us" ? [1, unit, unit] : [1, unit]
      #expect(zip(b.theta, powers).map { $0 * $1 } == a.theta)
      #expect(b.fitReport.evaluations == a.fitReport.evaluations)
      #expect(b.fitReport.termination == a.fitReport.termination)
      #expect(
        b.fixedEffects.map(\.estimate) == zip(a.fixedEffects, [1, unit]).map { $0.estimate / $1 })
      #expect(
        b.fixedEffects.map(\.standardError)
          == zip(a.fixedEffects, [1, unit]).map { $0.standardError / $1 })
      #expect(b.linearPredictor == a.linearPredictor)
    }
  }

  @Test("What is made of the model", arguments: cases)
  func extractors(_ item: Case) throws {
    let (same, scaled, unit) = try Self.held(item)
    let (a, b) = (try same.fit(), try scaled.fit())
    let (first, second) = (a.randomEffects[0], b.randomEffects[0])
    #expect(first.sphericalRandomEffects == second.sphericalRandomEffects)
    let (variances, others) = (try first.conditionalVariances(), try second.conditionalVariances())
    for level in 0..<first.levels.count {
      #expect(second.conditionalModes[0, level] == first.conditionalModes[0, level])
      #expect(second.conditionalModes[1, level] * unit == first.conditionalModes[1, level])
      #expect(others[0, level] == variances[0, level])
      #expect(others[1, level] * unit * unit == variances[1, level])
    }
    let data = try Self.table(unit: 0x1p34)
    let fittedData = try Self.table(unit: 0x1p34 / unit)
    for interval in [PredictionInterval.confidence(0.9), .prediction(0.9)] {
      let predictions = try b.predict(data, interval: interval)
      let expected = try a.predict(fittedData, interval: interval)
      for (row, other) in zip(predictions, expected) {
        #expect(row.value == other.value)
        #expect(Self.agree(row.standardError ?? 0, other.standardError ?? 1, 1e-12))
        #expect(row.lower == other.lower && row.upper == other.upper)
      }
    }
    #expect(b.residuals() == a.residuals())
    let responses = try a.simulatedResponses(count: 2, seed: 5)
    #expect(try b.simulatedResponses(count: 2, seed: 5) == responses)
    for response in responses {
      let (refitted, other) = (try b.refitted(to: response), try a.refitted(to: response))
      #expect(refitted.objective == other.objective)
      #expect(refitted.theta.map { $0 } == zip(other.theta, [1, unit, unit]).map { $0 / $1 })
    }
    let rest = Array(0..<240)
    #expect(try b.refitted(toRows: rest).objective == a.refitted(toRows: rest).objective)
  }

  @Test("Theta that a user gives is in the data's own units")
  func start() throws {
    let (same, scaled, unit) = try Self.held(Self.poisson)
    let start = [0.5, 0.1, 0.7]
    let userStart = zip(start, [1, unit, unit]).map { $0 / $1 }
    for criterion in [GeneralizedCriterion.laplace, .profiledLaplace, .pseudoLikelihood] {
      let a = try same.fit(criterion: criterion, options: OptimizationOptions(start: start))
      let b = try scaled.fit(criterion: criterion, options: OptimizationOptions(start: userStart))
      #expect(b.objective == a.objective)
      #expect(b.fitReport.evaluations == a.fitReport.evaluations)
      guard criterion == .profiledLaplace else { continue }
      #expect(b.fitReport.initialParameters == userStart)
      #expect(b.fitReport.finalParameters == b.theta)
      let steps = zip(a.fitReport.steps, b.fitReport.steps)
      #expect(
        steps.allSatisfy { zip($0.parameters, [1, unit, unit]).map { $0 / $1 } == $1.parameters })
    }
  }

  @Test("A saved model is the same when it is restored")
  func saved() throws {
    let model = try Self.poisson.problem(unit: 1e9).fit()
    let data = try Self.table(unit: 1e9)
    let saved = try SavedModel(json: SavedModel(model, data: data).json())
    let restored = try #require(
      try saved.restored(from: data) as? GeneralizedLinearMixedModel)
    #expect(restored.theta == model.theta)
    #expect(restored.internalTheta == model.internalTheta)
    #expect(restored.termFactors == model.termFactors)
    let (a, b) = (try model.jointFactor(), try restored.jointFactor())
    #expect(a.factors == b.factors)
    let variances = try model.randomEffects[0].conditionalVariances()
    for other in [restored.randomEffects[0], saved.randomEffects[0]] {
      let differences = zip(try other.conditionalVariances().values, variances.values)
      #expect(differences.allSatisfy { Self.agree($0, $1, 1e-9) })
    }
  }

  @Test("A fixed effect's covariate alone", arguments: cases, [1e-8, 1e6, 1e9])
  func fixedEffect(_ item: Case, _ unit: Double) throws {
    func fit(_ unit: Double) throws -> GeneralizedLinearMixedModel {
      try .fit(
        Formula("\(item.response) ~ 1 + x + (1 | g)"), data: Self.table(unit: unit),
        family: item.family, link: item.link)
    }
    let (first, second) = (try fit(1), try fit(unit))
    #expect(second.hasConverged && second.notes == first.notes)
    #expect(Self.agree(second.objective, first.objective, 1e-11))
    #expect(Self.agree(second.theta[0], first.theta[0], 1e-6))
    for (b, (a, power)) in zip(second.fixedEffects, zip(first.fixedEffects, [1, unit])) {
      #expect(Self.agree(b.estimate * power, a.estimate, 1e-6))
      #expect(Self.agree(b.standardError * power, a.standardError, 1e-6))
    }
  }

  @Test("A unit in which squares cannot be summed is refused, and the column is named")
  func outOfRange() {
    for unit in [1e-160, 1e200] {
      let error = #expect(throws: MixedModelError.self) {
        try Self.poisson.problem(unit: unit)
      }
      #expect(error?.subject == .column("x"))
    }
  }
}
