// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import StatisticalFunctions

@Suite("Gauss-Hermite quadrature")
struct GaussHermiteTests {
  @Test("Small rules are those of the textbook")
  func smallRules() {
    #expect(GaussHermite(count: 1).nodes == [0])
    #expect(GaussHermite(count: 1).weights == [1])
    let two = GaussHermite(count: 2)
    #expect(abs(two.nodes[1] - 1) < 1e-15)
    #expect(abs(two.weights[1] - 0.5) < 1e-15)
    let three = GaussHermite(count: 3)
    #expect(abs(three.nodes[2] - 3.0.squareRoot()) < 1e-15)
    #expect(abs(three.weights[1] - 2.0 / 3) < 1e-15)
    #expect(abs(three.weights[2] - 1.0 / 6) < 1e-15)
  }

  // Abramowitz & Stegun (1964), table 25.10, n = 9: physicists' nodes times √2, weights over √π.
  @Test("The nine-point rule agrees with the published table")
  func ninePoints() {
    let rule = GaussHermite(count: 9)
    let nodes = [0, 0.723551018752838, 1.468553289216668, 2.266580584531843, 3.190993201781528]
    let weights = [
      0.7202352156061, 0.4326515590026, 0.08847452739438, 0.004943624275537, 0.00003960697726326,
    ]
    for k in 0..<5 {
      #expect(abs(rule.nodes[4 + k] - nodes[k] * 2.0.squareRoot()) < 1e-14)
      #expect(abs(rule.weights[4 + k] * Double.pi.squareRoot() / weights[k] - 1) < 1e-12)
    }
  }

  @Test("Moments up to degree 2K - 1 are exact", arguments: [1, 2, 5, 9, 25, 50, 100, 101])
  func moments(count: Int) {
    let rule = GaussHermite(count: count)
    #expect(abs(rule.weights.reduce(0, +) - 1) < 1e-14)
    var moment = 1.0
    for half in 1...20 where 2 * half <= 2 * count - 1 {
      moment *= Double(2 * half - 1)
      var sum = 0.0
      for (node, weight) in zip(rule.nodes, rule.weights) {
        var power = weight
        for _ in 0..<2 * half { power *= node }
        sum += power
      }
      #expect(abs(sum / moment - 1) < 1e-12)
    }
  }

  @Test("Nodes are symmetric and ascending, weights symmetric and positive", arguments: 1...64)
  func symmetry(count: Int) {
    let rule = GaussHermite(count: count)
    #expect(rule.nodes == rule.nodes.reversed().map { -$0 })
    #expect(rule.weights == rule.weights.reversed())
    #expect(zip(rule.nodes, rule.nodes.dropFirst()).allSatisfy { $0 < $1 })
    #expect(rule.weights.allSatisfy { $0 > 0 })
  }

  @Test("The largest rule is finite")
  func largest() {
    let rule = GaussHermite(count: GaussHermite.largestCount)
    #expect(abs(rule.weights.reduce(0, +) - 1) < 1e-13)
    #expect(zip(rule.nodes, rule.nodes.dropFirst()).allSatisfy { $0 < $1 })
  }
}
