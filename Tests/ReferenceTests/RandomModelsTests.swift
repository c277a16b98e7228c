// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DataTables
import MixedModelErrors
import MixedModelNLopt
import MixedModels
import TestSupport
import Testing

@Suite("Random models")
struct RandomModelsTests {
  private func table(_ random: inout SplitMix, rowCount n: Int) throws -> DataTable {
    let counts = (0..<3).map { _ in 2 + random.index(below: 9) }
    let codes = counts.map { count in (0..<n).map { _ in random.index(below: count) } }
    let x = random.normals(n)
    let z = random.normals(n)
    let scales = (0..<5).map { _ in [0, 0, 0.1, 1, 5][random.index(below: 5)] }
    let effects = (0..<5).map { _ in random.normals(12) }
    let errors = random.normals(n)
    let y = (0..<n).map { i -> Double in
      let byG = scales[0] * effects[0][codes[0][i]] + scales[1] * effects[1][codes[0][i]] * x[i]
      let byH = scales[2] * effects[2][codes[1][i]] + scales[3] * effects[3][codes[1][i]] * z[i]
      return 1 + x[i] + byG + byH + scales[4] * effects[4][codes[2][i]] + errors[i]
    }
    return try DataTable(
      numeric: ["y": y, "x": x, "z": z],
      categorical: [
        "g": codes[0].map { "g\($0)" }, "h": codes[1].map { "h\($0)" },
        "k": codes[2].map { "k\($0)" },
      ])
  }

  // Bounded like the reference optimizers, and from the same start.
  #if NLopt
    @Test(
      "No derivative-free optimizer finds a lower objective",
      arguments: [
        "y ~ 1 + x + (1 | g)", "y ~ 1 + x + (1 + x | g)", "y ~ 1 + (1 | g) + (1 | h) + (1 | k)",
        "y ~ 1 + x + zerocorr(1 + x | g) + (1 | h)", "y ~ 1 + x + (1 | g / h)",
        "y ~ 1 + x + (1 + x | g) + (1 | h)",
      ], TestCriteria.all)
    func noneLower(_ formula: String, criterion: Criterion) throws {
      var random = SplitMix(seed: 5)
      for _ in 0..<5 {
        let data = try table(&random, rowCount: 60 + random.index(below: 60))
        let problem = try LinearProblem(Formula(formula), data: data)
        let ours = try problem.fit(criterion: criterion)
        #expect(ours.certificate.isMinimum)
        let other = try problem.fit(
          criterion: criterion, optimizer: NLoptOptimizer(.bobyqa),
          options: OptimizationOptions(
            ftolRelative: 1e-14, ftolAbsolute: 1e-10, maxEvaluations: 3000))
        #expect(other.objective > ours.objective - 1e-7)
      }
    }
  #endif

  /// The response has a random slope and no random intercept.
  private func slopeOnly(seed: UInt64) throws -> DataTable {
    var random = SplitMix(seed: seed)
    let n = 100
    let g = (0..<n).map { _ in random.index(below: 10) }
    let x = random.normals(n)
    let slopes = random.normals(10)
    let errors = random.normals(n)
    return try DataTable(
      numeric: [
        "y": (0..<n).map { 1 + x[$0] + slopes[g[$0]] * x[$0] + errors[$0] }, "x": x,
        "one": [Double](repeating: 1, count: n),
      ],
      categorical: ["g": g.map { "g\($0)" }])
  }

  @Test("The order of the effects of a term does not decide the optimum")
  func effectOrder() throws {
    for seed in UInt64(0)..<40 {
      let data = try slopeOnly(seed: seed)
      let first = try LinearMixedModel.fit("y ~ 1 + x + (0 + one + x | g)", data: data)
      let second = try LinearMixedModel.fit("y ~ 1 + x + (0 + x + one | g)", data: data)
      #expect(abs(first.objective - second.objective) < 1e-7)
      #expect(second.fitReport.evaluations <= 15)
    }
  }

  @Test("Nor how many evaluations a fit takes")
  func effortOfEffectOrder() throws {
    let counts = try (UInt64(0)..<40).map { seed in
      try LinearMixedModel.fit(
        "y ~ 1 + x + (0 + one + x | g)", data: slopeOnly(seed: seed)
      ).fitReport.evaluations
    }
    // Where the first effect hardly varies, the lower triangle leads through a curved valley.
    #expect((counts.max() ?? 0) <= 20, "\(counts)")
  }

  // Few rows and levels make most of these fits singular. In the last model, effects of x and z
  // have a mean that is not zero and no column for it, so that average information is several
  // times the curvature and secant models must take over. Its longest fit, of 34 evaluations, is
  // within half a unit of the optimum after six; then a curved valley leads from one explanation of
  // the data to another: the standard deviation of the intercepts by h grows from 8 to 20 times the
  // residual one, and that of z by h, at first one of its own, becomes proportional to it.
  @Test(
    "Singular and misspecified models take few evaluations, and every start ends as low",
    arguments: [
      ("y ~ 1 + x + (1 + x | g)", 20), ("y ~ 1 + x + (1 + x + z | g)", 25),
      ("y ~ 1 + x * z + (1 + z | h) + (1 + x | g)", 25),
      ("y ~ 1 + x + zerocorr(1 + x + z | g) + (1 + z | h)", 30),
      ("y ~ 1 + (1 + x | g) + (1 + z | h) + (1 | k)", 40),
    ], TestCriteria.all)
  func effort(_ model: (formula: String, evaluations: Int), criterion: Criterion) throws {
    var random = SplitMix(seed: 11)
    for _ in 0..<20 {
      let data = try table(&random, rowCount: 60 + random.index(below: 60))
      let problem = try LinearProblem(Formula(model.formula), data: data)
      let fitted = try problem.fit(criterion: criterion)
      #expect(fitted.hasConverged, "\(fitted.notes)")
      #expect(fitted.fitReport.evaluations <= model.evaluations)
      for factor in [0.1, 4] {
        let start = problem.identityParameters.map { $0 * factor }
        let other = try problem.fit(
          criterion: criterion, options: OptimizationOptions(start: start))
        #expect(other.objective > fitted.objective - 1e-6)
      }
    }
  }
}

enum TestCriteria {
  static let all: [Criterion] = [.maximumLikelihood, .restrictedMaximumLikelihood]
}
