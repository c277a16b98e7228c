// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DataTables
import DenseMatrices
import MixedModelErrors
import ModelFormulas
import TestSupport
import Testing

@testable import MixedModelFitting

@Suite("A linear model with a stochastic log-determinant")
struct StochasticDevianceTests {
  private static let crossed: Formula = "y ~ 1 + x + (1 | a) + (1 | b)"
  private static let slopes: Formula = "y ~ 1 + x + (1 + x | a) + (1 + x | b) + (1 | c)"

  /// Rows of three crossed factors with effects on the level and on the slope.
  private static func table(rowCount: Int = 240, seed: UInt64 = 3) throws -> DataTable {
    var random = SplitMix(seed: seed)
    let counts = [30, 14, 5]
    let effects = counts.map { random.normals(2 * $0) }
    var codes = counts.map { _ in [Int32]() }
    var x: [Double] = []
    var y: [Double] = []
    for _ in 0..<rowCount {
      x.append(random.normal())
      var value = 1 + 0.5 * x[x.count - 1] + random.normal()
      for (factor, count) in counts.enumerated() {
        let level = random.index(below: count)
        codes[factor].append(Int32(level))
        value += effects[factor][2 * level] + 0.4 * effects[factor][2 * level + 1] * x[x.count - 1]
      }
      y.append(value)
    }
    var columns: [(name: String, column: Column)] = [
      ("x", .numeric(NumericColumn(x))), ("y", .numeric(NumericColumn(y))),
    ]
    for (factor, name) in ["a", "b", "c"].enumerated() {
      columns.append(
        (
          name,
          .categorical(
            CategoricalColumn(
              codes: codes[factor], levels: (0..<counts[factor]).map { "\(name)\($0)" }))
        ))
    }
    return try DataTable(columns)
  }

  private static func problem(
    _ formula: Formula, _ method: LogDeterminantMethod = .stochastic(probes: 8)
  ) throws -> LinearProblem {
    try LinearProblem(formula, data: table(), options: DesignOptions(logDeterminant: method))
  }

  @Test(
    "The gradient is that of the criterion with its probes",
    arguments: [(crossed, [0.7, 0.4]), (slopes, [0.9, 0.2, 0.4, 0.8, -0.1, 0.3, 0.5])],
    [Criterion.maximumLikelihood, .restrictedMaximumLikelihood])
  func gradient(_ model: (formula: Formula, theta: [Double]), criterion: Criterion) throws {
    let problem = try Self.problem(model.formula, .stochastic(probes: 2))
    let gradient = try problem.evaluation(at: model.theta, criterion: criterion).gradient
    let scale = gradient.reduce(1) { max($0, abs($1)) }
    for place in gradient.indices {
      let step = 1e-4
      // Central differences of fourth order: the error is that of rounding, 1e-12 of the value.
      var difference = 0.0
      for (multiple, weight) in [(1.0, 8.0), (-1, -8), (2, -1), (-2, 1)] {
        var moved = model.theta
        moved[place] += multiple * step
        difference += weight * (try problem.objective(at: moved, criterion: criterion))
      }
      #expect(abs(gradient[place] - difference / (12 * step)) < 1e-6 * scale)
    }
  }

