// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DataTables
import MixedModelDatasets
import MixedModelFitting
import ModelFormulas
import TestSupport
import Testing

/// A model on which the properties of every fit are tested.
struct TestModel: Sendable, CustomTestStringConvertible {
  enum Source: Sendable {
    case simulated
    case named(String)
  }

  let name: String
  let formula: String
  let source: Source
  let options: DesignOptions

  init(
    _ name: String, _ formula: String, _ source: Source = .simulated,
    options: DesignOptions = DesignOptions()
  ) {
    self.name = name
    self.formula = formula
    self.source = source
    self.options = options
  }

  var testDescription: String { name }

  func table() throws -> DataTable {
    switch source {
    case .simulated: try simulatedTable()
    case .named(let name): try Dataset.named(name).table
    }
  }

  func problem() throws -> LinearProblem {
    try LinearProblem(Formula(formula), data: table(), options: options)
  }

  /// Every structure of random effects, on data small enough for n × n algebra.
  static let structures: [TestModel] = [
    TestModel("one scalar term", "yield ~ 1 + (1 | batch)", .named("dyestuff")),
    TestModel("a vector term, k = 2", "y ~ 1 + x + (1 + x | g)"),
    TestModel(
      "a vector term, k = 3", "score ~ 1 + Machine + (0 + Machine | Worker)", .named("machines")),
    TestModel("uncorrelated effects", "y ~ 1 + x + zerocorr(1 + x + z | g)"),
    TestModel("joined terms on one factor", "y ~ 1 + x + (1 | g) + (0 + x + z | g)"),
    TestModel("two crossed factors", "y ~ 1 + x + (1 | g) + (1 | h)"),
    TestModel("two nested factors", "strength ~ 1 + (1 | batch / cask)", .named("pastes")),
    TestModel("a vector crossed with a scalar", "y ~ 1 + x + (1 + x | g) + (1 | h)"),
    TestModel("two crossed vectors", "y ~ 1 + x + f + (1 + x | g) + (0 + f | h)"),
    TestModel("three factors", "y ~ 1 + x + (1 | g) + (1 | h) + (0 + z | k)"),
    TestModel("nested and crossed", "y ~ 1 + (1 | h / k) + (1 + x | g)"),
    TestModel("no fixed effects", "y ~ 0 + (1 | g) + (1 | h)"),
    TestModel(
      "prior weights", "y ~ 1 + x + (1 + x | g) + (1 | h)", options: DesignOptions(weights: "w")),
    TestModel(
      "an offset and weights", "y ~ 1 + f + (1 | g)",
      options: DesignOptions(weights: "w", offset: "z")),
    TestModel("an aliased column", "y ~ 1 + x + twice + (1 | g)"),
  ]

  static let criteria: [Criterion] = [.maximumLikelihood, .restrictedMaximumLikelihood]
}

/// 72 unbalanced rows with effects of every factor.
func simulatedTable(seed: UInt64 = 1) throws -> DataTable {
  var random = SplitMix(seed: seed)
  let n = 72
  let g = (0..<n).map { _ in random.index(below: 9) }
  let h = (0..<n).map { _ in random.index(below: 5) }
  let k = (0..<n).map { _ in random.index(below: 3) }
  let f = (0..<n).map { _ in random.index(below: 3) }
  let x = random.normals(n)
  let z = random.normals(n)
  let (ofG, slopes) = (random.normals(9), random.normals(9))
  let (ofH, ofK, ofF) = (random.normals(5), random.normals(3), random.normals(3))
  let errors = random.normals(n)
  let y = (0..<n).map { row -> Double in
    let fixed = 3 + 2 * x[row] + ofF[f[row]]
    let byG = 1.5 * ofG[g[row]] + 0.8 * slopes[g[row]] * x[row]
    return fixed + byG + ofH[h[row]] + 0.7 * ofK[k[row]] * z[row] + errors[row]
  }
  return try DataTable(
    numeric: [
      "y": y, "x": x, "z": z, "twice": x.map { 2 * $0 - 1 },
      "w": (0..<n).map { _ in 0.2 + 2 * abs(random.uniform()) },
    ],
    categorical: [
      "g": g.map { "g\($0)" }, "h": h.map { "h\($0)" }, "k": k.map { "k\($0)" },
      "f": f.map { "f\($0)" },
    ])
}

extension LinearProblem {
  /// Random parameters of order one with diagonal entries of either sign.
  func randomTheta(_ random: inout SplitMix) -> [Double] {
    identityParameters.map { $0 == 1 ? 1.2 * random.uniform() : 0.6 * random.uniform() }
  }
}
