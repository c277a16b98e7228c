// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import RealModule

/// Expectations over the standard normal distribution by the trapezoidal rule on equidistant
/// nodes, E f(Z) ≈ Σ wₖ f(zₖ).
///
/// For functions that are analytic in a strip of half-width a about the real line the error falls
/// like exp(-2πa/h) with the step h, so that a function which is steep beside the normal density
/// needs only a finer step, where a Gauss-Hermite rule of any practical size would miss it.
///
/// Source: Trefethen & Weideman, "The exponentially convergent trapezoidal rule", SIAM Review 56
/// (2014), 385-458, section 5.
package struct NormalExpectation: Sendable {
  /// The nodes, ascending and symmetric about zero.
  package let nodes: [Double]
  /// The weights, with sum one.
  package let weights: [Double]

  /// Beyond, less than 1e-16 of the normal distribution is left.
  private static let bound = 8.5
  private static let coarsestStep = 0.25
  /// With it, a rule has some nine thousand nodes.
  package static let finestRefinement = 7

  /// The rule whose step is a quarter, halved as often as `refinement` says.
  package init(refinement: Int) {
    let step = Self.coarsestStep / Double(1 << min(max(refinement, 0), Self.finestRefinement))
    let half = Int((Self.bound / step).rounded())
    let nodes = (-half...half).map { Double($0) * step }
    let densities = nodes.map { Double.exp(-0.5 * $0 * $0) }
    let sum = densities.reduce(0, +)
    self.nodes = nodes
    weights = densities.map { $0 / sum }
  }

  /// How often the coarsest step must be halved to be at most the given one.
  package static func refinement(forStep step: Double) -> Int {
    guard step < coarsestStep else { return 0 }
    let halvings = Double.log2(coarsestStep / step).rounded(.up)
    return halvings < Double(finestRefinement) ? Int(halvings) : finestRefinement
  }

  /// The weighted sum of the function's values.
  package func average(_ f: (Double) -> Double) -> Double {
    var sum = 0.0
    for k in nodes.indices { sum += weights[k] * f(nodes[k]) }
    return sum
  }
}
