// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DataTables
import DenseMatrices
import MixedModelDatasets
import ModelFormulas
import ModelOptimization
import TestSupport
import Testing

@testable import MixedModelFitting

@Suite("What the data leave open in covariance matrices")
struct IdentificationTests {
  /// Twenty groups of six rows, or more groups of fewer.
  static func table(groupCount: Int = 20, rowsPerGroup: Int = 6) throws -> DataTable {
    var random = SplitMix(seed: 8)
    let n = groupCount * rowsPerGroup
    let g = (0..<n).map { $0 % groupCount }
    let (x, a, b) = (random.normals(n), random.normals(n), random.normals(n))
    let (intercepts, slopes) = (random.normals(groupCount), random.normals(groupCount))
    let errors = random.normals(n)
    let others = random.normals(groupCount)
    let effects = (0..<n).map { i -> Double in
      let bySlope = (x[i] + 0.7 * a[i]) * slopes[g[i]]
      return intercepts[g[i]] + bySlope + 0.7 * b[i] * others[g[i]]
    }
    let y = (0..<n).map { 1 + x[$0] + effects[$0] + errors[$0] }
    let sign = g.map { $0 % 2 == 0 ? 1.0 : -1 }
    return try DataTable(
      numeric: [
        "y": y,
        "count": effects.map { max(0, (2 + 2 * $0).rounded()) },
        "success": zip(effects, errors).map { $0.0 + $0.1 > 0.3 ? 1 : 0 }, "x": x,
        "x2": x.map { 2 * $0 },
        "a": a, "b": b, "c": zip(a, b).map(+), "z": [Double](repeating: 0, count: n),
        "sign": sign, "even": sign.map { ($0 + 1) / 2 }, "odd": sign.map { (1 - $0) / 2 },
        "year": x.map { 2020 + 0.1 * $0 }, "late": g.map { $0 > groupCount - 3 ? 1 : 0 },
      ], categorical: ["g": g.map { "g\($0)" }])
  }

  struct Case: Sendable, CustomTestStringConvertible {
    let term: String
    /// A term of the same model in which everything is identified.
    let identified: String
    let note: FitNote

    var testDescription: String { term }
  }

  static let cases = [
    Case(
      term: "(1 + x + x2 | g)", identified: "(1 + x | g)",
      note: .variancesNotIdentified(["x", "x2"], groupingFactor: "g")),
    Case(
      term: "zerocorr(1 + x + x2 | g)", identified: "zerocorr(1 + x | g)",
      note: .variancesNotIdentified(["x", "x2"], groupingFactor: "g")),
    Case(
      term: "(0 + a + b + c | g)", identified: "(0 + a + b | g)",
      note: .variancesNotIdentified(["a", "b", "c"], groupingFactor: "g")),
    Case(
      term: "(1 + z | g)", identified: "(1 | g)", note: .covariatesZero(["z"], groupingFactor: "g")),
    Case(
      term: "(0 + z + x | g)", identified: "(0 + x | g)",
      note: .covariatesZero(["z"], groupingFactor: "g")),
    Case(
      term: "zerocorr(1 + z | g)", identified: "(1 | g)",
      note: .covariatesZero(["z"], groupingFactor: "g")),
    // Covariates that do not change within levels.
    Case(
      term: "(1 + sign | g)", identified: "zerocorr(0 + even + odd | g)",
      note: .variancesNotIdentified(["(Intercept)", "sign"], groupingFactor: "g")),
    Case(
      term: "zerocorr(1 + sign | g)", identified: "(1 | g)",
      note: .variancesNotIdentified(["(Intercept)", "sign"], groupingFactor: "g")),
    Case(
      term: "(1 + even | g)", identified: "zerocorr(0 + even + odd | g)",
      note: .variancesNotIdentified(["even"], groupingFactor: "g")),
    Case(
      term: "(0 + even + odd | g)", identified: "zerocorr(0 + even + odd | g)",
      note: .covariancesNotIdentified(["even", "odd"], groupingFactor: "g")),
  ]

  private static func problem(_ term: String) throws -> LinearProblem {
    try LinearProblem(Formula("y ~ 1 + x + \(term)"), data: table())
  }

