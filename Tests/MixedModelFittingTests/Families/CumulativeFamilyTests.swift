// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import MixedModelFitting
import Testing

@Suite("Distribution functions of families")
struct CumulativeFamilyTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let family: any CumulativeFamily
    let mean: Double
    let weight: Double
    let parameter: Double

    var testDescription: String { "\(family.name) weight \(weight)" }
  }

  static let cases: [Case] = [
    Case(family: Gaussian(), mean: 1.3, weight: 2, parameter: 0.7),
    Case(family: Gamma(), mean: 1.3, weight: 1, parameter: 0.4),
    Case(family: Gamma(), mean: 0.2, weight: 3, parameter: 1.9),
    Case(family: InverseGaussian(), mean: 1.3, weight: 1, parameter: 0.4),
    Case(family: InverseGaussian(), mean: 4, weight: 2, parameter: 0.01),
    Case(family: Poisson(), mean: 3.7, weight: 1, parameter: 1),
    Case(family: Poisson(), mean: 3.7, weight: 2.5, parameter: 1),
    Case(family: NegativeBinomial(), mean: 3.7, weight: 1, parameter: 0.8),
    Case(family: NegativeBinomial(), mean: 3.7, weight: 2, parameter: 5),
    Case(family: Binomial(), mean: 0.3, weight: 12, parameter: 1),
    Case(family: Binomial(isBernoulli: true), mean: 0.3, weight: 1, parameter: 1),
  ]

  @Test("It is the sum or the integral of the density", arguments: cases)
  func density(_ test: Case) throws {
    let family = test.family
    func cumulative(_ y: Double) -> Double {
      family.cumulative(y, mean: test.mean, weight: test.weight, parameter: test.parameter)
    }
    func density(_ y: Double) -> Double {
      exp(family.logDensity(y, mean: test.mean, weight: test.weight, parameter: test.parameter))
    }
    if family.isDiscrete {
      var sum = 0.0
      let most = family.meanRange.upperBound < .infinity ? Int(test.weight) : 40
      for count in 0...most {
        let y = Double(count) / test.weight
        sum += density(y)
        #expect(abs(cumulative(y) - sum) < 1e-13)
        // Between the places of the lattice nothing happens.
        #expect(cumulative(y + 0.4 / test.weight) == cumulative(y))
      }
      #expect(cumulative(-0.5 / test.weight) == 0)
      #expect(abs(cumulative(1e6) - 1) < 1e-13)
    } else {
      let deviation =
        (test.parameter * family.variance(test.mean, parameter: 1).value / test.weight)
        .squareRoot()
      for shift in [-0.9, -0.2, 0.5, 2, 4] {
        let y = test.mean + shift * (shift < 0 && deviation > test.mean ? test.mean : deviation)
        guard y > family.meanRange.lowerBound else { continue }
        let h = 1e-3 * min(deviation, family.meanRange.lowerBound == 0 ? y : deviation)
        let slope =
          (8 * (cumulative(y + h) - cumulative(y - h))
            - (cumulative(y + 2 * h) - cumulative(y - 2 * h))) / (12 * h)
        #expect(abs(slope - density(y)) < 1e-8 * max(1, density(y)))
      }
      #expect(abs(cumulative(test.mean + 60 * deviation + 60) - 1) < 1e-9)
    }
  }
}
