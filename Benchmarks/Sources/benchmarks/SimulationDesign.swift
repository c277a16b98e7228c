// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import MixedModels

/// A model whose parameters are known, and from which data can be drawn.
struct SimulationDesign: Sendable {
  let name: String
  let description: String
  let formula: Formula
  let family: any Family
  let link: any Link
  /// By coefficient name, in the model's order.
  let fixedEffects: [(name: String, value: Double)]
  /// By grouping factor.
  let standardDeviations: [(group: String, value: Double)]
  let dispersion: Double?
  /// One data set.
  let draw: @Sendable (inout RandomGenerator) throws -> DataTable
}

extension SimulationDesign {
  static let all = [bernoulli, poisson, gamma]

  private static let slope = 0.5

  /// 60 subjects by 20 items, x varying within both, one response of 0 or 1 each.
  private static let bernoulli = crossed(
    "Bernoulli, logit", family: .bernoulli, link: .logit, intercept: -0.3, subjects: (60, 1),
    items: (20, 0.6)
  ) { random, eta in random.bernoulli(1 / (1 + exp(-eta))) }

  private static let poisson = crossed(
    "Poisson, log", family: .poisson, link: .log, intercept: 0.5, subjects: (40, 0.5),
    items: (15, 0.3)
  ) { random, eta in random.poisson(exp(eta)) }

  /// The random effects have their variances on the scale of the linear predictor, whatever the
  /// dispersion of the response.
  private static let gamma = crossed(
    "Gamma, log", family: .gamma, link: .log, intercept: 1, subjects: (40, 0.5), items: (15, 0.3),
    dispersion: 0.4
  ) { random, eta in exp(eta) * random.gamma(shape: 1 / 0.4) }

  private static func crossed(
    _ name: String, family: any Family, link: any Link, intercept: Double,
    subjects: (count: Int, deviation: Double), items: (count: Int, deviation: Double),
    dispersion: Double? = nil,
    response: @escaping @Sendable (inout RandomGenerator, Double) -> Double
  ) -> SimulationDesign {
    SimulationDesign(
      name: name, description: "\(subjects.count) subjects by \(items.count) items",
      formula: "y ~ 1 + x + (1 | subject) + (1 | item)", family: family, link: link,
      fixedEffects: [("(Intercept)", intercept), ("x", slope)],
      standardDeviations: [("subject", subjects.deviation), ("item", items.deviation)],
      dispersion: dispersion
    ) { random in
      let ofSubject = random.normals(subjects.count, standardDeviation: subjects.deviation)
      let ofItem = random.normals(items.count, standardDeviation: items.deviation)
      var x: [Double] = []
      var y: [Double] = []
      var subject: [String] = []
      var item: [String] = []
      for i in 0..<subjects.count {
        for j in 0..<items.count {
          let value = random.normal()
          x.append(value)
          y.append(response(&random, intercept + slope * value + ofSubject[i] + ofItem[j]))
          subject.append("\(i)")
          item.append("\(j)")
        }
      }
      return try DataTable(
        numeric: ["y": y, "x": x], categorical: ["subject": subject, "item": item])
    }
  }
}
