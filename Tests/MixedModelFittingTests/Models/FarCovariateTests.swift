// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DataTables
import DenseMatrices
import Foundation
import ModelFormulas
import TestSupport
import Testing

@testable import MixedModelFitting

/// `1 + x` and `1 + (x - c)` span the same columns, so that a model with them in its fixed effects and,
/// with free covariances, in its random effects is one model, however far x is from zero.
@Suite("Covariates far from zero")
struct FarCovariateTests {
  /// 240 rows of 20 groups; x and its distances from zero are exact in binary.
  private static let original: [String: [Double]] = {
    var random = SplitMix(seed: 31)
    let (intercepts, slopes) = (random.normals(20), random.normals(20))
    var columns: [String: [Double]] = [:]
    for row in 0..<240 {
      let g = row % 20
      let x = (20 * random.normal() * 64).rounded() / 64
      let w = (random.normal() * 64).rounded() / 64
      let eta = 0.2 + 0.03 * x + 0.7 * intercepts[g] + (0.04 * slopes[g]) * x + 0.2 * w
      let noise = random.normal()
      let values = [
        "g": Double(g), "k": Double(row % 3), "x": x, "w": w, "y": eta + noise,
        "y01": eta + noise > 0 ? 1 : 0, "count": exp(0.6 * eta + 0.3 * noise).rounded(),
      ]
      for (name, value) in values { columns[name, default: []].append(value) }
    }
    return columns
  }()

  private static func table(distance: Double) throws -> DataTable {
    var columns: [(name: String, column: Column)] = []
    for (name, values) in original.sorted(by: { $0.key < $1.key }) {
      switch name {
      case "g", "k":
        let levels = values.map { "\(name)\(Int($0))" }
        columns.append((name, .categorical(CategoricalColumn(levels))))
      case "x": columns.append((name, .numeric(NumericColumn(values.map { $0 + distance }))))
      default: columns.append((name, .numeric(NumericColumn(values))))
      }
    }
    return try DataTable(columns)
  }

  private static let distances = [2.4e4, 2.4e6, -2.4e8]

  private static func agree(_ a: Double, _ b: Double, _ tolerance: Double) -> Bool {
    abs(a - b) <= tolerance * max(abs(a), abs(b))
  }

  /// What must be the same, and the intercepts, which must follow.
  private func expectSame(
    _ far: some MixedModel, _ near: some MixedModel, distance: Double, tolerance: Double
  ) throws {
    #expect(far.hasConverged && near.hasConverged)
    #expect(abs(far.objective - near.objective) < 1e-8 * abs(near.objective))
    let (a, b) = (far.fixedEffects, near.fixedEffects)
    for name in b.names where name != "(Intercept)" {
      let (first, second) = (try #require(a[name]), try #require(b[name]))
      #expect(abs(first.estimate - second.estimate) < tolerance * second.standardError)
      #expect(Self.agree(first.standardError, second.standardError, tolerance))
    }
    let index = try #require(b.names.firstIndex(of: "x"))
    let intercept = b.estimates[0] - distance * b.estimates[index]
    #expect(Self.agree(a.estimates[0], intercept, 10 * tolerance))
    let variance =
      b.covariance[0, 0] - 2 * distance * b.covariance[0, index]
      + distance * distance * b.covariance[index, index]
    #expect(Self.agree(a.covariance[0, 0], variance, 10 * tolerance))

    let (c, d) = (far.varianceComponents[0], near.varianceComponents[0])
    let slope = try #require(d.names.firstIndex(of: "x"))
    for effect in d.names.indices.dropFirst() {
      #expect(Self.agree(c.standardDeviations[effect], d.standardDeviations[effect], 1e-4))
    }
    let spread =
      d.covariance[0, 0] - 2 * distance * d.covariance[0, slope]
      + distance * distance * d.covariance[slope, slope]
    #expect(Self.agree(c.covariance[0, 0], spread, 1e-4))
  }

  @Test(
    "Linear: objective, estimates and standard errors",
    arguments: ["1 + x + w + (1 + x | g)", "k * x + w + (1 + w + x | g)", "0 + k + x + (x | g)"],
    distances)
  func linear(_ terms: String, _ distance: Double) throws {
    for criterion in [Criterion.maximumLikelihood, .restrictedMaximumLikelihood] {
      func fit(_ distance: Double) throws -> LinearMixedModel {
        try .fit(
          Formula("y ~ \(terms)"), data: Self.table(distance: distance), criterion: criterion)
      }
      let (far, near) = (try fit(distance), try fit(0))
      if terms.hasPrefix("1") {
        try expectSame(far, near, distance: distance, tolerance: 1e-6)
      } else {
        #expect(far.hasConverged)
        #expect(abs(far.objective - near.objective) < 1e-8 * near.objective)
      }
      #expect(!far.isSingular)
      // The parameters as a user has them give the same objective.
      let again = try far.problem.objective(at: far.theta, criterion: criterion)
      #expect(abs(again - far.objective) < 1e-8 * far.objective)
      // Either fit is settled to about a ten-millionth of its standard errors.
      let difference = zip(far.fittedValues(), near.fittedValues()).reduce(0) {
        max($0, abs($1.0 - $1.1))
      }
      #expect(difference < 1e-13 * abs(distance) + 2e-6)
      #expect(
        zip(try far.leverage(), try near.leverage()).allSatisfy { Self.agree($0, $1, 1e-5) })
    }
  }

