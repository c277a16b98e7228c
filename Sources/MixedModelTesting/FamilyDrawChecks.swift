// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import MixedModelErrors
import MixedModelFitting
import StatisticalFunctions

extension FamilyChecks {
  /// Draws of each mean and weight. Bounds are five standard errors, so that a right family passes
  /// with a probability of all but a millionth, and one that is wrong by a few percent fails.
  private static let drawCount = 20_000
  private static let standardErrorCount = 5.0

  /// What is wrong with the responses that a family draws, one sentence each; empty if nothing is:
  /// the family accepts every one, their mean is the one given and their variance φ V(mu) / w.
  /// - Parameters:
  ///   - means: some in the interior of the family's range.
  ///   - weights: some that the family accepts.
  ///   - parameter: the dispersion or size; not used if the family has neither.
  public static func drawBreaches(
    of family: some Family, means: [Double], weights: [Double] = [1], parameter: Double = 1,
    seed: UInt64 = 1
  ) -> [String] {
    var breaches: [String] = []
    for mean in means {
      for weight in weights {
        breaches += drawBreaches(of: family, mean: mean, weight, parameter, seed: seed)
      }
    }
    return breaches
  }

  private static func drawBreaches(
    of family: some Family, mean: Double, _ weight: Double, _ parameter: Double, seed: UInt64
  ) -> [String] {
    let place = "at the mean \(mean) and the weight \(weight)"
    var stream = RandomStream(seed: seed)
    var draws: [Double] = []
    for _ in 0..<drawCount {
      do {
        draws.append(
          try family.draw(mean: mean, parameter: parameter, weight: weight, using: &stream))
      } catch {
        return ["Draws are refused: \(error)"]
      }
    }
    if let refused = draws.first(where: { family.problem(with: $0, weight: weight) != nil }) {
      return ["The draw \(refused) \(place) is not accepted as a response."]
    }
    let count = Double(drawCount)
    let average = draws.reduce(0, +) / count
    let squares = draws.map { ($0 - mean) * ($0 - mean) }
    let spread = squares.reduce(0, +) / count
    let spreadError =
      (squares.reduce(0) { $0 + ($1 - spread) * ($1 - spread) } / count / count).squareRoot()
    let dispersion = family.dispersion == .likelihood ? parameter : 1
    let variance = dispersion * family.variance(mean, parameter: parameter).value / weight
    var breaches: [String] = []
    if abs(average - mean) > standardErrorCount * (variance / count).squareRoot() {
      breaches.append("Draws \(place) have the mean \(average).")
    }
    if abs(spread - variance) > standardErrorCount * spreadError {
      breaches.append("Draws \(place) have the variance \(spread) instead of \(variance).")
    }
    return breaches
  }
}