  @Test("Whatever is left open is noted, and all else is as in a model without", arguments: cases)
  func linear(_ expected: Case) throws {
    let model = try Self.problem(expected.term).fit()
    let identified = try Self.problem(expected.identified).fit()
    #expect(identified.identificationNotes.isEmpty, "\(identified.notes)")
    #expect(model.notes.first == expected.note)
    #expect(model.hasConverged, "\(model.notes)")
    // The optimizer settles the objective far better than this, estimates to about 1e-8.
    #expect(abs(model.objective - identified.objective) < 1e-8)
    #expect(
      ModelFits.agree(model.fixedEffects.estimates, identified.fixedEffects.estimates, 1e-6))
    #expect(
      ModelFits.agree(
        model.fixedEffects.standardErrors, identified.fixedEffects.standardErrors, 1e-6)
    )
    #expect(ModelFits.agree(model.sigma, identified.sigma, 1e-6))
    #expect(ModelFits.agree(model.fittedValues(), identified.fittedValues(), 1e-5))
  }

  @Test("The estimates do not depend on the start", arguments: cases)
  func starts(_ expected: Case) throws {
    let problem = try Self.problem(expected.term)
    let model = try problem.fit()
    var random = SplitMix(seed: 4)
    for _ in 0..<3 {
      let start = zip(problem.identityParameters, random.normals(model.theta.count)).map {
        2 * $0 + 0.5 * $1
      }
      let other = try problem.fit(options: OptimizationOptions(start: start))
      #expect(other.hasConverged, "\(other.notes)")
      #expect(ModelFits.agree(other.theta, model.theta, 1e-6), "\(other.theta) \(model.theta)")
    }
  }

  @Test("An effect with a zero covariate has no variance; proportional effects share theirs")
  func reported() throws {
    let zero = try Self.problem("(0 + z + x | g)").fit()
    #expect(zero.theta[0] == 0)
    #expect(zero.theta[1] == 0)
    let shared = try Self.problem("zerocorr(0 + x + x2 | g)").fit()
    #expect(ModelFits.agree(shared.theta[0], 2 * shared.theta[1], 1e-12))
  }

  @Test(
    "Nothing is noted where everything is identified, however poorly",
    arguments: [
      "(1 + x | g)", "(1 + year | g)", "zerocorr(0 + a + b + c | g)", "(1 + late | g)",
      "(0 + x + late | g)",
    ])
  func identified(term: String) throws {
    let problem = try Self.problem(term)
    let open = problem.covariance.identification(problem.crossProducts.matrix)
    // Between groups, late is one of two values.
    #expect((open[0] == nil) == !term.contains("1 + late"))
  }

  @Test("Beyond the levels looked at first, rows may tell")
  func manyLevels() throws {
    let data = try Self.table(groupCount: 600, rowsPerGroup: 2)
    for (term, isOpen) in [
      ("(1 + x | g)", false), ("(0 + x + late | g)", false), ("(1 + even | g)", true),
    ] {
      let problem = try LinearProblem(Formula("y ~ 1 + x + \(term)"), data: data)
      let open = problem.covariance.identification(problem.crossProducts.matrix)
      #expect((open[0] != nil) == isOpen, "\(term)")
    }
  }

  @Test("The point that stands for theta has the criterion of theta, whatever theta is")
  func representatives() throws {
    var random = SplitMix(seed: 12)
    for formula in Self.cases.map(\.term) + ["(1 | g) + (0 + x + x2 | g)", "(0 + x + x2 + z | g)"] {
      let problem = try Self.problem(formula)
      for criterion in [Criterion.maximumLikelihood, .restrictedMaximumLikelihood] {
        var deviance = try problem.profiledDeviance(criterion)
        let theta = random.normals(problem.covarianceParameterCount)
        let standIn = deviance.identifiedParameters(theta)
        let representative = try #require(standIn)
        let value = deviance.value(at: theta)
        #expect(abs(deviance.value(at: representative) - value) < 1e-9 * abs(value), "\(formula)")
        // It stands for itself, too.
        let ownStandIn = deviance.identifiedParameters(representative)
        let again = try #require(ownStandIn)
        let covariances = [representative, again].map { problem.covariance.factors($0) }.map {
          let lambda = Matrix(
            rowCount: problem.design.randomEffects[0].dimension,
            columnCount: problem.design.randomEffects[0].dimension, values: $0)
          return lambda * lambda.transposed
        }
        #expect(covariances[0].relativeDifference(to: covariances[1]) < 1e-9, "\(formula)")
      }
    }
  }

  // Every covariance matrix S of the ten reactions is reached, so that the largest residual variance
  // is the least eigenvalue of that over the 18 subjects: numpy.linalg.eigvalsh gives a standard
  // deviation of 4.3849963.
  @Test(
    "Where the residual variance is not identified, it is the largest possible, from every start",
    arguments: ["(1 + days | subj)", "(1 + fulldummy(days) | subj)"])
  func largestResidualVariance(term: String) throws {
    let problem = try LinearProblem(
      Formula("reaction ~ 1 + days + \(term)"), data: Dataset.sleepstudy.table,
      options: DesignOptions(categorical: ["days"]))
    var theta: [[Double]] = []
    for scale in [1, 0.5] {
      let start = problem.identityParameters.map { $0 * scale }
      let model = try problem.fit(options: OptimizationOptions(start: start))
      #expect(model.hasConverged)
      #expect(abs(model.sigma - 4.3849963) < 2e-7)
      theta.append(model.theta)
    }
    #expect(ModelFits.agree(theta[0], theta[1], 1e-5))
  }

  @Test(
    "In generalized models, too", arguments: cases,
    [(GeneralizedCriterion.laplace, "success"), (.laplace, "count"), (.profiledLaplace, "count")])
  func generalized(
    _ expected: Case, _ fitted: (criterion: GeneralizedCriterion, response: String)
  ) throws {
    let data = try Self.table()
    func fit(_ term: String) throws -> GeneralizedLinearMixedModel {
      try GeneralizedProblem(
        Formula("\(fitted.response) ~ 1 + x + \(term)"), data: data,
        family: fitted.response == "count" ? .poisson : .bernoulli
      ).fit(criterion: fitted.criterion)
    }
    let model = try fit(expected.term)
    let identified = try fit(expected.identified)
    #expect(identified.identificationNotes.isEmpty, "\(identified.notes)")
    #expect(model.notes.first == expected.note)
    #expect(model.hasConverged, "\(model.notes)")
    #expect(abs(model.objective - identified.objective) < 1e-6)
    #expect(
      ModelFits.agree(model.fixedEffects.estimates, identified.fixedEffects.estimates, 1e-5))
    #expect(
      ModelFits.agree(
        model.fixedEffects.standardErrors, identified.fixedEffects.standardErrors, 1e-4),
      "\(model.fixedEffects.standardErrors) \(identified.fixedEffects.standardErrors)")
    #expect(!model.notes.contains(.noJointStandardErrors))
  }

  @Test("The notes name the effects and what they do not touch")
  func wording() {
    #expect(
      FitNote.covariatesZero(["z"], groupingFactor: "g").description
        == "The covariate z of the random effects by g is zero in every row: its variance is not "
        + "identified and reported as zero.")
    #expect(
      FitNote.variancesNotIdentified(["x", "x2"], groupingFactor: "g").description
        == "The variances and covariances of the random effects x, x2 by g are not identified "
        + "separately: many values describe the data equally well, and one of them is reported. The "
        + "objective, the fixed effects and the fitted values do not depend on which.")
    #expect(
      FitNote.covariancesNotIdentified(["even", "odd"], groupingFactor: "g").description
        == "Covariances of the random effects even, odd by g are not identified: many values "
        + "describe the data equally well, and one of them is reported. The objective, the variances "
        + "and the fixed effects do not depend on which.")
  }
}

extension MixedModel {
  /// The notes but that a covariance matrix is singular.
  fileprivate var identificationNotes: [FitNote] {
    notes.filter { if case .singularCovariance = $0 { false } else { true } }
  }
}