  @Test(
    "Generalized: objective, estimates and standard errors",
    arguments: [
      GeneralizedCriterion.laplace, .profiledLaplace, .pseudoLikelihood,
    ], distances)
  func generalized(_ criterion: GeneralizedCriterion, _ distance: Double) throws {
    let cases: [(String, any Family)] = [("y01", .bernoulli), ("count", .poisson)]
    for (response, family) in cases {
      func fit(_ distance: Double) throws -> GeneralizedLinearMixedModel {
        try GeneralizedProblem(
          Formula("\(response) ~ 1 + x + w + (1 + x | g)"), data: Self.table(distance: distance),
          family: family
        ).fit(criterion: criterion)
      }
      try expectSame(try fit(distance), try fit(0), distance: distance, tolerance: 1e-4)
    }
  }

  @Test("Columns that span the constant in place of an intercept", arguments: [2.4e3] + distances)
  func spannedConstant(_ distance: Double) throws {
    func fit(_ distance: Double) throws -> GeneralizedLinearMixedModel {
      try .fit(
        "y01 ~ 0 + k + x + (1 | g)", data: Self.table(distance: distance), family: .bernoulli)
    }
    let (far, near) = (try fit(distance), try fit(0))
    #expect(abs(far.objective - near.objective) < 1e-8 * near.objective)
    let (a, b) = (try #require(far.fixedEffects["x"]), try #require(near.fixedEffects["x"]))
    #expect(abs(a.estimate - b.estimate) < 1e-5 * b.standardError)
    #expect(Self.agree(a.standardError, b.standardError, 1e-5))
  }

  @Test("Theta, its factor and the spherical effects belong together", arguments: distances)
  func parts(_ distance: Double) throws {
    let model = try LinearMixedModel.fit(
      "y ~ 1 + x + w + (1 + w + x | g)", data: Self.table(distance: distance))
    #expect(model.problem.effectUnits[0].intercept == 0)
    let group = model.randomEffects[0]
    let lambda = model.termFactors[0]
    for j in 0..<3 {
      #expect(lambda[j, j] >= 0)
      for i in 0..<j { #expect(lambda[i, j] == 0) }
    }
    let modes = lambda * group.sphericalRandomEffects
    #expect(modes.relativeDifference(to: group.conditionalModes) < 1e-10)
    #expect(
      Matrix(column: model.problem.covariance.factor(model.theta, term: 0).values)
        .relativeDifference(to: Matrix(column: lambda.values)) < 1e-12)
    let internalTheta = model.problem.internalParameters(model.theta)
    #expect(
      Matrix(column: internalTheta).relativeDifference(to: Matrix(column: model.internalTheta))
        < 1e-6)
  }

  @Test(
    "A singular fit is singular at any distance, with zeros that are exact", arguments: distances)
  func singular(_ distance: Double) throws {
    func fit(_ distance: Double) throws -> LinearMixedModel {
      try .fit("w ~ 1 + x + (1 + x + count | g)", data: Self.table(distance: distance))
    }
    let (far, near) = (try fit(distance), try fit(0))
    #expect(near.isSingular && far.isSingular && far.hasConverged)
    #expect(abs(far.objective - near.objective) < 1e-8 * abs(near.objective))
    #expect(far.notes == near.notes)
    #expect(far.theta.count { $0 == 0 } >= near.theta.count { $0 == 0 })
  }