  @Test("All but the log-determinant is that of the exact criterion", arguments: [crossed, slopes])
  func exactParts(_ formula: Formula) throws {
    let problem = try Self.problem(formula)
    let exact = try Self.problem(formula, .exact)
    var random = SplitMix(seed: 8)
    let theta = problem.identityParameters.map { _ in random.normal() }
    let criterion = Criterion.restrictedMaximumLikelihood
    var stochastic = try #require(problem.stochasticDeviance(criterion))
    var deviance = try exact.profiledDeviance(criterion)
    let found = stochastic.solution(at: theta)
    let ours = try #require(found)
    let wanted = deviance.solution(at: theta)
    let expected = try #require(wanted)
    #expect(
      abs(ours.penalizedResidualSumOfSquares / expected.penalizedResidualSumOfSquares - 1) < 1e-11)
    for (value, other) in zip(ours.lastRow, expected.lastRow) { #expect(abs(value - other) < 1e-9) }
    #expect(
      abs(ours.fixedEffectsLogDeterminant - expected.fixedEffectsLogDeterminant) < 1e-9)
  }

  @Test("The model of the Hessian is near that of the exact criterion")
  func hessian() throws {
    let theta = [0.7, 0.4]
    let many = try Self.problem(Self.crossed, .stochastic(probes: 200))
    let hessian = try many.evaluation(at: theta).hessian
    let expected = try Self.problem(Self.crossed, .exact).evaluation(at: theta).hessian
    // What the probes move is the curvature of the covariances alone.
    for (value, other) in zip(hessian.values, expected.values) {
      #expect(abs(value - other) < 0.02 * abs(expected[0, 0]))
    }
  }

  @Test(
    "A fit ends at a minimum, within three standard errors of the exact one",
    arguments: [Criterion.maximumLikelihood, .restrictedMaximumLikelihood])
  func fit(_ criterion: Criterion) throws {
    let model = try Self.problem(Self.crossed, .stochastic(probes: 24)).fit(criterion: criterion)
    let exact = try Self.problem(Self.crossed, .exact).fit(criterion: criterion)
    #expect(model.hasConverged)
    #expect(model.certificate.gradientNorm < 1e-6)
    let error = try #require(model.objectiveStandardError)
    #expect(error > 0)
    #expect(abs(model.objective - exact.objective) < 3 * error)
    for (ours, other) in zip(model.theta, exact.theta) { #expect(abs(ours - other) < 0.03 * other) }
    for (ours, other) in zip(model.fixedEffects, exact.fixedEffects) {
      #expect(abs(ours.estimate - other.estimate) < 0.01 * other.standardError)
      #expect(abs(ours.standardError / other.standardError - 1) < 0.02)
    }
    let modes = zip(model.randomEffects, exact.randomEffects)
    for (ours, other) in modes {
      #expect(
        ours.conditionalModes.relativeDifference(to: other.conditionalModes) < 0.02)
    }
    #expect(model.notes.contains(.stochasticLogDeterminant(try #require(model.stochasticError))))
    #expect(model.description.contains("\n Monte Carlo standard error: "))
    #expect(!exact.description.contains("Monte Carlo"))
  }

  @Test("A fit repeats to the last bit, on any number of threads; another seed gives another one")
  func repetition() throws {
    let problem = try Self.problem(Self.crossed)
    let first = try withLinearAlgebraThreads(1) { try problem.fit() }
    for threads in [1, 2] {
      let again = try withLinearAlgebraThreads(threads) { try problem.fit() }
      #expect(again.objective == first.objective)
      #expect(again.theta == first.theta)
      #expect(again.solution.probeValues == first.solution.probeValues)
    }
    let other = try Self.problem(Self.crossed, .stochastic(probes: 8, seed: 2)).fit()
    #expect(other.objective != first.objective)
  }

  @Test("With the same probes the error of a difference is less than those of its parts")
  func pairedError() throws {
    let model = try Self.problem(Self.crossed, .stochastic(probes: 24)).fit()
    let smaller = try Self.problem("y ~ 1 + (1 | a) + (1 | b)", .stochastic(probes: 24)).fit()
    let paired = try #require(smaller.standardErrorOfDifference(from: model))
    #expect(paired < 0.5 * (try #require(model.objectiveStandardError)))
    let other = try Self.problem(Self.crossed, .stochastic(probes: 24, seed: 9)).fit()
    let independent = try #require(smaller.standardErrorOfDifference(from: other))
    #expect(independent > (try #require(other.objectiveStandardError)))
    let exact = try Self.problem(Self.crossed, .exact).fit()
    #expect(exact.standardErrorOfDifference(from: exact) == nil)
    #expect(model.standardErrorOfDifference(from: exact) == model.objectiveStandardError)
  }

  @Test("A variance of zero is found, and proven")
  func singular() throws {
    var random = SplitMix(seed: 4)
    let count = 160
    let data = try DataTable([
      ("y", .numeric(NumericColumn(random.normals(count)))),
      ("a", .categorical(Self.factor("a", (0..<count).map { $0 % 20 }))),
      ("b", .categorical(Self.factor("b", (0..<count).map { $0 / 20 }))),
    ])
    let model = try LinearProblem(
      "y ~ 1 + (1 | a) + (1 | b)", data: data,
      options: DesignOptions(logDeterminant: .stochastic(probes: 8))
    ).fit()
    #expect(model.hasConverged)
    #expect(model.isSingular)
    let exact = try LinearProblem("y ~ 1 + (1 | a) + (1 | b)", data: data).fit()
    #expect(model.theta.map { $0 == 0 } == exact.theta.map { $0 == 0 })
  }

  private static func factor(_ name: String, _ levels: [Int]) -> CategoricalColumn {
    CategoricalColumn(
      codes: levels.map(Int32.init), levels: (0...(levels.max() ?? 0)).map { "\(name)\($0)" })
  }

  @Test("Without crossed factors the exact one is taken, and a note says so")
  func notCrossed() throws {
    let formula: Formula = "y ~ 1 + (1 | a)"
    let model = try Self.problem(formula).fit()
    #expect(model.problem.logDeterminant == .exact)
    #expect(model.objectiveStandardError == nil)
    #expect(model.objective == (try Self.problem(formula, .exact).fit().objective))
    #expect(model.notes == [.exactLogDeterminant])
  }

  private func message<Result>(_ body: () throws -> Result) -> String? {
    do {
      _ = try body()
      return nil
    } catch {
      return (error as? MixedModelError)?.description
    }
  }

  @Test("Options that are not accepted are refused", arguments: [-1, 0, 1, 10_001])
  func probeCount(_ count: Int) {
    #expect(
      message { try Self.problem(Self.crossed, .stochastic(probes: count)) }
        == "The option probes is \(count). A stochastic log-determinant takes from 2 to 10,000 of "
        + "them.")
  }

  @Test("Generalized models are refused")
  func generalized() throws {
    let options = DesignOptions(logDeterminant: .stochastic())
    let data = try Self.table()
    let refusal =
      "The log-determinant of a generalized model is exact: a stochastic one is for linear models. "
      + "Leave the option out."
    #expect(
      message {
        try GeneralizedProblem(
          "y ~ 1 + (1 | a) + (1 | b)", data: data, family: .gaussian, options: options)
      } == refusal)
    #expect(
      message {
        try FitPlan("y ~ 1 + (1 | a) + (1 | b)", data: data, family: .gaussian, options: options)
      } == refusal)
  }

  @Test("What needs the factor is refused; what does not is there")
  func withoutFactor() throws {
    let problem = try Self.problem(Self.crossed)
    let model = try problem.fit()
    let refusal =
      "This needs the Cholesky factor of the model, which a fit with a stochastic log-determinant "
      + "does not have. Fit the model with the exact log-determinant; a plan tells what memory that "
      + "takes."
    #expect(message { try model.leverage() } == refusal)
    #expect(message { try model.effectiveResidualDegreesOfFreedom() } == refusal)
    #expect(message { try model.randomEffects.conditionalCovariances() } == refusal)
    #expect(message { try model.jointFactor() } == refusal)
    #expect(message { try model.deletionSystem() } == refusal)
    #expect(message { try model.variancesOfCovarianceParameters() } == refusal)
    #expect(message { try KenwardRogerAdjustment(model) } == refusal)
    #expect(message { try model.profiler() } == refusal)
    #expect(message { try LinearRefitter(model) } == refusal)
    let saved = try SavedModel(model, data: Self.table())
    #expect(message { try saved.randomEffects.conditionalCovariances() } == refusal)
    #expect(saved.stochasticError == model.stochasticError)

    #expect(model.residuals().count == model.observationCount)
    #expect(model.residuals(.pearson).allSatisfy { $0.isFinite })
    #expect(model.residuals(.standardized).allSatisfy { $0.isNaN })
    let blocks = model.blockStructure.blocks
    #expect(blocks[1][0].factor == .notFormed)
    #expect(blocks[0][0].factor == .diagonal)
    let refitted = try model.refitted(to: problem.rows.response)
    #expect(abs(refitted.objective - model.objective) < 1e-8 * abs(model.objective))
    let reduced = try model.reduced(to: "y ~ 1 + (1 | a) + (1 | b)")
    #expect(reduced.problem.logDeterminant == problem.logDeterminant)
    #expect(reduced.objective > model.objective)
  }

  @Test("A design that would take hundreds of steps is refused with the way out")
  func chain() throws {
    // Each level of a meets two of b, and each of b two of a: one long path.
    let length = 230
    var random = SplitMix(seed: 7)
    let data = try DataTable([
      ("y", .numeric(NumericColumn(random.normals(2 * length)))),
      ("a", .categorical(Self.factor("a", (0..<2 * length).map { $0 / 2 }))),
      ("b", .categorical(Self.factor("b", (0..<2 * length).map { ($0 + 1) / 2 % length }))),
    ])
    let problem = try LinearProblem(
      "y ~ 1 + (1 | a) + (1 | b)", data: data,
      options: DesignOptions(logDeterminant: .stochastic(probes: 2)))
    #expect(
      message { try problem.objective(at: [1e4, 1e4]) }
        == "The stochastic log-determinant does not converge in 200 steps: too few rows connect the "
        + "levels of the grouping factors. Fit the model with the exact log-determinant, which is "
        + "sparse for such data; a plan tells what memory that takes.")
    #expect(try problem.objective(at: [0.5, 0.5]).isFinite)
  }

  @Test("The limit of memory is that of the method")
  func memory() throws {
    var random = SplitMix(seed: 6)
    let count = 30_000
    let data = try DataTable([
      ("y", .numeric(NumericColumn(random.normals(count)))),
      ("a", .categorical(Self.factor("a", (0..<count).map { _ in random.index(below: 3000) }))),
      ("b", .categorical(Self.factor("b", (0..<count).map { _ in random.index(below: 2500) }))),
    ])
    var options = DesignOptions()
    let exact = try FitPlan("y ~ 1 + (1 | a) + (1 | b)", data: data, options: options)
    options.logDeterminant = .stochastic()
    let plan = try FitPlan("y ~ 1 + (1 | a) + (1 | b)", data: data, options: options)
    #expect(plan.memory.peak < exact.memory.peak)
    #expect(plan.tail.storage == .notFormed)
    #expect(plan.tail.groupingFactors == ["b"])
    #expect(plan.work.evaluation > 0)
    #expect(plan.description.contains("is not formed: the log-determinant is stochastic."))
    options.memoryLimit = plan.memory.peak
    let problem = try LinearProblem("y ~ 1 + (1 | a) + (1 | b)", data: data, options: options)
    #expect(problem.logDeterminant == .stochastic())
    options.logDeterminant = .exact
    #expect(throws: MixedModelError.self) {
      try LinearProblem("y ~ 1 + (1 | a) + (1 | b)", data: data, options: options)
    }
  }
}
