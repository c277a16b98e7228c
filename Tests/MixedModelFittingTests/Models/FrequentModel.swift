// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DataTables
import ModelFormulas
import RealModule
import TestSupport
import Testing

@testable import MixedModelFitting

/// A generalized model of rows that stand for several observations each.
struct FrequentModel: Sendable, CustomTestStringConvertible {
  let formula: String
  let family: any Family
  var link: (any Link)?
  var criterion = GeneralizedCriterion.laplace
  var weights: String?
  var offset: String?

  var testDescription: String {
    "\(family.name), \(link?.name ?? "own link"), \(formula), \(criterion), \(weights ?? "-")"
  }

  static let all: [FrequentModel] = [
    FrequentModel(formula: "yes ~ 1 + x + (1 | g)", family: .bernoulli),
    FrequentModel(
      formula: "yes ~ 1 + z + (1 | g)", family: .bernoulli, link: .cloglog,
      criterion: .quadrature(points: 5)),
    FrequentModel(formula: "successes / trials ~ 1 + x + (1 | g)", family: .binomial),
    FrequentModel(formula: "count ~ 1 + scale(z) + (1 | g)", family: .poisson, offset: "o"),
    FrequentModel(
      formula: "rate ~ 1 + x + (1 | g)", family: .poisson, link: .squareRoot, weights: "exposure"),
    FrequentModel(
      formula: "count ~ 1 + x + (1 | g)", family: .poisson, criterion: .profiledLaplace),
    FrequentModel(formula: "count ~ 1 + x + (1 | g)", family: .negativeBinomial),
    FrequentModel(
      formula: "rate ~ 1 + z + (1 | g)", family: .negativeBinomial, weights: "exposure"),
    FrequentModel(
      formula: "positive ~ 1 + x + (1 | g)", family: .gamma, link: .log, weights: "exposure"),
    FrequentModel(
      formula: "positive ~ 1 + poly(z, 2) + (1 | g)", family: .gamma, link: .log,
      criterion: .quadrature(points: 3)),
    FrequentModel(formula: "positive ~ 1 + x + (1 | g)", family: .inverseGaussian, link: .log),
    FrequentModel(
      formula: "positive ~ 1 + x + (1 | g)", family: .gaussian, link: .log, weights: "exposure"),
    FrequentModel(formula: "share ~ 1 + x + (1 | g)", family: .quasiBinomial),
    FrequentModel(formula: "count ~ 1 + z + (1 | g)", family: .quasiPoisson),
    FrequentModel(
      formula: "count ~ 1 + z + (1 | g)", family: .poisson, criterion: .pseudoLikelihood),
    FrequentModel(
      formula: "positive ~ 1 + z + (1 | g)", family: .gamma, link: .log,
      criterion: .restrictedPseudoLikelihood, weights: "exposure"),
    FrequentModel(
      formula: "positive ~ 1 + z + (1 | g)",
      family: Quasi(link: .log, meanRange: 0...Double.infinity) { $0 * $0 }),
  ]

  func fit(_ table: DataTable, frequencies: String?) throws -> GeneralizedLinearMixedModel {
    try .fit(
      Formula(formula), data: table, family: family, link: link, criterion: criterion,
      options: DesignOptions(weights: weights, frequencyWeights: frequencies, offset: offset))
  }
}

/// How many observations each row of ``frequentTable`` stands for.
let frequencies: [Double] = {
  let pattern: [Double] = [2, 1, 4, 0, 3, 1, 0, 5]
  return (0..<60).map { pattern[($0 * 5 + $0 / 8) % 8] }
}()

/// The table with each row as often as it counts.
func repeatedTable() throws -> DataTable {
  try frequentTable.filtered(
    rows: frequencies.indices.flatMap { [Int](repeating: $0, count: Int(frequencies[$0])) })
}

/// Sixty rows in ten groups, with a response for every family.
let frequentTable: DataTable = {
  var random = SplitMix(seed: 3)
  let n = 60
  let g = (0..<n).map { $0 % 10 }
  let x = (0..<n).map { _ in Double(random.index(below: 3)) / 2 - 0.5 }
  let z = random.normals(n)
  let effects = random.normals(10)
  let noise = random.normals(n)
  let eta = (0..<n).map { 0.5 * x[$0] + 0.2 * z[$0] + 0.7 * effects[g[$0]] }
  let trials = (0..<n).map { _ in Double(1 + random.index(below: 6)) }
  let exposure = (0..<n).map { _ in Double(1 + random.index(below: 3)) }
  let count = (0..<n).map { max(0, (3 + 1.5 * eta[$0] + 2 * noise[$0]).rounded()) }
  var columns = ["x": x, "z": z, "count": count, "trials": trials, "exposure": exposure]
  columns["f"] = frequencies
  columns["o"] = x.map { 0.1 * $0 }
  columns["yes"] = (0..<n).map { eta[$0] + noise[$0] > 0 ? 1 : 0 }
  columns["successes"] = (0..<n).map {
    (trials[$0] * min(max(0.5 + 0.2 * eta[$0] + 0.2 * noise[$0], 0), 1)).rounded()
  }
  columns["share"] = (0..<n).map { min(max(0.5 + 0.1 * eta[$0] + 0.2 * noise[$0], 0), 1) }
  columns["rate"] = zip(count, exposure).map { $0 / $1 }
  columns["positive"] = (0..<n).map { Double.exp(1 + 0.3 * eta[$0] + 0.3 * noise[$0]) }
  let factors: [(String, [Int])] = [("g", g), ("h", g.map { $0 / 3 })]
  do {
    return try DataTable(
      columns.sorted { $0.key < $1.key }.map { ($0.key, .numeric(NumericColumn($0.value))) }
        + factors.map { name, codes in
          (name, .categorical(CategoricalColumn(codes.map { "\(name)\($0)" })))
        })
  } catch {
    fatalError("\(error)")
  }
}()
