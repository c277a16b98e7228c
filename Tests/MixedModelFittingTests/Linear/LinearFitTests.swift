// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DataTables
import MixedModelDatasets
import MixedModelErrors
import MixedModelFitting
import ModelFormulas
import ModelOptimization
import TestSupport
import Testing

@Suite("Fits of linear mixed models")
struct LinearFitTests {
  /// Two runs that end at the same optimum agree to this, relative to the objective's size.
  private static let sameOptimum = 1e-9

  @Test(
    "Estimates are those of generalized least squares at the optimum",
    arguments: TestModel.structures, TestModel.criteria)
  func estimates(_ model: TestModel, criterion: Criterion) throws {
    let problem = try model.problem()
    let fitted = try problem.fit(criterion: criterion)
    #expect(fitted.fitReport.termination.isSuccess)
    #expect(fitted.certificate.isMinimum)
    let profile = DenseModel(problem).profile(theta: fitted.theta, criterion: criterion)
    #expect(abs(fitted.objective - profile.objective) < 1e-8)
    #expect(abs(fitted.sigma - profile.sigma) < 1e-9 * profile.sigma)
    for (index, coefficient) in fitted.fixedEffects.enumerated() {
      let error = profile.covariance[index, index].squareRoot()
      #expect(abs(coefficient.estimate - profile.beta[index]) < 1e-8 * error)
      #expect(abs(coefficient.standardError - error) < 1e-9 * error)
    }
    let covariance = fitted.fixedEffects.covariance
    #expect(covariance.relativeDifference(to: profile.covariance) < 1e-8)
    let value = try problem.objective(at: fitted.theta, criterion: criterion)
    #expect(abs(value - fitted.objective) < 1e-12 * max(1, abs(value)), "\(fitted.theta)")
  }

  @Test(
    "Every start reaches the same optimum, zero too",
    arguments: TestModel.structures, TestModel.criteria)
  func starts(_ model: TestModel, criterion: Criterion) throws {
    let problem = try model.problem()
    let fitted = try problem.fit(criterion: criterion)
    let tolerance = Self.sameOptimum * max(1, abs(fitted.objective))
    for factor in [0.1, 5, 0] {
      let start = problem.identityParameters.map { factor * $0 }
      let other = try problem.fit(
        criterion: criterion, options: OptimizationOptions(start: start))
      #expect(abs(other.objective - fitted.objective) < tolerance)
      #expect(other.certificate.isMinimum)
    }
  }

  @Test("Diagonal entries of the factors are not negative", arguments: TestModel.structures)
  func signs(_ model: TestModel) throws {
    let problem = try model.problem()
    let start = problem.identityParameters.map { -$0 }
    let fitted = try problem.fit(options: OptimizationOptions(start: start))
    for (value, identity) in zip(fitted.theta, problem.identityParameters) where identity == 1 {
      #expect(value >= 0)
    }
  }

  // Evaluations until the method stopped, in a prototype of the same method (average information
  // plus positive curvature, predicted reduction 1e-10), and two more.
  @Test(
    "A fit takes few evaluations",
    arguments: [
      ("dyestuff", "yield ~ 1 + (1 | batch)", Criterion.maximumLikelihood, 4),
      ("dyestuff2", "yield ~ 1 + (1 | batch)", .maximumLikelihood, 5),
      ("sleepstudy", "reaction ~ 1 + days + (1 + days | subj)", .maximumLikelihood, 6),
      ("sleepstudy", "reaction ~ 1 + days + (1 + days | subj)", .restrictedMaximumLikelihood, 6),
      ("sleepstudy", "reaction ~ 1 + days + zerocorr(1 + days | subj)", .maximumLikelihood, 8),
      ("penicillin", "diameter ~ 1 + (1 | plate) + (1 | sample)", .maximumLikelihood, 7),
      ("penicillin", "diameter ~ 1 + (1 | plate) + (1 | sample)", .restrictedMaximumLikelihood, 7),
      ("pastes", "strength ~ 1 + (1 | batch / cask)", .maximumLikelihood, 6),
      ("insteval", "y ~ 1 + service * dept + (1 | s) + (1 | d)", .maximumLikelihood, 4),
    ])
  func evaluations(_ data: String, _ formula: String, _ criterion: Criterion, _ count: Int) throws {
    let fitted = try LinearMixedModel.fit(
      Formula(formula), data: Dataset.named(data).table, criterion: criterion)
    #expect(fitted.fitReport.evaluations <= count + 2)
    #expect(fitted.fitReport.steps.count == fitted.fitReport.evaluations)
  }

  @Test(
    "The maximal model of 55 parameters takes a dozen evaluations", arguments: TestModel.criteria)
  func maximalModel(_ criterion: Criterion) throws {
    let fitted = try LinearMixedModel.fit(
      "reaction ~ 1 + days + (1 + days | subj)", data: Dataset.named("sleepstudy").table,
      criterion: criterion, options: DesignOptions(categorical: ["days"]))
    #expect(fitted.theta.count == 55)
    #expect(fitted.fitReport.evaluations <= 11)
    // The closed form for ML; an independent prototype for REML, known to 1e-8.
    let expected = criterion == .maximumLikelihood ? 1610.7982276326 : 1559.9300851395
    #expect(abs(fitted.objective - expected) < 1e-6)
  }

