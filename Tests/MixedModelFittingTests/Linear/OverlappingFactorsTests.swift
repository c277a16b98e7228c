// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DataTables
import DenseMatrices
import ModelOptimization
import TestSupport
import Testing

@testable import MixedModelFitting

/// Workers who seldom leave their firm: what either factor explains, the other nearly does, too.
@Suite("Overlapping grouping factors")
struct OverlappingFactorsTests {
  private func problem() throws -> LinearProblem {
    var random = SplitMix(seed: 41)
    let workers = (0..<1600).map { _ in 0.5 * random.normal() }
    let firms = (0..<450).map { _ in 0.3 * random.normal() }
    var y: [Double] = []
    var worker: [String] = []
    var firm: [String] = []
    for w in workers.indices {
      let home = random.index(below: firms.count)
      for _ in 0..<5 {
        let f = random.index(below: 8) == 0 ? random.index(below: firms.count) : home
        y.append(2 + workers[w] + firms[f] + 0.25 * random.normal())
        worker.append("w\(w)")
        firm.append("f\(f)")
      }
    }
    let table = try DataTable(
      numeric: ["y": y], categorical: ["worker": worker, "firm": firm])
    return try LinearProblem("y ~ 1 + (1 | worker) + (1 | firm)", data: table)
  }

  @Test("The start is near the optimum")
  func start() throws {
    let problem = try problem()
    let start = try problem.profiledDeviance(.maximumLikelihood).startingParameters(
      for: TrustRegionNewton())
    let model = try problem.fit()
    #expect(model.certificate.isMinimum)
    for (first, last) in zip(start, model.theta) {
      #expect(abs(first / last - 1) < 0.5)
    }
  }

  @Test("A fit on several threads is the same to the last bit")
  func threads() throws {
    let problem = try problem()
    // Large enough to be shared.
    #expect(try problem.layout.valueCount >= 1 << 15)
    let models = try [1, 2, 3].map { count in
      try withLinearAlgebraThreads(count) { try problem.fit() }
    }
    for model in models.dropFirst() {
      #expect(model.theta == models[0].theta)
      #expect(model.objective == models[0].objective)
      #expect(model.fixedEffects.estimates == models[0].fixedEffects.estimates)
    }
  }
}