  @Test("Predictions with intervals do not depend on the distance", arguments: distances)
  func predictions(_ distance: Double) throws {
    func intervals(_ distance: Double) throws -> [[Double]] {
      let model = try LinearMixedModel.fit(
        "y ~ 1 + x + w + (1 + x | g)", data: Self.table(distance: distance),
        criterion: .restrictedMaximumLikelihood)
      let prediction = try model.predict(
        Self.table(distance: distance), interval: .prediction(0.95))
      return [prediction.values, prediction.standardErrors ?? []]
    }
    let (far, near) = (try intervals(distance), try intervals(0))
    #expect(!near[1].isEmpty)
    for (a, b) in zip(far, near) {
      #expect(zip(a, b).allSatisfy { abs($0 - $1) < 1e-13 * abs(distance) + 1e-5 })
    }
  }

  @Test("A saved model is restored with all its parts")
  func saved() throws {
    let data = try Self.table(distance: 2.4e6)
    let linear = try LinearMixedModel.fit("y ~ 1 + x + w + (1 + x | g)", data: data)
    let counts = try GeneralizedLinearMixedModel.fit(
      "count ~ 1 + x + w + (1 + x | g)", data: data, family: .poisson)
    let models: [any MixedModel] = [linear, counts]
    let saved = [try SavedModel(linear, data: data), try SavedModel(counts, data: data)]
    for (model, saved) in zip(models, saved) {
      let read = try SavedModel(json: saved.json())
      let restored = try read.restored(from: data)
      #expect(restored.theta == model.theta || model is LinearMixedModel)
      #expect(abs(restored.objective - model.objective) < 1e-9 * model.objective)
      for other in [restored.randomEffects[0], read.randomEffects[0]] {
        let group = model.randomEffects[0]
        #expect(other.conditionalModes.relativeDifference(to: group.conditionalModes) < 1e-7)
        #expect(
          other.sphericalRandomEffects.relativeDifference(to: group.sphericalRandomEffects) < 1e-5)
      }
      if let restored = restored as? GeneralizedLinearMixedModel {
        #expect(
          zip(restored.sphericalRandomEffects, counts.sphericalRandomEffects)
            .allSatisfy { abs($0 - $1) < 1e-5 })
      }
    }
  }

  @Test("Shifts are for free covariances with an intercept, and far covariates, only")
  func whenShifted() throws {
    let far = try Self.table(distance: 2.4e6)
    for (formula, isShifted) in [
      ("y ~ x + (1 + x | g)", true), ("y ~ x + (1 + x || g)", false),
      ("y ~ x + (0 + x | g)", false),
      ("y ~ x + (1 | g) + (0 + x + w | g)", false), ("y ~ x + (1 + w | g)", false),
    ] {
      let units = try LinearProblem(Formula(formula), data: far).effectUnits[0]
      #expect((units.intercept != nil) == isShifted, "\(formula)")
    }
    let near = try Self.table(distance: 0)
    #expect(try LinearProblem("y ~ x + (1 + x | g)", data: near).effectUnits[0].isIdentity)
  }

  @Test(
    "What double precision cannot hold is left out, with a note that says so", arguments: [0, 1])
  func tooFar(_ place: Int) throws {
    let formula: Formula = place == 0 ? "y ~ x + w + (1 | g)" : "y ~ 0 + k + x + (1 | g)"
    let data = try Self.table(distance: 2.4e13)
    let model = try LinearMixedModel.fit(formula, data: data)
    let note = FitNote.columnsNearlyDetermined(["x"])
    #expect(model.notes == [.columnsDropped(["x"]), note])
    #expect(
      note.description
        == "What earlier columns do not determine of x is below 1e-9 of its size, too little to be "
        + "told from rounding. A column far from zero, such as a date, counts when it is centered "
        + "first: center(x).")
    let saved = try SavedModel(json: SavedModel(model, data: data).json())
    #expect(saved.notes == model.notes)
    // A multiple of another column has nothing to lose.
    let doubled = try data.replacing(
      "x", with: .numeric(NumericColumn((Self.original["w"] ?? []).map { $0 / 3 })))
    let aliased = try LinearMixedModel.fit("y ~ w + x + (1 | g)", data: doubled)
    #expect(aliased.notes == [.columnsDropped(["x"])])
  }
}