  @Test(
    "A fit from a given start reports it, with the objective that MixedModels.jl 4.31 shows there")
  func initialObjective() throws {
    let fitted = try LinearMixedModel.fit(
      "reaction ~ 1 + days + (1 + days | subj)", data: Dataset.named("sleepstudy").table,
      optimization: OptimizationOptions(start: [1, 0, 1]))
    #expect(fitted.fitReport.initialParameters == [1, 0, 1])
    #expect(abs(fitted.fitReport.initialObjective - 1784.642296192471) < 1e-8)
    #expect(fitted.fitReport.finalParameters == fitted.theta)
    #expect(fitted.fitReport.finalObjective == fitted.objective)
  }

  @Test("The fit log is shown while it grows, and a limit on evaluations is kept and named")
  func limits() throws {
    let problem = try TestModel.structures[1].problem()
    let fitted = try problem.fit(options: OptimizationOptions(maxEvaluations: 2))
    #expect(fitted.fitReport.evaluations <= 2)
    #expect(fitted.fitReport.termination == .evaluationLimit)
    #expect(!fitted.certificate.isMinimum)
  }

  @Test("A start of the wrong length is refused")
  func wrongStart() throws {
    let problem = try TestModel.structures[1].problem()
    let error = #expect(throws: MixedModelError.self) {
      try problem.fit(options: OptimizationOptions(start: [1]))
    }
    #expect(error?.kind == .option)
    let other = #expect(throws: MixedModelError.self) { try problem.objective(at: [1, 2]) }
    #expect(other?.kind == .option)
  }

  @Test("Levels of one row each are refused with the effect that cannot be identified")
  func oneRowPerLevel() throws {
    let table = try DataTable(
      numeric: ["y": [1, 3, 2, 5, 4, 6]], categorical: ["g": ["a", "b", "c", "d", "e", "f"]])
    let error = #expect(throws: MixedModelError.self) {
      try LinearProblem("y ~ 1 + (1 | g)", data: table)
    }
    #expect(
      error?.description
        == "The grouping factor \"g\" has 6 levels for 6 rows, so the variance of (Intercept) by g "
        + "cannot be told from the residual variance. Leave the term out, or group by a factor "
        + "with several rows per level.")
  }
}

@Suite("Singular fits")
struct SingularFitTests {
  @Test(
    "A variance at zero is exactly zero, and no slope leads away from it",
    arguments: TestModel.criteria)
  func dyestuff2(_ criterion: Criterion) throws {
    let fitted = try LinearMixedModel.fit(
      "yield ~ 1 + (1 | batch)", data: Dataset.named("dyestuff2").table, criterion: criterion)
    #expect(fitted.theta == [0])
    let conditions = fitted.certificate.boundaryConditions
    #expect(conditions.map(\.groupingFactor) == ["batch"])
    #expect(conditions.allSatisfy { $0.leastSlope >= 0 })
    #expect(fitted.certificate.isMinimum)
    // Without the factor the model is that of a mean: closed form.
    let expected = criterion == .maximumLikelihood ? 162.873036653826 : 161.828277812288
    #expect(abs(fitted.objective - expected) < 1e-9)
  }

  @Test(
    "A covariance matrix of rank one has an exact zero and a certificate", arguments: [1, 2, 3])
  func rankOne(_ seed: UInt64) throws {
    // Intercepts and slopes that are multiples of each other, so that one direction has no
    // variance in the population; in a sample it often has none either.
    var random = SplitMix(seed: seed)
    let n = 200
    let g = (0..<n).map { _ in random.index(below: 20) }
    let x = random.normals(n)
    let effects = random.normals(20)
    let errors = random.normals(n)
    let y = (0..<n).map { row in
      let effect = effects[g[row]]
      return 1 + effect + 0.5 * effect * x[row] + errors[row]
    }
    let table = try DataTable(
      numeric: ["y": y, "x": x], categorical: ["g": g.map { "g\($0)" }])
    let problem = try LinearProblem("y ~ 1 + x + (1 + x | g)", data: table)
    let fitted = try problem.fit()
    #expect(fitted.certificate.isMinimum)
    // Either there is a positive variance in every direction, or the zero is exact.
    #expect(fitted.theta[2] == 0 || fitted.theta[2] > 1e-3)
    #expect(fitted.certificate.boundaryConditions.isEmpty == (fitted.theta[2] != 0))
    for factor in [0.1, 5, 0] {
      let other = try problem.fit(
        options: OptimizationOptions(start: [factor, 0, factor]))
      #expect(abs(other.objective - fitted.objective) < 1e-7)
      #expect((other.theta[2] == 0) == (fitted.theta[2] == 0))
    }
  }

  @Test("A factor without any effect beside one with effects is zero, the other stays")
  func oneOfTwo() throws {
    var random = SplitMix(seed: 7)
    let n = 120
    let g = (0..<n).map { _ in random.index(below: 12) }
    let effects = random.normals(12)
    // Each level of h has the same residuals, so that h explains nothing.
    let errors = random.normals(n / 4)
    let table = try DataTable(
      numeric: ["y": (0..<n).map { effects[g[$0]] + errors[$0 / 4] }],
      categorical: ["g": g.map { "g\($0)" }, "h": (0..<n).map { "h\($0 % 4)" }])
    let fitted = try LinearMixedModel.fit("y ~ 1 + (1 | g) + (1 | h)", data: table)
    #expect(fitted.theta[0] > 0.1)
    #expect(fitted.theta[1] == 0)
    #expect(fitted.certificate.boundaryConditions.map(\.groupingFactor) == ["h"])
    #expect(fitted.certificate.isMinimum)
  }
}
